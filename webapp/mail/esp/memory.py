"""Carrier that keeps letters in a list, for tests of what surrounds a carrier."""

from collections.abc import Callable

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.base import CARRIERS, PlainCarrier


class MemoryCarrier(PlainCarrier):
    """Keeps every letter it is handed, in order, in ``letters``.

    Args:
        answer: says what becomes of a letter; None accepts all.
    """

    name = "memory"

    def __init__(self, answer: Callable[[Parcel], Outcome] | None = None) -> None:
        self.letters: list[Parcel] = []
        self._answer = answer

    def deliver(self, parcel: Parcel) -> Outcome:
        """Keep the letter and answer for it."""
        self.letters.append(parcel)
        return (
            self._answer(parcel) if self._answer else Outcome(parcel.seq, Verdict.SENT, 250, "kept in memory")
        )


@CARRIERS.register("memory")
def open_memory(_url: str) -> MemoryCarrier:
    """Open ``memory:``."""
    return MemoryCarrier()

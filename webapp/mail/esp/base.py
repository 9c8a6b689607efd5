"""What every carrier is: something that takes letters from a feed and owes one outcome for each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import ClassVar, Protocol

from webapp.core.errors import OperatorError
from webapp.core.registry import Shelf, load_all
from webapp.mail.domain.parcel import Outcome, Parcel

Settle = Callable[[Outcome], None]


class Feed(Protocol):
    """Where a carrier gets its letters; the one who carries decides when."""

    def take(self) -> Parcel | None:
        """Return the next letter, or None when there is none right now.

        Whoever takes a letter owes exactly one outcome for it.
        """
        ...

    def hand_over(self, seq: int) -> None:
        """Be told, just before the last bytes of a letter leave: from then on it may have been accepted.

        Must not block.
        """
        ...

    async def wait(self) -> bool:
        """Return True when `take` may give something, False when the feed is closed: finish and hang up."""
        ...


class Carrier(ABC):
    """One way to hand letters over: a mail server, a provider, a list in memory."""

    name: ClassVar[str]

    @abstractmethod
    async def carry(self, feed: Feed, settle: Settle) -> None:
        """Carry letters until the feed is closed and every letter taken is settled.

        When cancelled, it settles what it has taken (uncertain where the hand-over had begun) before it ends.

        Args:
            feed: where the letters come from.
            settle: called once for each letter taken, in the thread of the event loop; must not block.
        """


class PlainCarrier(Carrier):
    """A carrier that needs no conversation: each letter has its outcome at once."""

    @abstractmethod
    def deliver(self, parcel: Parcel) -> Outcome:
        """Hand one letter over and say what became of it."""

    async def carry(self, feed: Feed, settle: Settle) -> None:
        """Deliver letter after letter until the feed is closed."""
        while await feed.wait():
            while (parcel := feed.take()) is not None:
                feed.hand_over(parcel.seq)
                settle(self.deliver(parcel))


CARRIERS: Shelf[Callable[[str], Carrier]] = Shelf("carrier")
"""Openers by URL scheme; a carrier's file puts its own there."""


@cache
def _load_carriers() -> None:
    """Import the carriers' files, once, when the first one is opened: base imports none of them by name."""
    load_all(__package__)


def open_carrier(url: str) -> Carrier:
    """Return the carrier that a URL describes; nothing is connected yet.

    Args:
        url: for example ``smtp://user:password@host:587?connections=8``, ``console:``, ``file:///folder``.

    Raises:
        OperatorError: unknown scheme, or faults in the URL; the message names all, and never the password.
    """
    _load_carriers()
    scheme = url.partition(":")[0].lower()
    if scheme not in CARRIERS:
        known = ", ".join(sorted(CARRIERS))
        raise OperatorError(
            f"SMTP_URL begins with “{scheme[:20]}”; it must begin with one of: {known}.", field="SMTP_URL"
        )
    return CARRIERS.get(scheme)(url)

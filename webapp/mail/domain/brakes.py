"""What holds a shoot back by itself: a canary that goes first, and the guard that halts what goes wrong."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

CLOSED = datetime(9999, 1, 1, tzinfo=UTC)  # when letters are due that wait for their canary: until it says so
DEFAULT_MINUTES = 15
LONGEST_MINUTES = 7 * 24 * 60
DEFAULT_HALT_PERCENT = 10
FEWEST, FEWEST_OF_CANARY = 20, 10  # letters handed over; of fewer a share says nothing
COMPLAINED_SHARE, FEWEST_COMPLAINTS = 0.001, 2  # what the large mailbox providers put up with
PUT_OFF_SHARE = 0.1  # so many letters of a canary may be put off by the other side without holding it up
_SHARE = re.compile(r"\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*(%?)\s*")


class BrakeError(Exception):
    """What was asked for cannot be; its words say what can."""


@dataclass(frozen=True, slots=True)
class Canary:
    """The first letters of a shoot, which go alone.

    Args:
        amount: how many letters, or how many per cent of all.
        is_percent: which of the two.
        minutes: how long the shoot waits after them.
    """

    amount: float
    is_percent: bool
    minutes: int = DEFAULT_MINUTES

    def count_of(self, letters: int) -> int:
        """Return how many letters go first.

        Args:
            letters: how many there are in all.

        Raises:
            BrakeError: none, or all of them; or the wait is none.
        """
        count = math.ceil(letters * self.amount / 100) if self.is_percent else int(self.amount)
        if not 1 <= count < letters:
            raise BrakeError(f"Send between 1 and {letters - 1:,} letters first, or all of them at once.")
        if not 1 <= self.minutes <= LONGEST_MINUTES:
            raise BrakeError(f"Wait between 1 and {LONGEST_MINUTES:,} minutes, which is a week.")
        return count


def read_canary(text: str, minutes: int) -> Canary:
    """Read ``500`` or ``5%`` as a canary.

    Raises:
        BrakeError: it is neither.
    """
    found = _SHARE.fullmatch(text)
    if found is None or (found[2] and not found[3]):
        raise BrakeError(f"“{text.strip()[:40]}” is no number of letters and no percentage.")
    return Canary(float(f"{found[1]}.{found[2] or 0}"), bool(found[3]), minutes)


def check_halt_percent(percent: int) -> int:
    """Return the share of failed addresses at which a shoot halts, if it is one.

    Raises:
        BrakeError: it is none.
    """
    if not 0 <= percent <= 100:
        raise BrakeError("Say a percentage between 1 and 100, or 0 for never.")
    return percent


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of a shoot's letters so far.

    Args:
        handed: letters that the mail server answered, or that it may have taken.
        failed: of them, those whose address was refused for good or that came back.
        complained: how many recipients called it spam.
    """

    handed: int = 0
    failed: int = 0
    complained: int = 0

    def since(self, base: Mapping[str, int] | None) -> "Counts":
        """Return what came later than the counts at which somebody let it go on."""
        if not base:
            return self
        return Counts(
            max(self.handed - base["handed"], 0),
            max(self.failed - base["failed"], 0),
            max(self.complained - base["complained"], 0),
        )

    def to_json(self) -> dict[str, int]:
        """Return it as it is stored."""
        return {"handed": self.handed, "failed": self.failed, "complained": self.complained}


def find_halt_reason(counts: Counts, halt_percent: int | None, *, is_canary: bool) -> str | None:
    """Say why a shoot has to halt, in a sentence with the numbers; None lets it go on.

    Args:
        counts: what is judged, without what was forgiven.
        halt_percent: the share of failed addresses at which it halts; None or 0 is never.
        is_canary: only its first letters are out.
    """
    if counts.handed < (FEWEST_OF_CANARY if is_canary else FEWEST):
        return None
    of = f"of the first {counts.handed:,} letters" if is_canary else f"of {counts.handed:,} letters"
    share = 100 * counts.failed / counts.handed
    if halt_percent and share >= halt_percent:
        return (
            f"{counts.failed:,} {of} had addresses that do not work ({share:.1f} %); it was to halt at"
            f" {halt_percent} %. Look where the addresses come from before you go on."
        )
    spam = counts.complained / counts.handed
    if counts.complained >= FEWEST_COMPLAINTS and spam >= COMPLAINED_SHARE:
        return (
            f"{counts.complained:,} {of} were reported as spam ({100 * spam:.2f} %); mailbox providers shut their"
            " doors from 0.1 % on. Ask whether all of these people expect this letter."
        )
    return None


def may_begin_wait(*, canary_count: int, untried: int, put_off: int) -> bool:
    """Say whether enough came of a canary to begin its wait.

    Args:
        canary_count: how many letters it has.
        untried: of them, those not handed over yet or in a worker's hands.
        put_off: those that the other side wants later; a few do not hold it up for hours.
    """
    return untried == 0 and put_off <= canary_count * PUT_OFF_SHARE

"""What can be decided about uncertain letters, and which letters are meant."""

from dataclasses import dataclass
from enum import StrEnum

from webapp.core.errors import StaffError
from webapp.mail.domain.report_log import Key

ASK_ABOVE = 50  # letters: from there on the number has to be typed
MOST = 500  # letters that can be named one by one


class Decision(StrEnum):
    """What a person decides."""

    LEAVE = "leave"  # it stays as it is; somebody has looked
    COUNT_AS_SENT = "sent"  # there is evidence that it arrived
    SEND_AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which letters are meant: all of a shoot, or some that are named.

    Args:
        shoot_id: all of this shoot about which nobody has decided.
        keys: or else these.
    """

    shoot_id: int | None = None
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decision with the numbers that whoever decides was shown.

    Args:
        chosen: which letters.
        shown_count: how many it would be done to, as the page said; None where nothing was shown.
        typed_count: the number that was typed, asked for above ``ASK_ABOVE``.
    """

    chosen: Chosen
    shown_count: int | None = None
    typed_count: int | None = None


def check_numbers(count: int, deciding: Deciding) -> None:
    """Refuse to act on nothing, on other letters than were shown, and on many without the number typed.

    Raises:
        StaffError: which says what to do next.
    """
    if count == 0:
        raise StaffError(
            "There is nothing left to decide here: somebody else has just done it, or it fits none of these."
        )
    if deciding.shown_count is not None and deciding.shown_count != count:
        raise StaffError(
            f"It has become {count} instead of {deciding.shown_count} since you looked. Look once more."
        )
    if deciding.shown_count is not None and count > ASK_ABOVE and deciding.typed_count != count:
        raise StaffError(f"Type the number of letters, {count}, to go on.", field="number")

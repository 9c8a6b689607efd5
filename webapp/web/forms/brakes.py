"""How a shoot is held back by itself, as the page that confirms it asks."""

from collections.abc import Mapping

from webapp.core.errors import StaffError
from webapp.mail.domain.brakes import (
    DEFAULT_HALT_PERCENT,
    DEFAULT_MINUTES,
    BrakeError,
    Canary,
    check_halt_percent,
    read_canary,
)

FIELDS = ("canary", "halt_at")


def read_brakes(posted: Mapping[str, str]) -> tuple[Canary | None, int]:
    """Return the canary, where one was asked for, and the percentage at which the shoot halts.

    Args:
        posted: ``canary`` (any value: yes), ``canary_amount``, ``canary_unit`` (``percent`` or ``letters``),
            ``canary_minutes``, ``halt_at``; what is missing is as it is by default.

    Raises:
        StaffError: one of them is no number, or one that cannot be; its field says which part to look at.
    """
    try:
        halt_at = check_halt_percent(_number(posted.get("halt_at", ""), DEFAULT_HALT_PERCENT))
    except BrakeError as error:
        raise StaffError(str(error), field="halt_at") from error
    if not posted.get("canary"):
        return None, halt_at
    amount = posted.get("canary_amount", "").strip()
    unit = "%" if posted.get("canary_unit") == "percent" and "%" not in amount else ""
    try:
        return read_canary(amount + unit, _number(posted.get("canary_minutes", ""), DEFAULT_MINUTES)), halt_at
    except BrakeError as error:
        raise StaffError(str(error), field="canary") from error


def _number(text: str, default: int) -> int:
    """Read a number of at most five digits; nothing is the default."""
    text = text.strip().removesuffix("%").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise BrakeError(f"“{text[:40]}” is no whole number.")
    return int(text)

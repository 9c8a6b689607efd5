"""When a form takes applications, and the words above it."""

from datetime import UTC, datetime
from enum import StrEnum
from html import escape

import bleach

from webapp.core.errors import StaffError
from webapp.mail.domain.local_time import read_local_time
from webapp.programme.domain.event_states import EventState

LONGEST_INTRO = 20_000  # characters
LONGEST_CONFIRMATION = 5_000
_TAGS = frozenset(
    {"p", "br", "strong", "b", "em", "i", "u", "a", "ul", "ol", "li", "h2", "h3", "h4", "blockquote"}
)
_CLOSED_STATES = frozenset(
    {EventState.CLOSED, EventState.POSTPONED, EventState.CANCELLED, EventState.ARCHIVED}
)


class Opening(StrEnum):
    """How a form stands in time."""

    UNSET = "unset"  # without times it is closed
    BEFORE = "before"
    OPEN = "open"
    AFTER = "after"
    EVENT_CLOSED = "event_closed"  # the event itself takes nobody, whatever the form's times say


def find_opening(
    opens_at: datetime | None, closes_at: datetime | None, event_state: str, now: datetime
) -> Opening:
    """Return how a form stands.

    Args:
        opens_at, closes_at: its times; with one of them alone it is open from then on, or until then.
        event_state: of its event.
        now: the present, aware.
    """
    if event_state in _CLOSED_STATES:
        return Opening.EVENT_CLOSED
    if opens_at is None and closes_at is None:
        return Opening.UNSET
    if opens_at is not None and now < opens_at:
        return Opening.BEFORE
    if closes_at is not None and now >= closes_at:
        return Opening.AFTER
    return Opening.OPEN


def is_open(
    opens_at: datetime | None, closes_at: datetime | None, now: datetime, event_state: str = EventState.OPEN
) -> bool:
    """Say whether a form takes applications."""
    return find_opening(opens_at, closes_at, event_state, now) is Opening.OPEN


def read_form_time(text: str, zone_name: str, *, field: str, is_closing: bool) -> datetime | None:
    """Return the instant of a time that staff typed on the clocks of the event's place.

    A time that comes twice, in the night when clocks are put back, opens at its first coming and closes at its
    second: nobody loses an hour.

    Args:
        text: as a date-and-time input gives it, ``2027-03-06T18:00``; "" is no time.
        zone_name: the event's.
        field: where a refusal belongs.
        is_closing: it is the end, not the beginning.

    Raises:
        StaffError: it is no time, or one that the clocks skip there.
    """
    if not text.strip():
        return None
    day, _, clock = text.strip().replace(" ", "T").partition("T")
    try:
        # in UTC, since two instants of the hour that comes twice cannot be compared in their own zone
        return read_local_time(day, clock, zone_name, is_second=is_closing).astimezone(UTC)
    except StaffError as error:
        raise StaffError(error.message, field=field) from error


def check_times(opens_at: datetime | None, closes_at: datetime | None) -> None:
    """Refuse a form that would close before it opens.

    Raises:
        StaffError: it would.
    """
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise StaffError("It has to close after it opens.", field="closes")


def clean_intro(text: str) -> str:
    """Return the words above a form as they are stored: simple HTML that cannot act.

    Plain text becomes paragraphs, as it was written.
    """
    text = text.replace("\r\n", "\n").strip()
    if "<" not in text:
        blocks = (block.strip() for block in text.split("\n\n"))
        text = "\n".join(
            f"<p>{escape(block, quote=False)}</p>".replace("\n", "<br>") for block in blocks if block
        )
    return str(
        bleach.clean(
            text,
            tags=_TAGS,
            attributes={"a": ["href", "title"]},
            protocols={"http", "https", "mailto"},
            strip=True,
            strip_comments=True,
        )
    )

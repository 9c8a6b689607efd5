"""The clocks of an event's place, for pages that say when something opens, closes or is too late."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_time, get_datetime_format, get_timezone_name

from webapp.programme.models.programme import Event
from webapp.web.language import chosen_language


def zone_of(event: Event) -> ZoneInfo:
    """Return the time zone of an event; UTC where nobody knows it."""
    try:
        return ZoneInfo(event.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def write_instant(when: datetime | None, zone: ZoneInfo) -> str:
    """Write an instant in the page's language with the name of its zone: ``Saturday, 21 November 2026, 09:31 (…)``.

    Args:
        when: an aware instant; None is written as "".
        zone: of the place whose clocks are meant.
    """
    if when is None:
        return ""
    local, locale = when.astimezone(zone), chosen_language()
    day, clock = format_date(local, "full", locale=locale), format_time(local, "HH:mm", locale=locale)
    both = str(get_datetime_format("medium", locale=locale)).replace("'", "").format(clock, day)
    return f"{both} ({get_timezone_name(local, locale=locale)})"

"""The clocks of an event's place, for pages that say when something opens, closes or is too late."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.programme.models.programme import Event


def zone_of(event: Event) -> ZoneInfo:
    """Return the time zone of an event; UTC where nobody knows it."""
    try:
        return ZoneInfo(event.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")

"""A time as a person types it, in a zone whose clocks may be changed that night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.core.errors import StaffError

FIELD = "at"
LAST_YEAR = 2100  # later ones are slips of the finger


class AmbiguousTimeError(StaffError):
    """The clocks are put back that night, so the time comes twice; ``choices`` are both, the earlier first."""

    def __init__(self, message: str, choices: tuple[datetime, datetime]) -> None:
        super().__init__(message, field=FIELD)
        self.choices = choices


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises:
        StaffError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StaffError(f"There is no time zone “{name[:60]}”.", field="zone") from error


def read_local_time(day: str, time: str, zone_name: str, *, is_second: bool | None = None) -> datetime:
    """Return the instant of a time on the clocks of a zone.

    Args:
        day: ``2027-03-28``, as a date input gives it.
        time: ``02:30``, as a time input gives it.
        zone_name: of the IANA database, for example ``Europe/Warsaw``.
        is_second: of a time that comes twice, whether the second one is meant; None asks.

    Returns:
        The instant, in the zone.

    Raises:
        StaffError: it is no time, or one that the clocks skip.
        AmbiguousTimeError: it comes twice, and nobody said which is meant.
    """
    zone = find_zone(zone_name)
    try:
        wall = datetime.strptime(f"{day.strip()} {time.strip()[:5]}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError as error:
        raise StaffError("Choose a day and a time, for example 2027-03-06 and 09:30.", field=FIELD) from error
    if wall.year < 2000:
        raise StaffError("That time has passed. Choose one that is still to come, or send now.", field=FIELD)
    if wall.year >= LAST_YEAR:
        raise StaffError(f"That is far away: choose a day before the year {LAST_YEAR}.", field=FIELD)
    there = wall.astimezone(UTC).astimezone(zone)
    if there.replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise StaffError(
            f"{wall:%H:%M} does not exist on {wall:%d %B %Y} in {zone_name}: the clocks are put forward that"
            f" night. {there:%H:%M} is the next that does.",
            field=FIELD,
        )
    earlier, later = wall.replace(fold=0), wall.replace(fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return wall
    if is_second is None:
        raise AmbiguousTimeError(
            f"{wall:%H:%M} comes twice on {wall:%d %B %Y} in {zone_name}, because the clocks are put back that"
            " night. Choose which one you mean.",
            (earlier, later),
        )
    return later if is_second else earlier


def next_full_hour(now: datetime, zone_name: str) -> datetime:
    """Return the next full hour at least half an hour away, on the clocks of a zone, to begin a choice with."""
    there = (now + timedelta(minutes=90)).astimezone(find_zone(zone_name))
    return there.replace(minute=0, second=0, microsecond=0)

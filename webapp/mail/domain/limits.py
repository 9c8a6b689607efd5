"""Limits of speed: token buckets that are filled by elapsed time, days of a quota, and hours of sending."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.core.errors import StaffError

MOST_PER_MINUTE = 10_000_000
MOST_PER_DAY = 1_000_000_000
SPREAD = (
    1.25  # letters put back come due a little faster than their domain takes them, so that none is left over
)
STEP = 0.5  # seconds: letters put back come due in groups, so that one look finds several


def per_second(rate_per_minute: float) -> float:
    """Return a rate in letters a second."""
    return rate_per_minute / 60


def capacity(rate: float) -> float:
    """Return how many tokens a bucket holds: those of 1.2 seconds, and at least one and those of half a second.

    A bucket that held less than one token and what comes between two looks would lose some at every look, and
    be slower than its rate; one that held more would be faster after a rest than its rate and 2 % over a minute.

    Args:
        rate: tokens a second.
    """
    return max(1.2 * rate, 1 + rate / 2)


def fill(tokens: float, elapsed: float, rate: float) -> float:
    """Return what is in a bucket after some seconds; a clock that went backwards takes nothing away."""
    return min(capacity(rate), tokens + max(elapsed, 0.0) * rate)


def grant(tokens: float, wanted: int, *, floor: float = 0.0, left_today: int | None = None) -> int:
    """Return how many of the wanted tokens a bucket gives.

    Args:
        tokens: what is in it.
        wanted: how many somebody asks for.
        floor: how far below nought it may go; letters in a hurry borrow from those that come later.
        left_today: what is left of a day's quota; None where there is none.
    """
    most = wanted if left_today is None else min(wanted, left_today)
    return max(0, min(most, math.floor(tokens - floor + 1e-9)))


def seconds_until_token(tokens: float, rate: float, floor: float = 0.0) -> float:
    """Return the seconds until a bucket gives the next token."""
    return max(0.0, 1 - (tokens - floor)) / rate


def turn_of(place: int, line_seconds: float, rate: float) -> float:
    """Return in how many seconds a letter that is put back has its turn.

    Args:
        place: its place among those put back with it, from 0.
        line_seconds: how long the line was before them.
        rate: letters a second that its domain takes.
    """
    return math.ceil((line_seconds + (place + 1) / (rate * SPREAD)) / STEP) * STEP


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the day on the clocks of a zone, by which a quota counts."""
    return at.astimezone(zone).date()


def next_day(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next day of a quota begins."""
    tomorrow = day_of(at, zone) + timedelta(days=1)
    return _instants(tomorrow, time(0), zone)[0]


def _instants(day: date, wall: time, zone: ZoneInfo) -> list[datetime]:
    """Return when clocks show a time on a day: twice where they are put back, later where they skip it."""
    return [datetime.combine(day, wall.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]


@dataclass(frozen=True, slots=True)
class Hours:
    """Between which times of day bulk letters of a sender go out; over midnight where the end is the earlier.

    Args:
        begin, end: times on the clocks of the zone; they differ.
        zone: whose clocks.
    """

    begin: time
    end: time
    zone: ZoneInfo

    def is_open(self, at: datetime) -> bool:
        """Say whether letters may go at an instant."""
        wall = at.astimezone(self.zone).time()
        if self.begin < self.end:
            return self.begin <= wall < self.end
        return wall >= self.begin or wall < self.end

    def opens_at(self, at: datetime) -> datetime:
        """Return when letters may go again; the instant itself where they may."""
        if self.is_open(at):
            return at
        return min(one for one in self._around(at, self.begin) if one > at and self.is_open(one))

    def shuts_at(self, at: datetime) -> datetime:
        """Return until when letters may go, from an instant at which they may."""
        return min(one for one in self._around(at, self.end) if one > at)

    def seconds_until_open(self, at: datetime) -> float:
        """Return how long letters have to wait, 0 where they may go."""
        return (self.opens_at(at) - at).total_seconds()

    def _around(self, at: datetime, wall: time) -> list[datetime]:
        """Return when the clocks show a time yesterday, today, tomorrow and the day after."""
        today = day_of(at, self.zone)
        return [
            one for days in (-1, 0, 1, 2) for one in _instants(today + timedelta(days=days), wall, self.zone)
        ]

    def __str__(self) -> str:
        return f"{self.begin:%H:%M} to {self.end:%H:%M} ({self.zone.key.replace('_', ' ')})"


def check_number(value: int | None, most: int, field: str, what: str) -> None:
    """Refuse a limit that is none.

    Raises:
        StaffError: it is not from 1 to ``most``.
    """
    if value is not None and not 1 <= value <= most:
        raise StaffError(f"{what}: write a number from 1 to {most:,}, or nothing for no limit.", field=field)


def check_hours(begin: time | None, end: time | None) -> None:
    """Refuse hours of which one end is missing, or that are none.

    Raises:
        StaffError: as said.
    """
    if (begin is None) != (end is None):
        field = "window_from" if begin is None else "window_to"
        raise StaffError("Write both times, or neither for all day and night.", field=field)
    if begin is not None and begin == end:
        raise StaffError(
            "The hours end when they begin. Leave both empty for all day and night.", field="window_to"
        )


def connection_share(most: int, wanted: int, *, others: int, kept: int, is_urgent: bool) -> int:
    """Return how many connections of a server one worker may have.

    Args:
        most: all that the server allows.
        wanted: how many it would open.
        others: workers that have some or wait for some; all get about the same.
        kept: connections in their hands.
        is_urgent: bulk letters leave one free for those that somebody is waiting for.
    """
    free = most - kept - (0 if is_urgent or most == 1 else 1)
    fair = max(1, (most - (most > 1)) // (others + 1))
    return max(0, min(wanted, fair, free))

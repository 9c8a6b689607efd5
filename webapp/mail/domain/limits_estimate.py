"""When a shoot will be through, by everything that slows it, and what decides that, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from webapp.mail.domain.limits import Hours, day_of, next_day

UTC = ZoneInfo("UTC")
USUAL_PACE = (
    500.0  # letters a second before anything was measured: what one worker does with a server far away
)
FARTHEST = timedelta(days=400)  # nobody plans further, and something is wrong with the limits then


class Reason(StrEnum):
    """What decides when a shoot ends."""

    PACE = "pace"
    GUESS = "guess"
    SENDER = "sender"
    SERVER = "server"
    DOMAIN = "domain"
    HOURS = "hours"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class SlowDomain:
    """Letters of a shoot to one domain that takes only so many a minute."""

    name: str
    letter_count: int
    rate_per_minute: int


@dataclass(frozen=True, slots=True)
class Course:
    """Everything on which the end of a shoot depends.

    Args:
        letter_count: letters that are still to go.
        pace: letters a second as measured; None before that.
        rate_per_minute: of the sender; None for no limit, as in all that follows.
        server_rate_per_minute: of the mail server.
        daily_quota, used_today: letters a day of the sender, and how many of today's have gone.
        hours: when bulk letters of the sender go out.
        zone: on whose clocks the quota's days begin.
        slow_domains: domains among the recipients that have a limit of their own.
    """

    letter_count: int
    pace: float | None = None
    rate_per_minute: int | None = None
    server_rate_per_minute: int | None = None
    daily_quota: int | None = None
    used_today: int = 0
    hours: Hours | None = None
    zone: ZoneInfo = UTC
    slow_domains: Sequence[SlowDomain] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a shoot will be through.

    Args:
        ends_at: None when that lies farther away than anybody plans.
        reason: what decides it.
        why: the same in words, for the end of a sentence; they hold times of the reader's zone.
        waits_until: nothing goes out before.
    """

    ends_at: datetime | None
    reason: Reason
    why: str
    waits_until: datetime | None = None


@dataclass(slots=True)
class _Run:
    """One walk through days and hours."""

    at: datetime
    wait: tuple[Reason, datetime] | None = None  # before the first letter
    last_stop: tuple[Reason, datetime] | None = None
    is_too_far: bool = False


def estimate(course: Course, now: datetime, reader: ZoneInfo) -> Estimate:
    """Say when a shoot will be through.

    Args:
        course: what it depends on.
        now: the time.
        reader: in whose zone times are written.
    """
    speed, reason, why = _speed(course)
    run = _walk(course, course.letter_count, speed, now)
    for slow in course.slow_domains:
        slower = _walk(course, slow.letter_count, min(speed, slow.rate_per_minute / 60), now)
        # a measured pace that the domain itself causes is about as slow
        if (slower.at - now) >= 0.95 * (run.at - now) and slow.letter_count:
            run, reason = max(run, slower, key=lambda one: one.at), Reason.DOMAIN
            many = "letter" if slow.rate_per_minute == 1 else "letters"
            why = f"letters to {slow.name}: at most {slow.rate_per_minute:,} {many} a minute"
    if run.wait is not None:
        reason, goes_on = run.wait
        why = f"goes on {_clock(goes_on, now, reader)}, {_stop_words(course, reason)}"
    elif run.last_stop is not None:
        reason, goes_on = run.last_stop
        why = f"the last of it goes out {_clock(goes_on, now, reader)}, {_stop_words(course, reason)}"
    return Estimate(None if run.is_too_far else run.at, reason, why, run.wait[1] if run.wait else None)


def _speed(course: Course) -> tuple[float, Reason, str]:
    """Return how many letters go out a second while nothing forbids it, and what decides that."""
    pace = course.pace if course.pace else USUAL_PACE
    known = "at this pace" if course.pace else "at the usual pace; it is measured as soon as letters go out"
    best = (pace, Reason.PACE if course.pace else Reason.GUESS, known)
    limits = (
        (course.rate_per_minute, Reason.SENDER, "the sender may send at most {:,} letters a minute"),
        (course.server_rate_per_minute, Reason.SERVER, "the mail server gets at most {:,} letters a minute"),
    )
    for rate, reason, words in limits:
        # a measured pace lies a little below or above the limit that causes it
        if rate is not None and rate / 60 <= best[0] * 1.05:
            best = (rate / 60, reason, words.format(rate))
    return best


def _stop_words(course: Course, reason: Reason) -> str:
    """Return why nothing goes out for a while."""
    if reason is Reason.HOURS:
        return "the sender’s hours"
    return f"the sender may send {course.daily_quota or 0:,} letters a day"


def _walk(course: Course, left: float, speed: float, now: datetime) -> _Run:
    """Let letters go out day after day until none is left."""
    run = _Run(now)
    today, used = day_of(now, course.zone), float(course.used_today)
    is_limited = course.hours is not None or course.daily_quota is not None
    if not is_limited:
        return _arrive(run, left / speed, now)
    while left > 0:
        if run.at - now > FARTHEST:
            run.is_too_far = True
            return run
        if course.hours is not None and not course.hours.is_open(run.at):
            _stop(run, Reason.HOURS, course.hours.opens_at(run.at), now)
            continue
        if (day := day_of(run.at, course.zone)) != today:
            today, used = day, 0.0
        free = left if course.daily_quota is None else course.daily_quota - used
        if free <= 1e-6:
            _stop(run, Reason.QUOTA, next_day(run.at, course.zone), now)
            continue
        ends = [next_day(run.at, course.zone)]
        if course.hours is not None:
            ends.append(course.hours.shuts_at(run.at))
        seconds = (min(ends) - run.at).total_seconds()
        gone = min(left, free, speed * seconds)
        left, used = left - gone, used + gone
        run.at = min(ends) if gone >= speed * seconds else run.at + timedelta(seconds=gone / speed)
        left = 0 if left < 1e-6 else left
    return run


def _arrive(run: _Run, seconds: float, now: datetime) -> _Run:
    """Return the end of a walk that nothing interrupts."""
    run.is_too_far = seconds > FARTHEST.total_seconds()
    run.at = now + (FARTHEST if run.is_too_far else timedelta(seconds=seconds))
    return run


def _stop(run: _Run, reason: Reason, until: datetime, now: datetime) -> None:
    """Wait until letters may go again."""
    if run.at == now:
        run.wait = (reason, until)
    elif run.wait is not None and run.wait[1] == run.at:
        run.wait = (run.wait[0], until)
    run.last_stop = (reason, until)
    run.at = until


def _clock(at: datetime, now: datetime, reader: ZoneInfo) -> str:
    """Write a time near enough to need no date: ``at 18:00``, ``tomorrow at 08:00``, ``on Tue 2 Mar at 08:00``."""
    local = at.astimezone(reader)
    days = (local.date() - now.astimezone(reader).date()).days
    clock = f"at {local:%H:%M}"
    if days <= 1:
        return clock if days < 1 else f"tomorrow {clock}"
    return f"on {local:%a} {local.day} {local:%b} {clock}"

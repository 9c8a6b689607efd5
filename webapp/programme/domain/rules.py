"""Mail by rule: what a rule is, when it is due for an event, and what speaks against it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.core.registry import Shelf
from webapp.programme.domain.event_states import EventState

MORNING = time(10)


class Anchor(StrEnum):
    """The day that a rule counts from."""

    STARTS_ON = "starts_on"
    ENDS_ON = "ends_on"  # its first day where it has no last
    RSVP_DEADLINE = "rsvp_deadline"  # an event may have several: each is an occasion of its own


class Audience(StrEnum):
    """Whom a rule writes to."""

    ORGANIZERS = "organizers"
    INVITED = "invited"  # asked whether they come, and did not answer
    ATTENDEES = "attendees"  # said yes


class Standing(StrEnum):
    """How a rule stands for an event at a moment."""

    SCHEDULED = "scheduled"
    DUE = "due"
    SKIPPED = "skipped"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Rule:
    """A letter that goes out by itself.

    Args:
        name: its key for ever, for example ``thank_you``.
        label: what staff call it.
        description: when it goes out, to whom and for what, in a sentence or two.
        role: the ``LetterRole`` that it sends.
        anchor: the day it counts from.
        offset_days: days from the anchor, negative before it.
        audience: whom it writes to.
        at_time: of the day, in the event's zone; None keeps the anchor's own time of day.
        window_days: for so long after it was due it may still go out, then it is missed; None is until the anchor.
        requires_exact_date: an event of which only the month is known is passed over; else the 1st counts.
        condition: name on the shelf ``CONDITIONS``, judged when it is due; "" is none.
        days_after_creation: not before the event has been known for so long.
        digest_role: a letter to support that says whom it has reached; "" is none.
        has_calendar: the event goes along as a calendar file.
    """

    name: str
    label: str
    description: str
    role: str
    anchor: Anchor
    offset_days: int
    audience: Audience
    at_time: time | None = MORNING
    window_days: int | None = None
    requires_exact_date: bool = True
    condition: str = ""
    days_after_creation: int = 0
    digest_role: str = ""
    has_calendar: bool = False

    @property
    def reach_days(self) -> int:
        """Return for how many days after an event this rule may have something to do."""
        return max(self.offset_days, 0) + (self.window_days or 0)


RULES: Shelf[Rule] = Shelf("rule")


def register_rule(rule: Rule) -> Rule:
    """Put a rule on the shelf under its own name.

    Raises:
        ValueError: the name is taken.
    """
    return RULES.put(rule.name, rule)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One of several due dates of a rule for an event.

    Args:
        key: names it among those of the event; "" where there is only one.
        at: the anchor, for example a deadline; None for the event's own days.
        asked_at: when the people it is about were written to last; None where that does not matter.
        person_count: whom it is about.
    """

    key: str = ""
    at: datetime | None = None
    asked_at: datetime | None = None
    person_count: int = 0


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What rules need to know of an event.

    Args:
        event_id, programme_id: which.
        state: an ``EventState``.
        starts_on, ends_on: its days as stored; of a month the first.
        date_precision: ``day``, ``month`` or ``tbd``.
        timezone: in which its times are meant.
        created_at: since when Postroom knows it.
        numbers_told_at: when its organizers told how many came.
        is_site_ready: its page is.
        has_open_form: people can apply, or could.
        deadlines: occasions of rules that count from a deadline.
        switched_off: names of rules that its programme does not want.
    """

    event_id: int
    programme_id: int
    state: str
    starts_on: date | None
    ends_on: date | None
    date_precision: str
    timezone: str
    created_at: datetime
    numbers_told_at: datetime | None = None
    is_site_ready: bool = False
    has_open_form: bool = False
    deadlines: tuple[Occasion, ...] = ()
    switched_off: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a rule stands for an event.

    Args:
        standing: the verdict.
        reason: a sentence for staff where it is skipped or missed.
        due_at: when it goes out, UTC; None where that cannot be said.
        until: from then on it is too late, UTC.
    """

    standing: Standing
    reason: str = ""
    due_at: datetime | None = None
    until: datetime | None = None


Condition = Callable[[EventFacts], str]
"""Says why a rule has nothing to do, in a sentence; "" when it has."""

CONDITIONS: Shelf[Condition] = Shelf("condition")


@CONDITIONS.register("numbers_missing")
def numbers_missing(facts: EventFacts) -> str:
    """Only while nobody has told how many applied and came."""
    return "Its numbers have been told already." if facts.numbers_told_at else ""


@CONDITIONS.register("not_ready")
def not_ready(facts: EventFacts) -> str:
    """Only while its page is not ready or nobody can apply."""
    return "Its page is ready and its form is open." if facts.is_site_ready and facts.has_open_form else ""


_STATE_REASONS = {
    EventState.CANCELLED: "The event is cancelled.",
    EventState.POSTPONED: "The event is postponed.",
    EventState.ARCHIVED: "The event is archived.",
}
ENTERED_LATE = "The event was entered after this letter's day; nothing is written about the past."
NOBODY_LEFT = "Nobody is left who has not answered."
ASKED_LATE = "They were asked later than that; the invitation itself is reminder enough."


def judge(rule: Rule, facts: EventFacts, now: datetime, occasion: Occasion | None = None) -> Judgement:
    """Say how a rule stands for an event.

    Args:
        rule: which.
        facts: the event as it is now.
        now: the moment, aware.
        occasion: the deadline it is about, for rules that count from one.

    Returns:
        Skipped for good reasons of the event or programme first; then by the clock.
    """
    due_at, until = due_time(rule, facts, occasion)
    reason = _why_not(rule, facts, occasion, due_at)
    if reason or due_at is None or until is None:
        return Judgement(Standing.SKIPPED, reason or "It has no date yet.", due_at, until)
    if due_at >= until:
        return Judgement(Standing.SKIPPED, "It was entered too short before its day.", due_at, until)
    if now < due_at:
        return Judgement(Standing.SCHEDULED, "", due_at, until)
    unmet = CONDITIONS.get(rule.condition)(facts) if rule.condition else ""
    if unmet:
        return Judgement(Standing.SKIPPED, unmet, due_at, until)
    if now >= until:
        said = f"{until.astimezone(find_zone(facts.timezone)):%-d %B %Y}"
        return Judgement(
            Standing.MISSED, f"Its time was over on {said} and it had not gone out.", due_at, until
        )
    return Judgement(Standing.DUE, "", due_at, until)


def _why_not(rule: Rule, facts: EventFacts, occasion: Occasion | None, due_at: datetime | None) -> str:
    """Return what speaks against a rule at any time, "" for nothing."""
    if facts.state in _STATE_REASONS:
        return _STATE_REASONS[EventState(facts.state)]
    if rule.name in facts.switched_off:
        return "The programme has switched this rule off."
    if rule.anchor is Anchor.RSVP_DEADLINE:
        if occasion is None or not occasion.person_count:
            return NOBODY_LEFT
        return ASKED_LATE if due_at and occasion.asked_at and occasion.asked_at > due_at else ""
    if facts.date_precision == "tbd" or facts.starts_on is None:
        return "It has no date yet."
    if facts.date_precision == "month" and rule.requires_exact_date:
        return "Only the month of its date is known."
    return ""


def due_time(
    rule: Rule, facts: EventFacts, occasion: Occasion | None = None
) -> tuple[datetime | None, datetime | None]:
    """Return when a rule is due for an event and from when on it is too late, in UTC; None without a date.

    Days are counted on the calendar of the event's zone, so that 10:00 stays 10:00 across a change of clocks.
    """
    zone = find_zone(facts.timezone)
    anchor = _anchor(rule, facts, occasion, zone)
    if anchor is None:
        return None, None
    due = _on(anchor + timedelta(days=rule.offset_days), rule.at_time, zone)
    known_for = facts.created_at.astimezone(zone) + timedelta(days=rule.days_after_creation)
    if rule.days_after_creation and known_for > due:
        due = _on(known_for, rule.at_time, zone)
        if due < known_for:  # created in the afternoon: the next morning
            due = _on(due + timedelta(days=1), rule.at_time, zone)
    until = anchor if rule.window_days is None else due + timedelta(days=rule.window_days)
    return due.astimezone(UTC), until.astimezone(UTC)


def _anchor(rule: Rule, facts: EventFacts, occasion: Occasion | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment a rule counts from on the clock of the zone, midnight for a day."""
    if rule.anchor is Anchor.RSVP_DEADLINE:
        return occasion.at.astimezone(zone) if occasion and occasion.at else None
    day = facts.starts_on
    if rule.anchor is Anchor.ENDS_ON:
        day = facts.ends_on or facts.starts_on
    if day is None or facts.date_precision == "tbd":
        return None
    if facts.date_precision == "month":
        day = day.replace(day=1)
    return datetime.combine(day, time(), zone)


def _on(moment: datetime, at_time: time | None, zone: ZoneInfo) -> datetime:
    """Return that day at a time of day; the moment itself without one."""
    return moment if at_time is None else datetime.combine(moment.date(), at_time, zone)


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name; UTC where nobody knows it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def occasions_of(rule: Rule, facts: EventFacts) -> tuple[Occasion, ...]:
    """Return the due dates that a rule has for an event: one, or one for each deadline."""
    return facts.deadlines if rule.anchor is Anchor.RSVP_DEADLINE else (Occasion(),)


def was_entered_late(rule: Rule, facts: EventFacts, judgement: Judgement) -> bool:
    """Say whether an event came to Postroom after a letter about its past was due, or after all was over.

    So a new installation does not write about what it was told of afterwards.
    """
    if judgement.due_at is None or judgement.until is None:
        return False
    is_about_past = rule.anchor is not Anchor.RSVP_DEADLINE and rule.offset_days >= 0
    return facts.created_at > (judgement.due_at if is_about_past else judgement.until)

"""How a rule's letters go out: words, values that are the same for all, calendar file, where answers go."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import current_app

from webapp.mail.actions.outbox import Errand
from webapp.mail.queries.attachments import pin_attachment
from webapp.programme.domain.calendar_file import CALENDAR_TYPE, CalendarEvent, write_calendar
from webapp.programme.domain.rules import Audience, Rule
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.constants import letter_constants


def rule_key(run: RuleRun, number: int, person_id: int) -> str:
    """Return the key under which a run promises a person's letter, unique for ever."""
    return f"rule:{run.rule}:{run.event_id}:{run.occasion}:{number}:{person_id}"


def rule_errand(
    run: RuleRun, rule: Rule, event: Event, number: int, now: datetime, *, author_id: int | None
) -> Errand:
    """Return how the letters of a run go out.

    Args:
        run, rule, event: what it is about.
        number: how often it has run with this one.
        now: the moment, aware.
        author_id: the member of staff who wanted it now, None for the clock.
    """
    is_to_organizers = rule.audience is Audience.ORGANIZERS
    return Errand(
        role=rule.role,
        programme_id=run.programme_id,
        event_id=run.event_id,
        constants=lambda locale: letter_constants(event.programme_id, event.id, locale),
        author_id=author_id,
        locale=event.locale,
        batch=f"rule:{run.id}:{number}",
        # organizers answer to support, everybody else to whom the event's letters are from
        reply_to=(event.programme.support_email or None) if is_to_organizers else None,
        attachment_ids=(pin_calendar(event, now),) if rule.has_calendar else (),
    )


def pin_calendar(event: Event, now: datetime) -> int:
    """Store the calendar file of an event, once for each content, and return its number; it needs a first day."""
    assert event.starts_on is not None  # noqa: S101 -- the rule asks for an exact date
    host = urlsplit(current_app.extensions["settings"].public_url).hostname or "localhost"
    content = write_calendar(
        CalendarEvent(
            uid=f"event-{event.id}@{host}",
            summary=event.name,
            starts=event.starts_on,
            ends=event.ends_on,
            location=", ".join(part for part in (event.city, event.country) if part),
            url=event.url,
            stamped_at=now,
        )
    )
    return pin_attachment(f"{event.slug}.ics", CALENDAR_TYPE, content)

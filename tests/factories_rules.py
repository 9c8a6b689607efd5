"""Makes events that rules have something to do with, and looks at what they wrote."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter_template import LetterTemplate
from webapp.mail.models.shoot import Shoot
from webapp.people.models.membership import MembershipKind
from webapp.people.models.person import Person
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event, Programme
from webapp.programme.models.rule import RuleRun

NOW = datetime(2027, 3, 8, 12, 0, tzinfo=UTC)
"""A Monday noon: the moment at which these tests play."""

_numbers = count(1)


def make_rule_event(
    programme: Programme | None = None, *, days: int = -1, organizers: int = 2, **values: Any
) -> Event:
    """Make an event so many days from ``NOW``, known for a year, with organizers whom nobody wrote to yet."""
    event = factories.make_event(
        programme,
        **{
            "starts_on": (NOW + timedelta(days=days)).date(),
            "created_at": NOW - timedelta(days=365),
            "is_site_ready": True,
            **values,
        },
    )
    make_form(event)
    for number in range(organizers):
        person = factories.make_person(f"org{number}.{event.id}@example.org", f"Organizer {number}")
        factories.register(person, event, MembershipKind.ORGANIZER)
    return event


def make_form(event: Event, **values: Any) -> Form:
    """Make the form of an event, open since long ago."""
    with transaction() as session:
        form = Form(
            event_id=event.id,
            programme_id=event.programme_id,
            **{"opens_at": NOW - timedelta(days=300), **values},
        )
        session.add(form)
    return form


def make_applicant(event: Event, person: Person | None = None, **values: Any) -> Application:
    """Make an accepted applicant of an event, who said yes unless told otherwise."""
    number = next(_numbers)
    person = person or factories.make_person(f"a{number}@example.org", f"Applicant {number}")
    with transaction() as session:
        form_id = session.scalars(select(Form.id).where(Form.event_id == event.id)).one()
        row = Application(
            programme_id=event.programme_id,
            event_id=event.id,
            form_id=form_id,
            person_id=person.id,
            number=number,
            submission_token=f"submission {number}",
            **{"decision": "accepted", "announced": "accepted", "rsvp": "yes", **values},
        )
        session.add(row)
    return row


def change_event(event: Event, **values: Any) -> None:
    """Change columns of an event, as its page would."""
    with transaction() as session:
        row = session.get_one(Event, event.id)
        for name, value in values.items():
            setattr(row, name, value)


def runs_of(event: Event) -> dict[str, RuleRun]:
    """Return an event's runs by rule; the last one where a rule has several."""
    db.session.rollback()
    rows = db.session.scalars(
        select(RuleRun)
        .where(RuleRun.event_id == event.id)
        .order_by(RuleRun.id)
        .execution_options(populate_existing=True)
    )
    return {row.rule: row for row in rows}


def state_of(event: Event, rule: str) -> tuple[str, str]:
    """Return the state and reason of an event's run."""
    run = runs_of(event)[rule]
    return run.state, run.reason


def letters(role: str, event: Event | None = None) -> list[str]:
    """Return the addresses that letters by a role were promised to, in order."""
    db.session.rollback()
    query = (
        select(EmailLog.address)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.cause == role)
        .order_by(EmailLog.address)
    )
    if event is not None:
        query = query.where(Shoot.event_id == event.id)
    return [address or "" for address in db.session.scalars(query)]


def count_letters(session: Session) -> int:
    """Return how many letters there are."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(EmailLog)) or 0


def write_template(role: str, event: Event, *, locale: str = "", html: str, subject: str = "Hello") -> None:
    """Let staff have written words of their own for an event, whatever they are worth."""
    with transaction() as session:
        session.add(
            LetterTemplate(
                role=role,
                locale=locale,
                programme_id=event.programme_id,
                event_id=event.id,
                subject=subject,
                slots={"main": html},
                reason="You organize it.",
            )
        )


def plan_one(event: Event) -> None:
    """Plan one letter of an event, for tests that need any run of a rule."""
    with transaction() as session:
        session.add(
            RuleRun(
                programme_id=event.programme_id,
                event_id=event.id,
                rule="thank_you",
                due_at=datetime(2030, 1, 1, 9, tzinfo=UTC),
            )
        )


def run_of(event_id: int) -> int:
    """Return the number of an event's first run."""
    return db.session.scalars(
        select(RuleRun.id).where(RuleRun.event_id == event_id).order_by(RuleRun.id).limit(1)
    ).one()

"""The segment of applicants: who is chosen by state and answer, and those who have not received an earlier shoot."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import announce, apply_many, decide, make_desk
from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.audience import select_audience
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.programme.models.application import Application
from webapp.programme.models.programme import Event


def chosen(event: Event, *exclude: Choice, **settings: str) -> set[int]:
    """Return the people of the segment at an event, without those of other choices."""
    place = Place(SYSTEM, event.programme_id, event.id)
    audience = Audience((Choice("applicants", settings),), exclude)
    return set(db.session.scalars(select_audience(audience, place)))


def people(rows: list[Application]) -> set[int]:
    """Return whose applications they are."""
    return {row.person_id for row in rows}


def test_every_state_and_answer_narrows(database: Session) -> None:
    event, form = make_desk()
    rows = apply_many(form, 6)
    decide(event, rows[:3], "accepted")
    announce(event)
    decide(event, rows[3:5], "waitlisted")
    with transaction() as session:
        session.execute(update(Application).where(Application.id == rows[0].id).values(rsvp="yes"))
        session.execute(
            update(Application).where(Application.id == rows[1].id).values(answers={"why": ["Fun", "Work"]})
        )
        session.execute(
            update(Application).where(Application.id == rows[5].id).values(withdrawn_at=form.created_at)
        )
    assert chosen(event) == people(rows[:5])
    assert chosen(event, decision="waitlisted") == people(rows[3:5])
    assert chosen(event, announced="undecided") == people(rows[3:5])
    assert chosen(event, announced="accepted", rsvp="yes") == people(rows[:1])
    assert chosen(event, question="why", value="Work") == people(rows[1:2])
    assert chosen(event, question="why", value="Reason 3") == people(rows[2:3])
    for wrong in ({"decision": "banana"}, {"rsvp": "banana"}, {"question": "banana"}, {"question": "why"}):
        with pytest.raises(StaffError):
            chosen(event, **wrong)
    segment, place = SEGMENTS.get("applicants"), Place(SYSTEM, event.programme_id, event.id)
    for setting in segment.settings[:5]:
        assert segment.options(setting.name, place), setting
    words = segment.describe({"announced": "accepted", "rsvp": "no", "question": "why", "value": "x"}, place)
    assert words == f"Applicants of {event.name}, told: accepted, does not come, Why do you want to come?: x"


def test_a_foreign_event_is_not_there(database: Session) -> None:
    event, form = make_desk()
    apply_many(form, 1)
    own = factories.make_event()
    scope = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=own))
    with pytest.raises(StaffError, match="no event"):
        SEGMENTS.get("applicants").select_people(
            {"event": event.slug}, Place(scope, own.programme_id, own.id)
        )


def test_only_those_who_have_not_received_a_shoot(database: Session) -> None:
    event, form = make_desk()
    rows = apply_many(form, 3)
    decide(event, rows[:2], "accepted")
    announce(event)
    shoot_id = db.session.scalars(select(Shoot.id)).one()
    with transaction() as session:
        session.execute(
            update(EmailLog).where(EmailLog.person_id == rows[0].person_id).values({"state": "sent"})
        )
    got = Choice("shoot", {"shoot": str(shoot_id), "which": "sent"})
    assert chosen(event, got) == people(rows[1:])

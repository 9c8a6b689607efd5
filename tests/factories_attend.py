"""Makes forms, applications and what was told about them, with as little said as the test cares about."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.attend_forms import create_form
from webapp.programme.actions.attend_submit import submit_application
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event

_numbers = count(1)

ANSWERS = {
    "name": ["Ana Kovač"],
    "email": ["ana@example.org"],
    "travelling_from": ["Zagreb"],
    "operating_system": ["Linux"],
    "experience": ["I am a complete beginner"],
    "occupation": ["Nurse"],
    "why": ["I want to learn."],
    "data_consent": ["yes"],
    "code_of_conduct": ["yes"],
}
"""Enough for the usual questions."""


def make_form(event: Event, *, is_open: bool = True, **values: Any) -> Form:
    """Make the form of an event with the usual questions, open since yesterday."""
    form_id = create_form(scope=SYSTEM, event_id=event.id)
    with transaction() as session:
        form = session.get_one(Form, form_id)
        if is_open:
            form.opens_at = now() - timedelta(days=1)
        for name, value in values.items():
            setattr(form, name, value)
    return form


def make_application(
    event: Event, email: str = "", at: datetime | None = None, **answers: Any
) -> Application:
    """Apply for an event by its form, as an applicant does."""
    n = next(_numbers)
    given = {**ANSWERS, "email": [email or f"applicant{n}@example.org"], **answers}
    done = submit_application(slug=event.slug, given=given, submission_token=f"form {n}", now=at or now())
    return db.session.get_one(Application, done.application_id)


def tell(application: Application, decision: str = "accepted", **values: Any) -> Application:
    """Let an applicant have been told a decision; accepted ones are invited for a week."""
    if decision == "accepted":
        values = {"rsvp": "invited", "rsvp_deadline": now() + timedelta(days=7), **values}
    with transaction():
        for name, value in {"decision": decision, "announced": decision, **values}.items():
            setattr(application, name, value)
    return application


def letters() -> list[tuple[str, str]]:
    """Return (key, address) of all promised letters, in the order of their keys."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.dedupe_key, EmailLog.address)
        .where(EmailLog.dedupe_key.isnot(None))
        .order_by(EmailLog.dedupe_key)
    )
    return [(row[0] or "", row[1] or "") for row in rows]


def furnish(event: Event) -> None:
    """Give an event a form and one application by it."""
    make_form(event)
    make_application(event)


def question_of(event_id: int) -> int:
    """Return a question of an event's form that is not the address."""
    return db.session.scalars(
        select(Question.id).join(Form).where(Form.event_id == event_id, Question.key == "why")
    ).one()


def application_token_of(event_id: int) -> str:
    """Return the token of the link of an event's first application."""
    token = db.session.scalars(
        select(Application.token).where(Application.event_id == event_id).order_by(Application.id)
    ).first()
    return token or ""

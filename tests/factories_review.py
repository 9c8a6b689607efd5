"""Makes applications as rows, many at once, and those who review them, with as little said as the test cares about."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from tests import factories
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User
from webapp.programme.actions.wave_announce import Announcing, announce_wave
from webapp.programme.actions.wave_decide import decide_applications
from webapp.programme.domain.attend_links import seal_application
from webapp.programme.models.application import Application, Review, Wave
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event

_numbers = count(1)


def make_plain_form(event: Event, **values: Any) -> Form:
    """Make a form that asks why, and for a phone that reviewers do not see."""
    with transaction() as session:
        form = Form(event_id=event.id, programme_id=event.programme_id, **values)
        session.add(form)
        session.flush()
        session.add_all(
            [
                Question(
                    form_id=form.id, key="why", label="Why do you want to come?", kind="long", position=1
                ),
                Question(
                    form_id=form.id,
                    key="phone",
                    label="Phone",
                    kind="short",
                    position=2,
                    is_hidden_from_reviewers=True,
                ),
            ]
        )
    return form


def make_desk(**values: Any) -> tuple[Event, Form]:
    """Make an event with a form, and a sender for its letters."""
    event = factories.make_event(**values)
    factories.make_sender(programme_id=event.programme_id)
    return event, make_plain_form(event)


def apply_many(
    form: Form, number: int, names: Sequence[str] = (), domain: str = "example.org", **values: Any
) -> list[Application]:
    """Let so many people have applied, as the form's next numbers."""
    keys = current_app.extensions["tokens"]
    with transaction() as session:
        first = form.last_number
        marks = [next(_numbers) for _ in range(number)]
        people = [
            Person(email=f"a{mark}@{domain}", name=names[i] if i < len(names) else f"Applicant {mark}")
            for i, mark in enumerate(marks)
        ]
        session.add_all(people)
        session.flush()
        rows = [
            Application(
                **{
                    "programme_id": form.programme_id,
                    "event_id": form.event_id,
                    "form_id": form.id,
                    "number": first + i,
                    "person_id": person.id,
                    "answers": {"why": f"Reason {i}", "phone": f"555-{i}"},
                    "submission_token": f"row {person.id}",
                    **values,
                }
            )
            for i, person in enumerate(people, start=1)
        ]
        session.add_all(rows)
        session.add_all(
            Membership(
                person_id=person.id,
                programme_id=form.programme_id,
                event_id=form.event_id,
                kind=MembershipKind.APPLICANT,
            )
            for person in people
        )
        session.flush()
        for row in rows:
            row.token = seal_application(keys, row.id, 1)
        form.last_number = first + number
    return rows


def make_reviewer(event: Event) -> User:
    """Make an account that may score the applications of one event, and nothing else."""
    user = factories.make_staff(Role.ORGANIZER, event=event, may_send=False)
    with transaction() as session:
        grant = session.scalars(select(Grant).where(Grant.user_id == user.id)).one()
        grant.role = Role.REVIEWER
    return user


def score(application: Application, user: User, points: int | None, comment: str = "") -> None:
    """Let somebody have scored an application."""
    with transaction() as session:
        session.add(Review(application_id=application.id, user_id=user.id, score=points, comment=comment))


def decide(event: Event, rows: Sequence[Application], decision: str) -> None:
    """Decide for applications, quietly."""
    decide_applications(
        scope=SYSTEM, event_id=event.id, application_ids=[a.id for a in rows], decision=decision, now=now()
    )


def announce(event: Event, **said: Any) -> int:
    """Announce what is decided, and return the wave."""
    return announce_wave(scope=SYSTEM, event_id=event.id, announcing=Announcing(**said), now=now())


def count_letters() -> dict[str, int]:
    """Count all letters there are by state."""
    db.session.rollback()
    rows = db.session.execute(select(EmailLog.state, func.count()).group_by(EmailLog.state))
    return {row[0]: row[1] for row in rows}


def fresh(row: Application) -> Application:
    """Return an application as it is stored now."""
    db.session.expire_all()
    return db.session.get_one(Application, row.id)


def furnish(event: Event) -> None:
    """Give an event that has a form one application that was told, and one that is decided and not told."""
    form = db.session.scalars(select(Form).where(Form.event_id == event.id)).one()
    told, untold = apply_many(form, 2)
    decide(event, [told], "accepted")
    announce(event)
    decide(event, [untold], "waitlisted")


def untold_of(event_id: int) -> int:
    """Return an application of an event that is decided and not told."""
    return db.session.scalars(
        select(Application.id).where(
            Application.event_id == event_id, Application.decision != Application.announced
        )
    ).one()


def wave_of(event_id: int) -> int:
    """Return the announcement of an event."""
    return db.session.scalars(select(Wave.id).where(Wave.event_id == event_id).order_by(Wave.id)).all()[0]

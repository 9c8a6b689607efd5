"""Questions about applying to attend: forms, what they ask, and an applicant's own application by their link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.programme.domain.application_states import Rsvp, WaveState
from webapp.programme.domain.attend_forms import Opening, find_opening
from webapp.programme.domain.attend_links import read_application_token
from webapp.programme.domain.attend_questions import Asked, QuestionKind, QuestionRole, read_condition
from webapp.programme.domain.attend_rsvp import Standing, find_standing
from webapp.programme.models.application import Application, Wave, WaveEntry
from webapp.programme.models.form import Form, Question
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import get_event


def as_asked(row: Question) -> Asked:
    """Return a stored question as it is asked."""
    return Asked(
        key=row.key,
        label=row.label,
        kind=QuestionKind(row.kind),
        help=row.help,
        choices=tuple(row.choices),
        is_required=row.is_required,
        role=QuestionRole(row.role),
        condition=read_condition(row.condition),
        is_hidden_from_reviewers=row.is_hidden_from_reviewers,
    )


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form with its event, as the public sees it.

    Args:
        form, event: the rows.
        opening: how it stands in time.
        questions: what it asks now; the newsletter is asked only where there is one.
        newsletter: which one would be meant.
    """

    form: Form
    event: Event
    opening: Opening
    questions: tuple[Asked, ...]
    newsletter: NewsletterList | None


def find_questions(form_id: int, *, with_retired: bool = False) -> list[Question]:
    """Return a form's questions in order, the retired ones last where they are wanted."""
    query = select(Question).where(Question.form_id == form_id)
    if not with_retired:
        query = query.where(Question.retired_at.is_(None))
    return list(
        db.session.scalars(query.order_by(Question.retired_at.nulls_first(), Question.position, Question.id))
    )


def find_newsletter(programme_id: int) -> NewsletterList | None:
    """Return the newsletter that a form of this programme offers: its first public one."""
    return db.session.scalar(
        select(NewsletterList)
        .where(
            NewsletterList.programme_id == programme_id,
            NewsletterList.is_public,
            ~NewsletterList.is_archived,
        )
        .order_by(NewsletterList.id)
        .limit(1)
    )


def open_form_page(form: Form, event: Event, now: datetime) -> FormPage:
    """Return a form as the public sees it at an instant."""
    newsletter = find_newsletter(form.programme_id)
    asked = [as_asked(row) for row in find_questions(form.id)]
    return FormPage(
        form=form,
        event=event,
        opening=find_opening(form.opens_at, form.closes_at, event.state, now),
        questions=tuple(q for q in asked if newsletter or q.role is not QuestionRole.NEWSLETTER),
        newsletter=newsletter,
    )


def find_form_page(slug: str, now: datetime) -> FormPage | None:
    """Return the form of an event by the event's slug, open or not; None where there is none."""
    found = db.session.execute(
        select(Form, Event).join(Event, Event.id == Form.event_id).where(Event.slug == slug)
    ).first()
    return open_form_page(found[0], found[1], now) if found else None


def find_open_form(slug: str, now: datetime) -> FormPage | None:
    """Return the form of an event by the event's slug if it takes applications now."""
    page = find_form_page(slug, now)
    return page if page is not None and page.opening is Opening.OPEN else None


def find_form(scope: Scope, event_id: int) -> Form | None:
    """Return the form of an event that may be seen; None where it has none yet.

    Raises:
        NotFoundError: there is no such event, or it is not for this member of staff.
    """
    get_event(scope, event_id)
    return db.session.scalar(
        select(Form).where(Form.event_id == event_id).options(selectinload(Form.questions))
    )


def get_form(scope: Scope, event_id: int, *, for_update: bool = False) -> Form:
    """Return the form of an event that may be seen.

    Args:
        scope: who asks.
        event_id: whose form.
        for_update: hold the row until the transaction ends.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    get_event(scope, event_id)
    query = select(Form).where(Form.event_id == event_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    form = db.session.scalar(query)
    if form is None:
        raise NotFoundError("This event has no form yet.")
    return form


def get_question(form: Form, question_id: int) -> Question:
    """Return one question of a form.

    Raises:
        NotFoundError: the form has no such question.
    """
    row = db.session.scalar(select(Question).where(Question.id == question_id, Question.form_id == form.id))
    if row is None:
        raise NotFoundError("There is no such question.")
    return row


def find_answered_keys(form_id: int) -> set[str]:
    """Return the keys of questions that somebody has answered."""
    rows = db.session.scalars(
        select(func.jsonb_object_keys(Application.answers)).where(Application.form_id == form_id).distinct()
    )
    return set(rows)


def count_applications(form_id: int) -> int:
    """Return how many applications a form has got."""
    return db.session.scalar(select(func.count()).where(Application.form_id == form_id)) or 0


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """An application as its applicant may see it.

    Args:
        application, form, event: the rows.
        questions: all that the form asks or asked.
        told: the decision that has reached them: of an announcement that is still held, nothing shows.
        rsvp, deadline: what is stored of their answer, likewise.
        standing: whether they may say yes or no now.
    """

    application: Application
    form: Form
    event: Event
    questions: Sequence[Asked]
    told: str
    rsvp: str
    deadline: datetime | None
    standing: Standing


def find_application_by_token(token: str, now: datetime) -> ApplicationPage | None:
    """Return the application that a link belongs to, or None for whatever is no such link (any more)."""
    reference = read_application_token(current_app.extensions["tokens"], token)
    if reference is None:
        return None
    found = db.session.execute(
        select(Application, Form, Event)
        .join(Form, Form.id == Application.form_id)
        .join(Event, Event.id == Application.event_id)
        .where(
            Application.id == reference[0],
            Application.token_version == reference[1],
            Application.erased_at.is_(None),
        )
    ).first()
    return _page_of(found[0], found[1], found[2], now) if found else None


def _page_of(application: Application, form: Form, event: Event, now: datetime) -> ApplicationPage:
    held = db.session.scalars(
        select(WaveEntry)
        .join(Wave, Wave.id == WaveEntry.wave_id)
        .where(
            WaveEntry.application_id == application.id,
            WaveEntry.skip_reason.is_(None),
            Wave.state == WaveState.HELD,
            Wave.hold_until > now,
        )
        .order_by(Wave.id)
        .limit(1)
    ).first()
    told = held.announced_before if held else application.announced
    rsvp = held.rsvp_before if held else application.rsvp
    deadline = held.rsvp_deadline_before if held else application.rsvp_deadline
    return ApplicationPage(
        application=application,
        form=form,
        event=event,
        questions=[as_asked(row) for row in find_questions(form.id, with_retired=True)],
        told=told,
        rsvp=rsvp,
        deadline=deadline,
        standing=find_standing(
            told=told,
            rsvp=rsvp,
            deadline=deadline,
            is_withdrawn=application.withdrawn_at is not None,
            event_state=event.state,
            now=now,
        ),
    )


def count_taken_places(event_id: int) -> int:
    """Return how many places of an event are taken: by those who come and those who are invited."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Application.event_id == event_id,
                Application.withdrawn_at.is_(None),
                Application.rsvp.in_((Rsvp.YES, Rsvp.INVITED)),
            )
        )
        or 0
    )


def find_letter_keys(application_id: int) -> list[str]:
    """Return the keys of letters by which something was announced to an applicant."""
    rows = db.session.scalars(
        select(WaveEntry.dedupe_key).where(
            WaveEntry.application_id == application_id, WaveEntry.dedupe_key.isnot(None)
        )
    )
    return [key for key in rows if key]

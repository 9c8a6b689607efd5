"""Questions about one application: its answers, what was thought of it, and which to look at next."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import User
from webapp.programme.domain.reviewing import ReviewLine, ReviewSheet
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Application, Review
from webapp.programme.models.form import Form, Question, SavedView
from webapp.programme.queries.review_list import is_blind

HISTORY = 200  # entries


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what was answered, as text; a retired question that was answered is still shown."""

    key: str
    label: str
    text: str
    is_hidden_from_reviewers: bool


def get_application(scope: Scope, event_id: int, application_id: int) -> Application:
    """Return one application of an event.

    Raises:
        NotFoundError: there is none, it is another event's, or it is not for this member of staff.
    """
    row = db.session.scalar(
        select(Application).where(
            Application.id == application_id,
            Application.event_id == event_id,
            Application.erased_at.is_(None),
        )
    )
    if row is None or not scope.reviews(row.programme_id, row.event_id):
        raise NotFoundError("There is no such application.")
    return row


def find_questions(scope: Scope, programme_id: int, event_id: int) -> list[Question]:
    """Return the questions of an event's form in order, without those that are hidden from reviewers if it is one."""
    query = (
        select(Question)
        .join(Form, Form.id == Question.form_id)
        .where(Form.event_id == event_id)
        .order_by(Question.position, Question.id)
    )
    if not scope.sees(programme_id, event_id):
        query = query.where(Question.is_hidden_from_reviewers.is_(False))
    return list(db.session.scalars(query))


def written(answer: Any) -> str:
    """Return an answer as text: several are joined, yes and no are words."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return ", ".join(str(part) for part in answer)
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "" if answer is None else str(answer)


def find_answers(scope: Scope, application: Application) -> list[Answer]:
    """Return what was answered, question by question, as far as this member of staff may read it."""
    questions = find_questions(scope, application.programme_id, application.event_id)
    return [
        Answer(q.key, q.label, written(application.answers.get(q.key)), q.is_hidden_from_reviewers)
        for q in questions
        if q.retired_at is None or q.key in application.answers
    ]


def find_reviews(application: Application, user_id: int | None) -> ReviewSheet:
    """Return what was thought of an application, as far as one member of staff may know it."""
    rows = db.session.execute(
        select(Review, func.coalesce(func.nullif(Person.name, ""), User.email))
        .join(User, User.id == Review.user_id)
        .join(Person, Person.id == User.person_id)
        .where(Review.application_id == application.id)
        .order_by(Review.updated_at, Review.id)
    ).all()
    lines = [
        ReviewLine(row[0].user_id, row[1], row[0].score, row[0].comment, row[0].updated_at) for row in rows
    ]
    own = next((line for line in lines if line.user_id == user_id), None)
    if own is None and is_blind(application.event_id):
        return ReviewSheet(None, count=len(lines), is_hidden=True)
    mean, deviation = db.session.execute(
        select(func.avg(Review.score), func.stddev_samp(Review.score)).where(
            Review.application_id == application.id
        )
    ).one()
    return ReviewSheet(
        own,
        tuple(line for line in lines if line is not own),
        len(lines),
        None if mean is None else float(mean),
        None if deviation is None else float(deviation),
    )


def draw_next(event_id: int, user_id: int | None, *, but_not: int | None = None) -> int | None:
    """Return a random application that this member of staff has not looked at yet; None when there is none left."""
    seen = select(Review.application_id).where(Review.user_id == (user_id or 0))
    query = select(Application.id).where(
        Application.event_id == event_id,
        Application.withdrawn_at.is_(None),
        Application.erased_at.is_(None),
        Application.id.not_in(seen),
    )
    if but_not is not None:
        query = query.where(Application.id != but_not)
    return db.session.scalar(query.order_by(func.random()).limit(1))


def find_history(application_id: int) -> list[tuple[Activity, str]]:
    """Return what happened to an application, newest first, each with who did it, "" for the system."""
    rows = db.session.execute(
        select(Activity, func.coalesce(func.nullif(Person.name, ""), User.email, ""))
        .outerjoin(User, User.id == Activity.actor_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(Activity.subject_type == "application", Activity.subject_id == application_id)
        .order_by(Activity.id.desc())
        .limit(HISTORY)
    )
    return [(row[0], row[1]) for row in rows]


def find_saved_views(user_id: int | None, event_id: int) -> list[SavedView]:
    """Return the views of an event's applications that a member of staff has kept, by name."""
    return list(
        db.session.scalars(
            select(SavedView)
            .where(
                SavedView.user_id == (user_id or 0),
                SavedView.page == "applications",
                SavedView.event_id == event_id,
            )
            .order_by(SavedView.name, SavedView.id)
        )
    )

"""Questions of the list of letters: which there are, who wrote them, what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from webapp.core.database import db
from webapp.mail.domain.states import LetterState, ShootKind
from webapp.mail.models.letter import Letter, LetterVersion
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.letters import visible_letters
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import User

Cursor = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """What somebody wants to see of the letters.

    Args:
        text: a part of the title or subject.
        state: one state; "" is all but the archived ones.
        programme_id: only letters of this programme.
        event_id: only letters of this event.
        is_mine: only those that the asker began or wrote last.
    """

    text: str = ""
    state: str = ""
    programme_id: int | None = None
    event_id: int | None = None
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter as the list shows it."""

    id: int
    title: str
    subject: str
    state: str
    programme_id: int | None
    event_id: int | None
    author: str
    editor: str
    updated_at: datetime
    is_essential: bool


def _conditions(scope: Scope, wanted: LetterFilter) -> list[ColumnElement[bool]]:
    """Return what narrows the list."""
    conditions = [visible_letters(scope)]
    if wanted.state:
        conditions.append(Letter.state == wanted.state)
    else:
        conditions.append(Letter.state != LetterState.ARCHIVED)
    if wanted.text:
        words = wanted.text.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        conditions.append(
            or_(func.lower(Letter.title).like(f"%{words}%"), func.lower(Letter.subject).like(f"%{words}%"))
        )
    if wanted.programme_id is not None:
        conditions.append(Letter.programme_id == wanted.programme_id)
    if wanted.event_id is not None:
        conditions.append(Letter.event_id == wanted.event_id)
    if wanted.is_mine:
        conditions.append(or_(Letter.author_id == scope.user_id, Letter.editor_id == scope.user_id))
    return conditions


def page_letters(
    scope: Scope, wanted: LetterFilter, *, before: Cursor | None = None, limit: int = 50
) -> list[LetterLine]:
    """Return a page of letters, the latest change first.

    Args:
        scope: who asks.
        wanted: the filter.
        before: (updated_at, id) of the last letter on the page before this one.
        limit: how many at most.
    """
    author, author_person = aliased(User), aliased(Person)
    editor, editor_person = aliased(User), aliased(Person)
    query = (
        select(
            Letter.id,
            Letter.title,
            Letter.subject,
            Letter.state,
            Letter.programme_id,
            Letter.event_id,
            func.coalesce(func.nullif(author_person.name, ""), author.email, "").label("author"),
            func.coalesce(func.nullif(editor_person.name, ""), editor.email, "").label("editor"),
            Letter.updated_at,
            Letter.is_essential,
        )
        .outerjoin(author, author.id == Letter.author_id)
        .outerjoin(author_person, author_person.id == author.person_id)
        .outerjoin(editor, editor.id == Letter.editor_id)
        .outerjoin(editor_person, editor_person.id == editor.person_id)
        .where(and_(*_conditions(scope, wanted)))
        .order_by(Letter.updated_at.desc(), Letter.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(Letter.updated_at, Letter.id) < before)
    return [LetterLine(**row._mapping) for row in db.session.execute(query)]


def count_letters(scope: Scope, wanted: LetterFilter) -> dict[str, int]:
    """Return how many letters there are in each state, of those that the rest of the filter lets through."""
    conditions = [visible_letters(scope)]
    if wanted.is_mine:
        conditions.append(or_(Letter.author_id == scope.user_id, Letter.editor_id == scope.user_id))
    rows = db.session.execute(
        select(Letter.state, func.count()).where(and_(*conditions)).group_by(Letter.state)
    )
    return {state: int(count) for state, count in rows}


def find_shoots_of(letter_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Return (id, state) of the latest shoot of each letter that was sent; tests do not count."""
    rows = db.session.execute(
        select(LetterVersion.letter_id, Shoot.id, Shoot.state)
        .join(Shoot, Shoot.letter_version_id == LetterVersion.id)
        .where(LetterVersion.letter_id.in_(letter_ids), Shoot.kind != ShootKind.TEST)
        .order_by(Shoot.id)
    )
    return {letter_id: (shoot_id, state) for letter_id, shoot_id, state in rows if letter_id is not None}


def find_staff_name(user_id: int | None) -> str:
    """Return the name by which colleagues know a member of staff, "somebody" where there is none."""
    name = db.session.scalar(
        select(func.coalesce(func.nullif(Person.name, ""), User.email))
        .select_from(Person)
        .join(User, User.person_id == Person.id)
        .where(User.id == user_id)
    )
    return name or "somebody"

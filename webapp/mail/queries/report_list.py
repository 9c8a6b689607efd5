"""Questions for lists of shoots: pages by key, who asked for them, and those that want a person's decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from webapp.core.database import db
from webapp.mail.domain.report import ENDED
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.domain.states import EmailState, ShootKind, ShootState
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot, ShootTally
from webapp.mail.queries.report import visible_shoots
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import User

RUNNING = (ShootState.PREPARING, ShootState.SENDING, ShootState.PAUSED)
DECISIONS = (ShootState.MISSED, ShootState.HALTED)
LOOK_BACK = timedelta(days=14)  # failures older than this are history, not something to do


@dataclass(frozen=True, slots=True)
class ShootLine:
    """One shoot in a list; its numbers are asked for apart (``find_summaries``)."""

    shoot_id: int
    subject: str
    kind: str
    state: ShootState
    programme_id: int | None
    event_id: int | None
    author_id: int | None
    resend_of_id: int | None
    scheduled_at: datetime | None
    created_at: datetime
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShootPage:
    """A page of shoots, newest first; the keys of the neighbouring pages are None where there is none."""

    lines: list[ShootLine]
    newer_than: int | None
    older_than: int | None


@dataclass(frozen=True, slots=True)
class ShootFilter:
    """Which shoots are wanted; None is all of them.

    Tests, and letters that Postroom writes by itself, are left out unless asked for; those are asked for alone.
    """

    state: str | None = None
    event_id: int | None = None
    is_test: bool = False
    is_automatic: bool = False


def _lines(where: Iterable[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """Return the query for lines under conditions."""
    return (
        select(
            Shoot.id,
            LetterVersion.subject,
            Shoot.constants,
            Shoot.kind,
            Shoot.state,
            Shoot.programme_id,
            Shoot.event_id,
            Shoot.author_id,
            Shoot.resend_of_id,
            Shoot.scheduled_at,
            Shoot.created_at,
            Shoot.started_at,
        )
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(*where)
    )


def _read(query: Select[*tuple[Any, ...]]) -> list[ShootLine]:
    """Run a query for lines."""
    return [
        ShootLine(shoot_id, readable_subject(subject, constants), kind, ShootState(state), *rest)
        for shoot_id, subject, constants, kind, state, *rest in db.session.execute(query)
    ]


def page_shoots(
    scope: Scope,
    wanted: ShootFilter,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
    limit: int = 30,
) -> ShootPage:
    """Return a page of shoots, newest first.

    Args:
        scope: whose eyes.
        wanted: which.
        older_than: those asked for before this one.
        newer_than: or those asked for after this one.
        limit: how many at most.
    """
    where = [visible_shoots(scope), (Shoot.kind == ShootKind.TEST) == wanted.is_test]
    if not wanted.is_test:
        where.append(Shoot.cause.isnot(None) if wanted.is_automatic else Shoot.cause.is_(None))
    if wanted.state is not None:
        where.append(Shoot.state == wanted.state)
    if wanted.event_id is not None:
        where.append(Shoot.event_id == wanted.event_id)
    if newer_than is not None:
        found = _read(_lines([*where, Shoot.id > newer_than]).order_by(Shoot.id).limit(limit + 1))
        lines = found[:limit][::-1]
        is_newer, is_older = len(found) > limit, True
    else:
        if older_than is not None:
            where.append(Shoot.id < older_than)
        found = _read(_lines(where).order_by(Shoot.id.desc()).limit(limit + 1))
        lines = found[:limit]
        is_newer, is_older = older_than is not None, len(found) > limit
    return ShootPage(
        lines,
        newer_than=lines[0].shoot_id if lines and is_newer else None,
        older_than=lines[-1].shoot_id if lines and is_older else None,
    )


def find_shoots_in(scope: Scope, states: Iterable[ShootState], limit: int = 20) -> list[ShootLine]:
    """Return shoots in some states, those that come up next first; tests are left out."""
    where = [visible_shoots(scope), Shoot.state.in_(list(states)), Shoot.kind != ShootKind.TEST]
    order = func.coalesce(Shoot.scheduled_at, Shoot.created_at)
    return _read(_lines(where).order_by(order, Shoot.id).limit(limit))


def find_with_trouble(scope: Scope, since: datetime, limit: int = 20) -> list[ShootLine]:
    """Return shoots asked for since then with letters that failed, or are uncertain and undecided, newest first.

    Those whose failures were sent again are left out while no letter of them is undecided.
    """
    again = Shoot.__table__.alias("again")
    has = [ShootTally.shoot_id == Shoot.id, ShootTally.letter_count > 0]
    is_uncertain = exists().where(*has, ShootTally.state == EmailState.UNCERTAIN, ShootTally.reason == "")
    is_failed = exists().where(*has, ShootTally.state == EmailState.FAILED)
    is_resent = select(again.c.id).where(again.c.resend_of_id == Shoot.id).exists()
    where = [
        visible_shoots(scope),
        Shoot.kind != ShootKind.TEST,
        Shoot.created_at > since,
        or_(is_uncertain, and_(is_failed, ~is_resent)),
    ]
    return _read(_lines(where).order_by(Shoot.id.desc()).limit(limit))


def find_authors(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return what colleagues call these members of staff."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    name = case((Person.name != "", Person.name), else_=User.email)
    rows = db.session.execute(
        select(User.id, name).join(Person, Person.id == User.person_id).where(User.id.in_(wanted))
    )
    return {user_id: str(found) for user_id, found in rows}


def find_subjects(scope: Scope, shoot_ids: Iterable[int]) -> dict[int, str]:
    """Return the subjects of shoots as lists show them."""
    rows = db.session.execute(
        select(Shoot.id, LetterVersion.subject, Shoot.constants)
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(Shoot.id.in_(list(shoot_ids)), visible_shoots(scope))
    )
    return {shoot_id: readable_subject(subject, constants) for shoot_id, subject, constants in rows}


def find_log_senders(scope: Scope) -> dict[int, str]:
    """Return the senders of shoots that may be seen, by address."""
    rows = db.session.execute(
        select(Sender.id, Sender.address)
        .where(Sender.id.in_(select(Shoot.sender_id).where(visible_shoots(scope))))
        .order_by(Sender.address)
    )
    return {sender_id: str(address) for sender_id, address in rows}


def find_latest_ended(scope: Scope, limit: int) -> list[ShootLine]:
    """Return the shoots of staff that ended last, the latest first; tests are left out."""
    where = [
        visible_shoots(scope),
        Shoot.kind != ShootKind.TEST,
        Shoot.cause.is_(None),
        Shoot.state.in_(list(ENDED)),
        Shoot.completed_at.isnot(None),
    ]
    return _read(_lines(where).order_by(Shoot.completed_at.desc(), Shoot.id.desc()).limit(limit))

"""Questions about who may see what."""

from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import joinedload

from webapp.core.database import db
from webapp.people.domain.scope import Scope
from webapp.people.models.user import Role, User


def get_scope(user: User) -> Scope:
    """Return how far a member of staff sees, from their grants; nothing at all when switched off."""
    if not user.active:
        return Scope(user_id=user.id)
    grants = user.grants
    support = [g for g in grants if g.role == Role.SUPPORT]
    organizer = [g for g in grants if g.role == Role.ORGANIZER]
    return Scope(
        user_id=user.id,
        is_administrator=any(g.role == Role.ADMINISTRATOR for g in grants),
        programme_ids=frozenset(g.programme_id for g in support if g.programme_id),
        event_ids=frozenset(g.event_id for g in organizer if g.event_id),
        sending_programme_ids=frozenset(g.programme_id for g in support if g.programme_id and g.may_send),
        sending_event_ids=frozenset(g.event_id for g in organizer if g.event_id and g.may_send),
        reviewing_event_ids=frozenset(g.event_id for g in grants if g.role == Role.REVIEWER and g.event_id),
    )


def within(scope: Scope, programme_id: Any, event_id: Any = None) -> ColumnElement[bool]:
    """Return the condition that narrows a query to what a member of staff may see.

    Args:
        scope: how far they see.
        programme_id: the column that names the row's programme.
        event_id: the column that names its event, where rows have one.
    """
    if scope.is_administrator:
        return true()
    allowed: list[ColumnElement[bool]] = []
    if scope.programme_ids:
        allowed.append(programme_id.in_(scope.programme_ids))
    if scope.event_ids and event_id is not None:
        allowed.append(event_id.in_(scope.event_ids))
    return or_(*allowed) if allowed else false()


def find_user(email: str) -> User | None:
    """Return the member of staff with this normalised address."""
    return db.session.scalar(select(User).where(User.email == email))


def find_account(key: str) -> User | None:
    """Return the member of staff whose session holds this key, with all that they may do: asked at every page."""
    query = select(User).where(User.fs_uniquifier == key).options(joinedload(User.grants))
    return db.session.scalars(query).unique().one_or_none()

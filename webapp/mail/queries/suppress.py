"""Questions about suppressions: which addresses nobody may write to, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.models.opt_out import Suppression
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import User
from webapp.people.queries.persons import visible_people

PAGE_SIZE = 50  # rows of a list


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """One address, as a list shows it.

    Args:
        address: normalised.
        reason: ``bounced``, ``complained`` or ``manual``.
        detail: what the other side or staff said.
        by: who added it, "" for Postroom itself.
        created_at: since when.
        until: until when, None for good.
        is_over: its end has passed, so that it keeps nothing back any more.
        person_id: whose address it is, None when nobody's.
    """

    address: str
    reason: str
    detail: str
    by: str
    created_at: datetime
    until: datetime | None
    is_over: bool
    person_id: int | None


def may_see_suppressions(scope: Scope) -> bool:
    """Say whether suppressions are for this member of staff at all: administrators and support."""
    return scope.is_administrator or bool(scope.programme_ids)


def _visible(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for addresses that may be seen: support sees those of its own people."""
    if scope.is_administrator:
        return true()
    return (
        select(1)
        .where(Person.email == Suppression.address, visible_people(scope))
        .correlate_except(Person)
        .exists()
    )


def page_suppressions(
    scope: Scope, *, text: str = "", reason: str = "", offset: int = 0, limit: int = PAGE_SIZE
) -> list[SuppressionRow]:
    """Return suppressed addresses, the latest first.

    Args:
        scope: who asks.
        text: a part of the address.
        reason: only those with it; "" for all.
        offset: how many of the latest are passed over.
        limit: how many at most.
    """
    query = (
        select(
            Suppression,
            User.email.label("by"),
            func.coalesce(Suppression.until <= func.now(), False).label("is_over"),
            Person.id.label("person_id"),
        )
        .outerjoin(User, User.id == Suppression.created_by_id)
        .outerjoin(Person, Person.email == Suppression.address)
        .where(_visible(scope))
    )
    if text:
        query = query.where(Suppression.address.contains(text.lower(), autoescape=True))
    if reason:
        query = query.where(Suppression.reason == reason)
    query = query.order_by(Suppression.created_at.desc(), Suppression.address)
    return [
        SuppressionRow(
            address=row.address,
            reason=row.reason,
            detail=row.detail,
            by=by or "",
            created_at=row.created_at,
            until=row.until,
            is_over=is_over,
            person_id=person_id,
        )
        for row, by, is_over, person_id in db.session.execute(query.offset(offset).limit(limit))
    ]


def get_suppression(address: str) -> Suppression:
    """Return the suppression of a normalised address.

    Raises:
        NotFoundError: there is none.
    """
    row = db.session.get(Suppression, address)
    if row is None:
        raise NotFoundError("This address is not suppressed, or somebody removed it in the meantime.")
    return row

"""Questions about memberships: who belongs where, within what the asker may see."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import joinedload

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.queries.scope import within


def visible_memberships(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for memberships of one's places."""
    return within(scope, Membership.programme_id, Membership.event_id)


def get_membership(scope: Scope, membership_id: int) -> Membership:
    """Return one membership with its person, held until the transaction ends.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    row = db.session.scalar(
        select(Membership)
        .options(joinedload(Membership.person))
        .where(Membership.id == membership_id, visible_memberships(scope))
        .with_for_update(of=Membership)
    )
    if row is None:
        raise NotFoundError("There is no such membership. Perhaps somebody has removed it already.")
    return row


def count_members(event_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Return how many people belong to events, by event and kind."""
    rows = db.session.execute(
        select(Membership.event_id, Membership.kind, func.count())
        .where(Membership.event_id.in_(event_ids))
        .group_by(Membership.event_id, Membership.kind)
    )
    return {(event_id, kind): count for event_id, kind, count in rows if event_id is not None}


def count_subscribers(programme_ids: Collection[int]) -> dict[int, int]:
    """Return how many people get the newsletters of programmes, by programme."""
    rows = db.session.execute(
        select(Membership.programme_id, func.count())
        .where(Membership.programme_id.in_(programme_ids), Membership.kind == MembershipKind.NEWSLETTER)
        .group_by(Membership.programme_id)
    )
    return {row[0]: row[1] for row in rows}


def has_programme(programme_id: int) -> bool:
    """Say whether there is a programme (its table lies in a room above this one)."""
    query = text("SELECT true FROM programmes WHERE id = :programme_id")
    return bool(db.session.scalar(query, {"programme_id": programme_id}))


def find_programme_of_event(event_id: int) -> int | None:
    """Return the programme of an event, None when there is no such event (its table lies above this room)."""
    found = db.session.scalar(
        text("SELECT programme_id FROM events WHERE id = :event_id"), {"event_id": event_id}
    )
    return None if found is None else int(found)

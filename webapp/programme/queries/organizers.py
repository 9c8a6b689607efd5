"""Who organizes an event, and with whose names its letters sign."""

from sqlalchemy import Select, select, union

from webapp.core.database import db
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User

SIGNING = 12  # names at the foot of a letter; nobody reads more


def _organizing(event_id: int) -> Select[int]:
    """Return the query for the people (column ``person_id``) who organize an event."""
    entered = select(Membership.person_id.label("person_id")).where(
        Membership.event_id == event_id, Membership.kind == MembershipKind.ORGANIZER
    )
    granted = (
        select(User.person_id.label("person_id"))
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.event_id == event_id, Grant.role == Role.ORGANIZER, User.active)
    )
    return select(union(entered, granted).subquery().c.person_id)


def organizer_ids(event_id: int) -> list[int]:
    """Return the people who organize an event: entered as such, or with an account that says so."""
    return sorted(db.session.scalars(_organizing(event_id)))


def find_organizer_names(event_id: int) -> list[str]:
    """Return the names of an event's organizers, with which its letters sign."""
    return list(
        db.session.scalars(
            select(Person.name)
            .where(Person.id.in_(_organizing(event_id)), Person.name != "", Person.erased_at.is_(None))
            .order_by(Person.name)
            .limit(SIGNING)
        )
    )

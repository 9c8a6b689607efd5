"""Enter people in an event or a newsletter, and take them out again."""

from sqlalchemy.orm import Session

from webapp.core.audit import record
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.people.actions.import_steps import check_place
from webapp.people.actions.persons import LONGEST_NAME
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.queries.memberships import get_membership
from webapp.people.queries.persons import find_person_by_address

_UNIQUE = {True: "uq_memberships_programme", False: "uq_memberships_event"}


def add_member(
    *,
    scope: Scope,
    email: str,
    name: str = "",
    kind: MembershipKind,
    programme_id: int,
    event_id: int | None = None,
) -> int:
    """Enter somebody in an event or a newsletter; they become known if they were not.

    Args:
        scope: who acts.
        email: their address.
        name: of somebody new; the name of a known person is kept.
        kind: as what they belong.
        programme_id: the newsletter's programme, or the event's.
        event_id: the event; None for a newsletter.

    Returns:
        the membership's id.

    Raises:
        NotFoundError: the place is not for this member of staff.
        StaffError: the address is wrong, kind and place do not go together, or they belong there already.
    """
    check_place(scope, programme_id, event_id, kind)
    address, called = normalise_address(email), normalise_name(name)
    if len(called) > LONGEST_NAME:
        raise StaffError(f"At most {LONGEST_NAME} characters, please.", field="name")
    there = StaffError("They belong there already.", field="email")
    try:
        return _enter(scope, address, called, kind, programme_id, event_id, there)
    except _FirstByOtherError:
        # Somebody else has made the person known in this very moment, so now they are.
        return _enter(scope, address, called, kind, programme_id, event_id, there)


class _FirstByOtherError(StaffError):
    """A person became known between our asking and our writing."""


def _enter(
    scope: Scope,
    address: str,
    name: str,
    kind: MembershipKind,
    programme_id: int,
    event_id: int | None,
    there: StaffError,
) -> int:
    """Write the membership, and the person where there is none."""
    with transaction() as session:
        person = find_person_by_address(address) or _make_known(session, scope, address, name)
        if not person.name:
            person.name = name
        row = Membership(person_id=person.id, programme_id=programme_id, event_id=event_id, kind=kind)
        with refusing(_UNIQUE[event_id is None], there):
            session.add(row)
        record(
            "membership.added",
            "membership",
            row.id,
            actor_id=scope.user_id,
            programme_id=programme_id,
            event_id=event_id,
            person=person.id,
            kind=kind.value,
        )
        return row.id


def _make_known(session: Session, scope: Scope, address: str, name: str) -> Person:
    """Write down somebody new."""
    person = Person(email=address, name=name)
    with refusing("uq_people_email", _FirstByOtherError("They have just become known.", field="email")):
        session.add(person)
    record("person.added", "person", person.id, actor_id=scope.user_id)
    return person


def remove_member(*, scope: Scope, membership_id: int) -> None:
    """Take somebody out of an event or a newsletter; they stay known, and so does what they were sent.

    Raises:
        NotFoundError: there is no such membership any more, or it is not for this member of staff.
    """
    with transaction() as session:
        row = get_membership(scope, membership_id)
        record(
            "membership.removed",
            "membership",
            row.id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
            event_id=row.event_id,
            person=row.person_id,
            kind=row.kind,
        )
        session.delete(row)

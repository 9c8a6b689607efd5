"""Give somebody a place among the staff, change it, take it away."""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import OF_AN_EVENT, Grant, Role, User
from webapp.people.queries.scope import find_user


def create_staff(
    *,
    scope: Scope,
    email: str,
    name: str,
    password_hash: str | None,
    role: Role,
    programme_id: int | None = None,
    event_id: int | None = None,
    may_send: bool = False,
) -> int:
    """Give somebody a role in a place, and an account if they have none.

    Args:
        scope: who gives it; only administrators may.
        email: their address.
        name: their name, kept when they are known already.
        password_hash: for a new account; an existing one keeps its password.
        role: what they become.
        programme_id: the programme of a supporter, or the event's.
        event_id: the event of an organizer or reviewer.
        may_send: they may send letters there, not only write them; reviewers never do either.

    Returns:
        The user's id.

    Raises:
        StaffError: the address is wrong, or the role lacks its place.
        ForbiddenError: the person who asks is no administrator.
    """
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may give roles.")
    _require_place(role, programme_id, event_id)
    address = normalise_address(email)
    with transaction() as session:
        user = find_user(address) or _open_account(session, address, name, password_hash)
        grant = _grant(session, user, role, programme_id, event_id)
        grant.may_send = role == Role.ADMINISTRATOR or (may_send and role != Role.REVIEWER)
        record(
            "staff.granted", "user", user.id, actor_id=scope.user_id, role=role.value, may_send=grant.may_send
        )
        session.flush()
        db.session.expire(user, ["grants"])
        return user.id


def _require_place(role: Role, programme_id: int | None, event_id: int | None) -> None:
    """Refuse a role without its place."""
    if role == Role.SUPPORT and programme_id is None:
        raise StaffError("A supporter needs a programme.", field="programme")
    if role in OF_AN_EVENT and event_id is None:
        raise StaffError(f"{_named(role)} needs an event.", field="event")


def _named(role: Role) -> str:
    """Return a role of an event with its article, at the beginning of a sentence."""
    return "A reviewer" if role == Role.REVIEWER else "An organizer"


def _open_account(session: Session, address: str, name: str, password_hash: str | None) -> User:
    """Make an account for somebody, whether they are known as a person or not."""
    person = session.scalar(select(Person).where(Person.email == address))
    if person is None:
        person = Person(email=address, name=normalise_name(name))
        session.add(person)
        session.flush()
    user = User(
        person_id=person.id,
        email=address,
        password=password_hash,
        active=True,
        fs_uniquifier=uuid4().hex,
        login_count=0,
    )
    session.add(user)
    session.flush()
    return user


def _grant(session: Session, user: User, role: Role, programme_id: int | None, event_id: int | None) -> Grant:
    """Return somebody's role in a place, new if they had none."""
    place = {
        "programme_id": programme_id if role == Role.SUPPORT else None,
        "event_id": event_id if role in OF_AN_EVENT else None,
    }
    grant = session.scalar(
        select(Grant).where(
            Grant.user_id == user.id,
            Grant.role == role,
            Grant.programme_id.is_not_distinct_from(place["programme_id"]),
            Grant.event_id.is_not_distinct_from(place["event_id"]),
        )
    )
    if grant is None:
        grant = Grant(user_id=user.id, role=role, **place)
        session.add(grant)
    return grant

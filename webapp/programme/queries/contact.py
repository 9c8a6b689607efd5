"""Questions about visitors' messages: whom each is for, which wait, and what staff may see of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true, union

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User
from webapp.people.queries.scope import within
from webapp.programme.domain.contact import ContactKind
from webapp.programme.domain.contact_states import ContactState
from webapp.programme.domain.event_states import EventState
from webapp.programme.models.activity import Activity
from webapp.programme.models.contact import ContactMessage
from webapp.programme.models.programme import Event, Programme

PAGE_SIZE = 50  # rows of a list
WRITTEN_TO = (EventState.OPEN, EventState.CLOSED, EventState.POSTPONED, EventState.CANCELLED)


def visible_messages(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for messages that may be seen: organizers see those to them, never those to support."""
    if scope.is_administrator:
        return true()
    to_them = (
        and_(ContactMessage.kind == ContactKind.EVENT, ContactMessage.event_id.in_(scope.event_ids))
        if scope.event_ids
        else false()
    )
    return or_(within(scope, ContactMessage.programme_id), to_them)


def get_message(scope: Scope, message_id: int) -> ContactMessage:
    """Return one message.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    row = db.session.scalar(
        select(ContactMessage).where(ContactMessage.id == message_id, visible_messages(scope))
    )
    if row is None:
        raise NotFoundError("There is no such message, or it is not yours to see.")
    return row


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages a list shows; "" and None are any."""

    text: str = ""
    state: str = ""
    kind: str = ""
    before_id: int | None = None


def page_messages(scope: Scope, wanted: MessageFilter, limit: int) -> list[ContactMessage]:
    """Return messages that may be seen, the latest first."""
    query = select(ContactMessage).where(visible_messages(scope))
    for word in wanted.text.lower().split():
        query = query.where(
            or_(
                *(
                    func.lower(column).contains(word, autoescape=True)
                    for column in (ContactMessage.name, ContactMessage.address, ContactMessage.subject)
                )
            )
        )
    if wanted.state:
        query = query.where(ContactMessage.state == wanted.state)
    if wanted.kind:
        query = query.where(ContactMessage.kind == wanted.kind)
    if wanted.before_id is not None:
        query = query.where(ContactMessage.id < wanted.before_id)
    return list(db.session.scalars(query.order_by(ContactMessage.id.desc()).limit(limit)))


def count_messages_by_state(scope: Scope) -> dict[str, int]:
    """Count the messages that may be seen, by state."""
    rows = db.session.execute(
        select(ContactMessage.state, func.count())
        .where(visible_messages(scope))
        .group_by(ContactMessage.state)
    )
    return {row[0]: row[1] for row in rows}


def find_message_by_token(token: str) -> ContactMessage | None:
    """Return the message that a form's token was sent with."""
    return db.session.scalar(select(ContactMessage).where(ContactMessage.submission_token == token))


def find_unforwarded(before: datetime, limit: int = 50) -> list[int]:
    """Return ids of messages whose letter could not be written yet, the oldest first.

    Args:
        before: only those that arrived before; whoever stores one tries at once.
    """
    return list(
        db.session.scalars(
            select(ContactMessage.id)
            .where(ContactMessage.state == ContactState.RECEIVED, ContactMessage.created_at < before)
            .order_by(ContactMessage.id)
            .limit(limit)
        )
    )


def find_organizer_ids(event_id: int) -> list[int]:
    """Return the people who organize an event, with an account or without."""
    members = select(Membership.person_id).where(
        Membership.event_id == event_id, Membership.kind == MembershipKind.ORGANIZER
    )
    staff = (
        select(User.person_id)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.role == Role.ORGANIZER, Grant.event_id == event_id, User.active.is_(True))
    )
    both = union(members, staff).subquery()
    return list(
        db.session.scalars(
            select(Person.id)
            .where(Person.id.in_(select(both.c[0])), Person.email.isnot(None), Person.erased_at.is_(None))
            .order_by(Person.id)
        )
    )


def find_public_programmes() -> list[Programme]:
    """Return the programmes that a visitor may write to, by name."""
    return list(db.session.scalars(select(Programme).order_by(Programme.name, Programme.id)))


def find_public_programme(slug: str) -> Programme | None:
    """Return the programme of a slug."""
    return db.session.scalar(select(Programme).where(Programme.slug == slug))


def find_events_to_write_to(programme_id: int) -> list[Event]:
    """Return the events of a programme whose organizers a visitor may write to, the latest first."""
    return list(
        db.session.scalars(
            select(Event)
            .where(Event.programme_id == programme_id, Event.state.in_(WRITTEN_TO))
            .order_by(Event.starts_on.desc().nulls_last(), Event.id.desc())
        )
    )


def find_message_history(message_id: int) -> list[tuple[Activity, str]]:
    """Return what was done to a message and by whom, the first first; for a message that somebody may see."""
    rows = db.session.execute(
        select(Activity, func.coalesce(func.nullif(Person.name, ""), Person.email, ""))
        .outerjoin(User, User.id == Activity.actor_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(Activity.subject_type == "contact", Activity.subject_id == message_id)
        .order_by(Activity.id)
    )
    return [(row[0], row[1]) for row in rows]

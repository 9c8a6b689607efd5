"""Visitors' messages: stored first, then passed on as letters to those they are for, followed until closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, PostroomError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.words import say
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.people.domain.addresses import normalise_address
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import MembershipKind
from webapp.programme.domain.contact import ContactKind, Written
from webapp.programme.domain.contact_states import CONTACT_MACHINE, ContactState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.contact import ContactMessage
from webapp.programme.models.programme import Programme
from webapp.programme.queries.constants import letter_constants
from webapp.programme.queries.contact import (
    find_events_to_write_to,
    find_message_by_token,
    find_organizer_ids,
    find_unforwarded,
    get_message,
)
from webapp.programme.queries.strangers import belong_to_programme, know_person

log = structlog.get_logger()

RETRY_AFTER = timedelta(seconds=20)  # whoever stores a message tries at once; later it is tried again


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom a message is for.

    Args:
        kind: organizers or support.
        programme_id: whose support, or whose event.
        event_id: which event; with *support* it only says what the message is about.
    """

    kind: ContactKind
    programme_id: int
    event_id: int | None


def receive_message(
    *, to: Destination, written: Written, submission_token: str, locale: str = "en", is_suspect: bool = False
) -> int:
    """Store what a visitor wrote, then try to pass it on; what cannot be passed on now is tried again later.

    Args:
        to: whom it is for.
        written: the message.
        submission_token: of the form; sent twice, also at once, is one message.
        locale: the visitor's language.
        is_suspect: it looks like a machine's; it is kept as spam and not passed on.

    Returns:
        The message's id.

    Raises:
        StaffError: no such event may be chosen, or the same form was sent before with other words.
    """
    _check_event(to)
    with transaction():
        message_id, is_new = _store(to, written, submission_token, locale)
        if is_new and is_suspect:
            move(db.session.get_one(ContactMessage, message_id), CONTACT_MACHINE, ContactState.SPAM)
    if is_new and not is_suspect:
        try_to_forward(message_id)
    return message_id


def _check_event(to: Destination) -> None:
    offered = {event.id for event in find_events_to_write_to(to.programme_id)}
    if to.kind == ContactKind.EVENT and to.event_id is None:
        raise StaffError(say("Choose the event that your message is about."), field="event")
    if to.event_id is not None and to.event_id not in offered:
        raise StaffError(say("There is no such event. Choose one of the list."), field="event")


def _store(to: Destination, written: Written, token: str, locale: str) -> tuple[int, bool]:
    """Return the id of the stored message, and whether it is new."""
    message_id = db.session.scalar(
        insert(ContactMessage)
        .values(
            programme_id=to.programme_id,
            event_id=to.event_id,
            kind=to.kind.value,
            name=written.name,
            address=written.address,
            subject=written.subject,
            body=written.body,
            locale=locale,
            submission_token=token,
        )
        .on_conflict_do_nothing(index_elements=[ContactMessage.submission_token])
        .returning(ContactMessage.id)
    )
    if message_id is None:
        stored = find_message_by_token(token)
        if stored is None or stored.body != written.body:
            raise StaffError(
                say("This form was sent before with other words. Press Send once more to send this as well."),
                field="again",
            )
        return stored.id, False
    person_id = know_person(written.address, written.name)
    belong_to_programme(person_id, to.programme_id, MembershipKind.CONTACT)
    _note("contact.received", db.session.get_one(ContactMessage, message_id), None)
    return message_id, True


def try_to_forward(message_id: int) -> bool:
    """Pass a stored message on; what stands in the way is written to the log and the message waits.

    Returns:
        Whether its letters are written now.
    """
    try:
        forward_message(message_id)
    except (PostroomError, SQLAlchemyError) as error:
        why = error.message if isinstance(error, PostroomError) else type(error).__name__
        log.warning("message not forwarded", message_id=message_id, why=why)
        return False
    return True


def forward_message(message_id: int) -> None:
    """Write the letters that take a stored message to those it is for.

    Raises:
        NotFoundError: there is no such message.
        ConflictError: it was passed on in the meantime, or it is spam.
        StaffError: there is nobody to write to.
        OperatorError: there are no words for the letter.
    """
    with transaction() as session:
        message = session.get(ContactMessage, message_id, with_for_update=True, populate_existing=True)
        if message is None:
            raise NotFoundError("There is no such message.")
        move(message, CONTACT_MACHINE, ContactState.FORWARDED)
        programme, event_id = session.get_one(Programme, message.programme_id), _event_of(message)
        errand = Errand(
            role="contact.forward",
            programme_id=message.programme_id,
            event_id=event_id,
            constants=lambda locale: letter_constants(programme.id, event_id, locale),
            locale=programme.locale,
            batch=f"contact:{message.id}",
            reply_to=message.address,
        )
        values = {
            "contact.name": message.name or message.address,
            "contact.address": message.address,
            "contact.subject": message.subject,
            "contact.body": message.body,
            "desk.link": f"{current_app.extensions['settings'].public_url}/messages/{message.id}",
        }
        people = _recipients(message, programme)
        posted = post_letters(
            errand,
            [
                Addressee(person_id, f"contact.forward:{message.id}:{person_id}", values)
                for person_id in people
            ],
        )
        if (
            not posted.written and not posted.known
        ):  # whoever is meant cannot be written to; undone as a whole
            raise StaffError("Nobody that this message is for can be written to.")
        _note("contact.forwarded", message, None, before=ContactState.RECEIVED, letters=len(posted.written))


def _recipients(message: ContactMessage, programme: Programme) -> list[int]:
    """Return the people that a message is passed on to.

    Args:
        message: *support* goes to the programme's support address and to nobody else, whatever event it names.
        programme: the message's.

    Raises:
        StaffError: there is nobody.
    """
    if message.kind == ContactKind.EVENT and message.event_id is not None:
        organizers = find_organizer_ids(message.event_id)
        if organizers:
            return organizers
    if not programme.support_email:
        raise StaffError(f"{programme.name} has no support address. Write one on the programme's page.")
    return [know_person(normalise_address(programme.support_email), programme.name)]


def forward_waiting(now: datetime) -> int:
    """Pass on what could not be passed on before; one that still cannot does not stop the next.

    Returns:
        How many were passed on.
    """
    return sum(try_to_forward(message_id) for message_id in find_unforwarded(now - RETRY_AFTER))


def mark_message(*, scope: Scope, message_id: int, state: ContactState, comment: str = "") -> None:
    """Say how far a message is: answered, closed, spam, or taken up again.

    Args:
        scope: who says so.
        message_id: which.
        state: the new state. *Received* and *forwarded* take it up again; what was taken for spam is passed on.
        comment: internal words.

    Raises:
        NotFoundError: it is not there, or not for this member of staff.
        ConflictError: it cannot become that any more.
    """
    with transaction() as session:
        message = get_message(scope, message_id)
        session.refresh(message, with_for_update=True)
        before = message.state
        if state == ContactState.FORWARDED and before in {ContactState.RECEIVED, ContactState.SPAM}:
            raise ConflictError("Nobody has been written to yet. Use “Pass it on”.")
        move(message, CONTACT_MACHINE, state, handled_by_id=scope.user_id, handled_at=db.func.now())
        _note(f"contact.{state.value}", message, scope.user_id, before=before, comment=comment)


def pass_on(*, scope: Scope, message_id: int) -> None:
    """Pass on a message that waits or was taken for spam.

    Raises:
        NotFoundError: it is not there, or not for this member of staff.
        ConflictError: it was passed on before.
        StaffError: there is nobody to write to.
    """
    message = get_message(scope, message_id)
    if message.state == ContactState.SPAM:
        mark_message(scope=scope, message_id=message_id, state=ContactState.RECEIVED)
    forward_message(message_id)


def _note(
    verb: str,
    message: ContactMessage,
    actor_id: int | None,
    *,
    before: str | None = None,
    comment: str = "",
    **data: object,
) -> None:
    """Write down what was done; under its event only where the event's organizers may read it."""
    write_activity(
        verb,
        "contact",
        message.id,
        actor_id=actor_id,
        programme_id=message.programme_id,
        event_id=_event_of(message),
        before=before,
        after=message.state if before else None,
        comment=comment,
        **data,
    )


def _event_of(message: ContactMessage) -> int | None:
    """Return the event that a message belongs to; one to support only mentions it."""
    return message.event_id if message.kind == ContactKind.EVENT else None

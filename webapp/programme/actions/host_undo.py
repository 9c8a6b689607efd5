"""Take a decision about an application to host back while its letters are held, with all that it made."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import forget_in_batch, release_batch, undo_batch
from webapp.mail.queries.outbox import count_held
from webapp.people.domain.scope import Scope
from webapp.people.models.user import Grant, User
from webapp.programme.actions.host_letters import batch_of
from webapp.programme.actions.host_mailbox import take_mailbox_back
from webapp.programme.domain.host_states import HOST_MACHINE, HostState
from webapp.programme.models.activity import Activity, write_activity
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Event
from webapp.programme.queries.host import find_event_of_host, get_host_application
from webapp.programme.queries.triage_actions import DECISIONS, may_undo


def undo_host_decision(*, scope: Scope, application_id: int, now: datetime) -> str:
    """Take the decision about an application back: letters, event, roles, new accounts and mailbox with it.

    Returns:
        The state that it is in again.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        ForbiddenError: somebody else has decided.
        ConflictError: there is nothing to take back any more.
    """
    with transaction():
        row = get_host_application(scope, application_id, for_update=True)
        if row.state not in DECISIONS or row.undo_until is None or now >= row.undo_until:
            raise ConflictError(f"The decision about {row.reference} can no longer be undone.")
        if not may_undo(scope, row, now):
            raise ForbiddenError("Only whoever decided, or an administrator, can undo it.")
        return take_back(row, scope, now)


def take_back(row: HostApplication, scope: Scope, now: datetime) -> str:
    """Take back the decision of a row that is held; part of the open transaction.

    Raises:
        ConflictError: letters are on their way, or something hangs on the event already.
    """
    with transaction():
        before = row.state
        undo_batch(batch_of(row), why="The decision was undone.")
        if before == HostState.ACCEPTED:
            _remove_event(row, scope.user_id)
        move(
            row,
            HOST_MACHINE,
            HostState(row.state_before or HostState.IN_REVIEW),
            state_at=now,
            state_before=None,
            undo_until=None,
            decided_by_id=None,
            note="",
        )
        write_activity(
            "host.undone",
            "host_application",
            row.id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
            before=before,
            after=row.state,
        )
        return row.state


def release_host_letters(*, scope: Scope, application_id: int) -> None:
    """Let the letters of a decision go at once, also without the mailbox that they wait for.

    Those that wait for it do not name it then: nobody is told an address that is not there.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        ConflictError: nothing is decided, or no letter of it is held any more.
    """
    with transaction() as session:
        row = get_host_application(scope, application_id, for_update=True)
        if row.state not in DECISIONS:
            raise ConflictError(f"Nothing is decided about {row.reference}.")
        batch = batch_of(row)
        if not count_held(batch):
            raise ConflictError(f"No letter about {row.reference} is held any more.")
        row.undo_until = None
        session.flush()
        forget_in_batch(batch, "mailbox.address")
        release_batch(batch)
        write_activity(
            "host.released",
            "host_application",
            row.id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
        )


def _remove_event(row: HostApplication, actor_id: int | None) -> None:
    """Delete what accepting made: mailbox, event with its roles, and accounts that nobody has used."""
    event = find_event_of_host(row.id)
    if event is None:
        return
    acceptance = _find_acceptance(row.id)
    take_mailbox_back(event, acceptance, actor_id)
    opened = [int(user_id) for user_id in acceptance.get("opened_user_ids", [])]
    try:
        with db.session.begin_nested():
            db.session.execute(delete(Event).where(Event.id == event.id))
    except IntegrityError as error:
        raise ConflictError(
            f"Something was written for {event.name} already, so it cannot be taken back. Cancel it instead."
        ) from error
    db.session.expunge(event)
    has_role = select(Grant.id).where(Grant.user_id == User.id).exists()
    db.session.execute(
        delete(User)
        .where(User.id.in_(opened), User.password.is_(None), ~has_role)
        .execution_options(synchronize_session="fetch")
    )


def _find_acceptance(application_id: int) -> dict[str, Any]:
    """Return what the latest acceptance has made, from its history."""
    data = db.session.scalar(
        select(Activity.data)
        .where(
            Activity.subject_type == "host_application",
            Activity.subject_id == application_id,
            Activity.verb == "host.accepted",
        )
        .order_by(Activity.id.desc())
        .limit(1)
    )
    return data or {}

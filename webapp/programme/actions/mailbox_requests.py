"""What staff ask for with a mailbox: try again, keep or move what is there already, suspend, reset."""

from datetime import datetime
from typing import Any

from webapp.core.errors import ConflictError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.people.domain.scope import Scope
from webapp.programme.actions.mailbox_steps import activate
from webapp.programme.domain.mailbox_states import STATE_WORDS, STEP_MACHINE, MailboxState, StepState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.queries.mailboxes import (
    find_organizer_addresses,
    find_steps,
    find_wanted_address,
    get_mailbox,
    is_address_taken,
)

REQUESTS = {"suspend": "suspended", "reset": "reset"}
"""What may be asked for with a mailbox that is in use, and what is done to it then."""


def retry_step(*, scope: Scope, mailbox_id: int, step_id: int, now: datetime) -> None:
    """Take a step again that had failed.

    Raises:
        NotFoundError: the mailbox is not theirs.
        StaffError: there is no such step of it.
        ConflictError: it has not failed, or would come too late.
    """
    with transaction() as session:
        mailbox = get_mailbox(scope, mailbox_id, for_update=True)
        step = session.get(MailboxStep, step_id, with_for_update=True)
        if step is None or step.mailbox_id != mailbox.id:
            raise StaffError("There is no such step of this mailbox.")
        if step.state != StepState.FAILED:
            raise ConflictError("This step has not failed, so there is nothing to try again.")
        if step.operation in REQUESTS and mailbox.state != MailboxState.ACTIVE:
            raise ConflictError(f"The mailbox is {_words(mailbox)}; this step would come too late.")
        move(step, STEP_MACHINE, StepState.WAITING, attempt=0, next_at=now, last_error="")
        _note(f"mailbox.{step.operation}_retried", mailbox, scope)


def request_step(*, scope: Scope, mailbox_id: int, operation: str, recovery: str = "", now: datetime) -> int:
    """Ask for a step with a mailbox that is in use.

    Args:
        scope: who asks; support of its programme.
        mailbox_id: which.
        operation: one of ``REQUESTS``.
        recovery: for ``reset``: the organizer's address through which the new password is set.
        now: the time.

    Returns:
        The step's id.

    Raises:
        NotFoundError: the mailbox is not theirs.
        StaffError: there is no such step, or the address is no organizer's.
        ConflictError: the mailbox is not in use, or another step of it has not ended.
    """
    if operation not in REQUESTS:
        raise StaffError("There is no such step.", field="operation")
    with transaction() as session:
        mailbox = get_mailbox(scope, mailbox_id, for_update=True)
        if mailbox.state != MailboxState.ACTIVE:
            raise ConflictError(
                f"The mailbox is {_words(mailbox)}. Only one that is in use can be {REQUESTS[operation]}."
            )
        if operation == "reset" and recovery not in find_organizer_addresses(mailbox.event_id):
            raise StaffError(
                "Choose an organizer of the event, who then sets the password.", field="recovery"
            )
        for other in find_steps(mailbox.id):
            if other.state in (StepState.WAITING, StepState.RUNNING):
                raise ConflictError(
                    "Another step of this mailbox has not ended yet. Wait for it, then ask again."
                )
            if other.state == StepState.FAILED and other.operation == operation:
                move(other, STEP_MACHINE, StepState.CANCELLED)  # this one takes its place
        step = MailboxStep(
            mailbox_id=mailbox.id,
            operation=operation,
            arguments={"recovery": recovery} if operation == "reset" else {},
            next_at=now,
            requested_by_id=scope.user_id,
        )
        session.add(step)
        session.flush()
        _note(f"mailbox.{operation}_requested", mailbox, scope)
        return step.id


def keep_existing(*, scope: Scope, mailbox_id: int) -> None:
    """Use a mailbox that is there at the service already, or there again.

    Raises:
        NotFoundError: it is not theirs.
        StaffError: another mailbox of ours has the address.
        ConflictError: it is in use, being made, or put away.
    """
    with transaction():
        mailbox = get_mailbox(scope, mailbox_id, for_update=True)
        if mailbox.state not in (MailboxState.FAILED, MailboxState.SUSPENDED):
            raise ConflictError(f"The mailbox is {_words(mailbox)}; there is nothing to take over.")
        steps = find_steps(mailbox.id)
        address = find_wanted_address(mailbox, steps)
        for step in steps:
            if step.state in (StepState.WAITING, StepState.FAILED):
                move(step, STEP_MACHINE, StepState.CANCELLED)
        activate(mailbox, "", address)
        _note("mailbox.kept", mailbox, scope)


def move_existing(*, scope: Scope, mailbox_id: int, now: datetime) -> str:
    """Move the mailbox that somebody else has under the wanted address, then make the new one.

    Returns:
        What the old one will be called.

    Raises:
        NotFoundError: it is not theirs.
        ConflictError: making it has not failed.
    """
    with transaction() as session:
        mailbox = get_mailbox(scope, mailbox_id, for_update=True)
        steps = find_steps(mailbox.id)
        failed = next((s for s in steps if (s.operation, s.state) == ("create", StepState.FAILED)), None)
        if failed is None or mailbox.state != MailboxState.FAILED:
            raise ConflictError(
                "Making this mailbox has not failed, so there is nothing in its way to be moved."
            )
        for step in steps:
            if step.operation == "rename" and step.state == StepState.FAILED:
                move(step, STEP_MACHINE, StepState.CANCELLED)
        address = find_wanted_address(mailbox, steps)
        said = {"address": address, "new_address": _free_address(address, now)}
        rename = MailboxStep(
            mailbox_id=mailbox.id,
            operation="rename",
            arguments=said,
            next_at=now,
            requested_by_id=scope.user_id,
        )
        session.add(rename)
        session.flush()
        move(
            failed,
            STEP_MACHINE,
            StepState.WAITING,
            attempt=0,
            next_at=None,
            last_error="",
            arguments={**failed.arguments, "after": rename.id},
        )
        _note("mailbox.rename_requested", mailbox, scope, **said)
        return said["new_address"]


def _free_address(address: str, now: datetime) -> str:
    """Return what somebody else's mailbox could be called: with the month, as nobody knows when it was made."""
    name, _, domain = address.partition("@")
    plain = f"{name}-{now:%Y-%m}@{domain}"
    numbered = (f"{name}-{now:%Y-%m}-{n}@{domain}" for n in range(2, 1000))
    return next(one for one in (plain, *numbered) if not is_address_taken(one))


def _words(mailbox: Mailbox) -> str:
    return STATE_WORDS[MailboxState(mailbox.state)]


def _note(verb: str, mailbox: Mailbox, scope: Scope, **data: Any) -> None:
    write_activity(
        verb,
        "mailbox",
        mailbox.id,
        actor_id=scope.user_id,
        programme_id=mailbox.programme_id,
        event_id=mailbox.event_id,
        **data,
    )

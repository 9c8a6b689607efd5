"""Take the steps that were asked for with a mailbox service, one by one; each has a state, an error and a retry."""

from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import func

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import open_for
from webapp.mail.actions.senders import SenderDetails, add_sender
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.programme.domain.mailbox_states import MAILBOX_MACHINE, STEP_MACHINE, MailboxState, StepState
from webapp.programme.domain.mailbox_steps import (
    MailboxError,
    MailboxOrder,
    is_given_up,
    pause_after,
)
from webapp.programme.models.activity import write_activity
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.queries.mailboxes import LEASE, get_mailbox, lock_due_step

log = structlog.get_logger()


class KeepsMailboxes(Protocol):
    """What a service is to these actions; it is opened elsewhere and handed in."""

    def create(self, order: MailboxOrder) -> str: ...

    def rename(self, address: str, new_address: str) -> None: ...

    def suspend(self, address: str) -> None: ...

    def reset(self, address: str, recovery: str) -> None: ...


def gate_of(mailbox_id: int) -> str:
    """Return the gate that letters which name this mailbox wait for."""
    return f"mailbox:{mailbox_id}"


def take_next_step(service: KeepsMailboxes, now: datetime) -> bool:
    """Take the next step that is due: claim it, call the service with no transaction open, write down what came.

    A worker that dies in between leaves the step under its lease; it is then taken again, and the service
    recognises what it did already.

    Args:
        service: opened.
        now: the time.

    Returns:
        Whether there was one.
    """
    with transaction():
        step = lock_due_step()
        if step is None:
            return False
        if step.state == StepState.RUNNING:  # whoever took it is gone
            move(step, STEP_MACHINE, StepState.WAITING)
        move(step, STEP_MACHINE, StepState.RUNNING, attempt=step.attempt + 1, lease_until=func.now() + LEASE)
        mailbox = db.session.get_one(Mailbox, step.mailbox_id)
        if step.operation == "create" and mailbox.state in (MailboxState.REQUESTED, MailboxState.FAILED):
            move(mailbox, MAILBOX_MACHINE, MailboxState.PROVISIONING)
        step_id, attempt, call = step.id, step.attempt, _call_of(step, mailbox)
    try:
        found = call(service)
    except MailboxError as error:
        _write_failure(step_id, attempt, error, now)
    else:
        _write_success(step_id, attempt, found)
    return True


class _Call:
    """One call to a service, with all it needs taken out of the rows."""

    def __init__(self, operation: str, address: str, arguments: dict[str, str], name: str, mark: str) -> None:
        self._operation = operation
        self._address = address
        self._arguments = arguments
        self._name = name
        self._mark = mark

    def __call__(self, service: KeepsMailboxes) -> str:
        recovery = self._arguments.get("recovery", "")
        if self._operation == "create":
            return service.create(MailboxOrder(self._address, self._name, recovery, self._mark))
        if self._operation == "rename":
            service.rename(self._address, self._arguments["new_address"])
        elif self._operation == "suspend":
            service.suspend(self._address)
        else:
            service.reset(self._address, recovery)
        return ""


def _call_of(step: MailboxStep, mailbox: Mailbox) -> _Call:
    name = mailbox.display_name or mailbox.address.partition("@")[0]
    address = step.arguments.get("address", mailbox.address)
    return _Call(step.operation, address, dict(step.arguments), name, f"mailbox-{mailbox.id}")


def _write_success(step_id: int, attempt: int, found: str) -> None:
    """Write down that a step was taken, and what follows from it."""
    with transaction() as session:
        step = session.get_one(MailboxStep, step_id, with_for_update=True)
        if step.state != StepState.RUNNING or step.attempt != attempt:
            return  # somebody else has taken it since; the service does nothing twice
        move(step, STEP_MACHINE, StepState.DONE, done_at=func.now(), last_error="", lease_until=None)
        mailbox = session.get_one(Mailbox, step.mailbox_id)
        if step.operation == "create":
            _activate(mailbox, found)
        elif step.operation == "rename":
            mailbox.address = step.arguments["new_address"]
            move(mailbox, MAILBOX_MACHINE, MailboxState.RETIRED)
        elif step.operation == "suspend":
            move(mailbox, MAILBOX_MACHINE, MailboxState.SUSPENDED)
        _note(f"mailbox.{step.operation}_done", mailbox, None)


def _activate(mailbox: Mailbox, provider_ref: str) -> None:
    """Make a mailbox usable: letters of its event come from it now, and those that named it may go."""
    with transaction() as session:
        move(
            mailbox,
            MAILBOX_MACHINE,
            MailboxState.ACTIVE,
            provider_ref=provider_ref,
            active_at=func.now(),
            last_error="",
        )
        if mailbox.sender_id is None:
            mailbox.sender_id = add_sender(
                scope=SYSTEM,
                details=SenderDetails(
                    address=mailbox.address,
                    display_name=mailbox.display_name,
                    programme_id=mailbox.programme_id,
                    event_id=mailbox.event_id,
                ),
            )
        session.flush()
        open_for(gate_of(mailbox.id))


def _write_failure(step_id: int, attempt: int, error: MailboxError, now: datetime) -> None:
    """Write down why a step was not taken; try again by itself, or wait for a person."""
    log.warning("mailbox step failed", step=step_id, fault=error.fault.value, attempt=attempt)
    with transaction() as session:
        step = session.get_one(MailboxStep, step_id, with_for_update=True)
        if step.state != StepState.RUNNING or step.attempt != attempt:
            return
        mailbox = session.get_one(Mailbox, step.mailbox_id)
        mailbox.last_error = error.message
        if not is_given_up(error.fault, attempt):
            later = now + pause_after(attempt)
            move(
                step,
                STEP_MACHINE,
                StepState.WAITING,
                next_at=later,
                last_error=error.message,
                lease_until=None,
            )
            return
        move(step, STEP_MACHINE, StepState.FAILED, last_error=error.message, lease_until=None)
        if step.operation == "create":
            move(mailbox, MAILBOX_MACHINE, MailboxState.FAILED)
        _note(f"mailbox.{step.operation}_failed", mailbox, None, fault=error.fault.value)


def retry_step(*, scope: Scope, mailbox_id: int, step_id: int, now: datetime) -> None:
    """Take a step again that had failed.

    Raises:
        NotFoundError: the mailbox is not theirs.
        StaffError: there is no such step of it.
        ConflictError: it has not failed.
    """
    with transaction() as session:
        mailbox = get_mailbox(scope, mailbox_id)
        step = session.get(MailboxStep, step_id)
        if step is None or step.mailbox_id != mailbox.id:
            raise StaffError("There is no such step of this mailbox.")
        move(step, STEP_MACHINE, StepState.WAITING, attempt=0, next_at=now, last_error="")
        _note(f"mailbox.{step.operation}_retried", mailbox, scope.user_id)


def request_step(*, scope: Scope, mailbox_id: int, operation: str, now: datetime, **arguments: str) -> int:
    """Ask for a step with a mailbox.

    Args:
        scope: who asks; support of its programme.
        mailbox_id: which.
        operation: ``rename`` (with new_address), ``suspend`` or ``reset`` (with recovery).
        now: the time.
        arguments: of the operation.

    Returns:
        The step's id.
    """
    if operation not in ("rename", "suspend", "reset"):
        raise StaffError("There is no such step.", field="operation")
    with transaction() as session:
        mailbox = get_mailbox(scope, mailbox_id)
        step = MailboxStep(
            mailbox_id=mailbox.id,
            operation=operation,
            arguments=arguments,
            next_at=now,
            requested_by_id=scope.user_id,
        )
        session.add(step)
        session.flush()
        _note(f"mailbox.{operation}_requested", mailbox, scope.user_id)
        return step.id


def keep_existing(*, scope: Scope, mailbox_id: int) -> None:
    """Take over a mailbox that exists already at the service: its organizers go on with it.

    Raises:
        NotFoundError: it is not theirs.
        ConflictError: it is in use already.
    """
    with transaction():
        mailbox = get_mailbox(scope, mailbox_id)
        _cancel_waiting(mailbox)
        _activate(mailbox, "")
        _note("mailbox.kept", mailbox, scope.user_id)


def _cancel_waiting(mailbox: Mailbox) -> None:
    """Cancel steps that nobody has taken yet."""
    with transaction() as session:
        for step in session.query(MailboxStep).where(
            MailboxStep.mailbox_id == mailbox.id, MailboxStep.state.in_([StepState.WAITING, StepState.FAILED])
        ):
            move(step, STEP_MACHINE, StepState.CANCELLED)


def _note(verb: str, mailbox: Mailbox, actor_id: int | None, fault: str = "") -> None:
    write_activity(
        verb,
        "mailbox",
        mailbox.id,
        actor_id=actor_id,
        programme_id=mailbox.programme_id,
        event_id=mailbox.event_id,
        fault=fault,
    )

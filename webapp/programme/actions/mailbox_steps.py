"""Take the steps that were asked for with a mailbox service, one by one; each has a state, an error and a retry."""

from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import func

from webapp.core.database import db
from webapp.core.errors import ConflictError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.mail.actions.outbox import open_for
from webapp.mail.actions.senders import NAME_LIMIT, SenderDetails, add_sender, adjust_sender
from webapp.mail.queries.sender_list import find_sender_of, may_come_from
from webapp.people.domain.scope import SYSTEM
from webapp.programme.domain.mailbox_states import MAILBOX_MACHINE, STEP_MACHINE, MailboxState, StepState
from webapp.programme.domain.mailbox_steps import (
    MailboxError,
    MailboxFault,
    MailboxOrder,
    is_given_up,
    pause_after,
)
from webapp.programme.models.activity import write_activity
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.queries.mailboxes import LEASE, find_followers, lock_due_step

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
        _write_success(step_id, attempt, found, now)
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


def _write_success(step_id: int, attempt: int, found: str, now: datetime) -> None:
    """Write down that a step was taken, and what follows from it; what our rows refuse is a failure."""
    try:
        with transaction() as session:
            step = session.get_one(MailboxStep, step_id, with_for_update=True)
            if step.state != StepState.RUNNING or step.attempt != attempt:
                return  # somebody else has taken it since; the service does nothing twice
            move(step, STEP_MACHINE, StepState.DONE, done_at=func.now(), last_error="", lease_until=None)
            mailbox = session.get_one(Mailbox, step.mailbox_id)
            if step.operation == "create":
                activate(mailbox, found, step.arguments.get("address", mailbox.address))
            elif step.operation == "rename":
                _write_moved(step, mailbox, now)
            elif step.operation == "suspend":
                _set_usable(mailbox, is_usable=False)
                move(mailbox, MAILBOX_MACHINE, MailboxState.SUSPENDED)
            _note(f"mailbox.{step.operation}_done", mailbox)
    except (StaffError, ConflictError) as error:
        _write_failure(step_id, attempt, MailboxError(MailboxFault.REFUSED, error.message), now)


def activate(mailbox: Mailbox, provider_ref: str, address: str) -> None:
    """Make a mailbox usable: letters of its event come from it now, and those that named it may go.

    Args:
        mailbox: held.
        provider_ref: the service's own name for it.
        address: under which it is there.

    Raises:
        StaffError: the address is another mailbox's.
        ConflictError: it is in use already, or put away.
    """
    with transaction() as session:
        taken = StaffError(f"There is a mailbox {address} already.", field="address")
        with refusing("uq_mailboxes_address", taken):
            mailbox.address = address
        move(
            mailbox,
            MAILBOX_MACHINE,
            MailboxState.ACTIVE,
            provider_ref=provider_ref or mailbox.provider_ref,
            active_at=func.now(),
            last_error="",
        )
        if mailbox.sender_id is None:
            mailbox.sender_id = _find_or_make_sender(mailbox)
        else:
            _set_usable(mailbox, is_usable=True)
        session.flush()
        open_for(gate_of(mailbox.id))


def _find_or_make_sender(mailbox: Mailbox) -> int | None:
    """Return the sender that letters of the event come from; None where its domain is not ours to write from."""
    known = find_sender_of(mailbox.address)
    if known is not None:
        is_theirs = known.programme_id in (None, mailbox.programme_id)
        return known.id if is_theirs and known.event_id in (None, mailbox.event_id) else None
    if not may_come_from(mailbox.address.partition("@")[2], mailbox.programme_id):
        log.warning("no sender of this domain vouches for a mailbox", mailbox=mailbox.id)
        return None
    details = SenderDetails(
        address=mailbox.address,
        display_name=mailbox.display_name[:NAME_LIMIT],
        programme_id=mailbox.programme_id,
        event_id=mailbox.event_id,
    )
    return add_sender(scope=SYSTEM, details=details)


def _set_usable(mailbox: Mailbox, *, is_usable: bool) -> None:
    if mailbox.sender_id is not None:
        adjust_sender(scope=SYSTEM, sender_id=mailbox.sender_id, is_active=is_usable)


def _write_moved(step: MailboxStep, mailbox: Mailbox, now: datetime) -> None:
    """Write down that a mailbox has another address now, and let the one come that waited for the old one."""
    old, new = step.arguments.get("address", mailbox.address), step.arguments["new_address"]
    taken = StaffError(f"There is a mailbox {new} already.", field="address")
    if old == mailbox.address and mailbox.state in (MailboxState.ACTIVE, MailboxState.SUSPENDED):
        with refusing("uq_mailboxes_address", taken):
            mailbox.address = new
        if mailbox.sender_id is not None:  # letters of the old edition do not come from strangers' address
            adjust_sender(scope=SYSTEM, sender_id=mailbox.sender_id, address=new)
        move(mailbox, MAILBOX_MACHINE, MailboxState.RETIRED)
    else:  # one that was there before Postroom knew of it
        with refusing("uq_mailboxes_address", taken):
            db.session.add(
                Mailbox(programme_id=mailbox.programme_id, address=new, state=MailboxState.RETIRED)
            )
    for follower in find_followers(step.id):
        follower.next_at = now


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
        for follower in find_followers(step.id):  # what waits for this does not come by itself
            waiting = session.get_one(Mailbox, follower.mailbox_id)
            waiting.last_error = f"{mailbox.address} could not be moved: {error.message}"
            if waiting.state == MailboxState.REQUESTED:
                move(waiting, MAILBOX_MACHINE, MailboxState.FAILED)
        _note(f"mailbox.{step.operation}_failed", mailbox, fault=error.fault.value)


def _note(verb: str, mailbox: Mailbox, fault: str = "") -> None:
    write_activity(
        verb,
        "mailbox",
        mailbox.id,
        actor_id=None,
        programme_id=mailbox.programme_id,
        event_id=mailbox.event_id,
        fault=fault,
    )

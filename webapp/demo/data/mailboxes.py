"""Makes the mailboxes of the demo's events: most in use, one closed, one on its way, one that failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.demo.data.past import at_time
from webapp.demo.data.world import World
from webapp.mail.models.sender import Sender
from webapp.programme.domain.mailbox_states import MailboxState, StepState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event, Programme

REFUSED = "The demo plays a service that refuses this address."
BUSY = "The service is busy and asks us to come back later (status 503)."
SUPPORT = "support@demo.test"


@dataclass(frozen=True, slots=True)
class _Plan:
    """One mailbox.

    Args:
        event: slug of whose it is.
        local: its address before the @.
        days: since when it was asked for.
        state: how it stands.
    """

    event: str
    local: str
    days: float
    state: MailboxState = MailboxState.ACTIVE


MAILBOXES = (
    _Plan("krakow-2", "krakow112025", 149.5, MailboxState.RETIRED),
    _Plan("lodz-2", "lodz", 258),
    _Plan("athens-1", "athens", 168),
    _Plan("taipei-1", "taipei", 158),
    _Plan("krakow-3", "krakow", 149),
    _Plan("reykjavik-1", "reykjavik", 128, MailboxState.SUSPENDED),
    _Plan("cairo-2", "cairo", 119),
    _Plan("tbilisi-1", "tbilisi", 108),
    _Plan("valencia-ve-1", "valencia-ve", 68),
    _Plan("sao-paulo-1", "sao-paulo", 59),
    _Plan("nairobi-2", "nairobi", 19.9),
    _Plan("mumbai-1", "mumbai", 0.98, MailboxState.FAILED),
    _Plan("valencia-es-1", "valencia-es", 0.02, MailboxState.PROVISIONING),
)
IN_USE = (MailboxState.ACTIVE, MailboxState.SUSPENDED)


def make_mailboxes(session: Session, world: World, now: datetime) -> None:
    """Make the mailboxes, with the steps that were taken and the senders that came of them.

    Args:
        session: of the open transaction.
        world: places and staff; senders are made already.
        now: the moment of loading.
    """
    for plan in MAILBOXES:
        at = now - timedelta(days=plan.days)
        with at_time(session, at):
            _make(session, world, plan, at, now)


def _make(session: Session, world: World, plan: _Plan, at: datetime, now: datetime) -> None:
    """Make one mailbox, as it stands now."""
    event = world.events[plan.event]
    programme = session.get_one(Programme, event.programme_id)
    mailbox = Mailbox(
        programme_id=programme.id,
        event_id=event.id,
        address=f"{plan.local}@{programme.mail_domain}",
        display_name=event.name,
        state=plan.state,
        last_error={MailboxState.FAILED: REFUSED, MailboxState.PROVISIONING: BUSY}.get(plan.state, ""),
    )
    session.add(mailbox)
    session.flush()
    if plan.state in IN_USE:
        mailbox.active_at = at + timedelta(minutes=11)
        mailbox.provider_ref = f"demo:mailbox-{mailbox.id}"
        mailbox.sender_id = _find_or_make_sender(session, mailbox, event, programme)
    user_id = world.users[SUPPORT].id
    session.add(_make_step(mailbox, at, now, user_id))
    _remember(mailbox, user_id)


def _find_or_make_sender(session: Session, mailbox: Mailbox, event: Event, programme: Programme) -> int:
    """Return the sender of a mailbox that is in use."""
    sender = session.scalar(select(Sender).where(Sender.address == mailbox.address))
    if sender is None:
        sender = Sender(
            address=mailbox.address,
            display_name=event.name,
            programme_id=programme.id,
            event_id=event.id,
            is_active=mailbox.state == MailboxState.ACTIVE,
        )
        session.add(sender)
        session.flush()
    return sender.id


def _make_step(mailbox: Mailbox, at: datetime, now: datetime, user_id: int) -> MailboxStep:
    """Return the step that brought a mailbox where it is."""
    state = {MailboxState.FAILED: StepState.FAILED, MailboxState.PROVISIONING: StepState.WAITING}.get(
        MailboxState(mailbox.state), StepState.DONE
    )
    operation = {MailboxState.RETIRED: "rename", MailboxState.SUSPENDED: "suspend"}.get(
        MailboxState(mailbox.state), "create"
    )
    return MailboxStep(
        mailbox_id=mailbox.id,
        operation=operation,
        arguments={"new_address": mailbox.address} if operation == "rename" else {},
        state=state,
        attempt=3 if state is StepState.WAITING else 1,
        next_at=now + timedelta(minutes=12) if state is StepState.WAITING else at + timedelta(minutes=10),
        last_error=mailbox.last_error,
        requested_by_id=user_id,
        done_at=at + timedelta(minutes=11) if state is StepState.DONE else None,
    )


def _remember(mailbox: Mailbox, user_id: int) -> None:
    """Write down what was done with a mailbox, as the worker does."""
    verb = {
        MailboxState.RETIRED: "mailbox.rename_done",
        MailboxState.SUSPENDED: "mailbox.suspend_done",
        MailboxState.FAILED: "mailbox.create_failed",
        MailboxState.PROVISIONING: "mailbox.create_requested",
    }.get(MailboxState(mailbox.state), "mailbox.create_done")
    write_activity(
        verb,
        "mailbox",
        mailbox.id,
        actor_id=user_id if verb.endswith("_requested") else None,
        programme_id=mailbox.programme_id,
        event_id=mailbox.event_id,
        fault="refused" if mailbox.state == MailboxState.FAILED else "",
    )

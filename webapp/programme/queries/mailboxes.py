"""Questions about mailboxes and the steps that are to be taken with them."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.mailbox_states import StepState
from webapp.programme.models.mailbox import Mailbox, MailboxStep

LEASE = timedelta(minutes=2)  # longer than any call to a service takes


def _is_due() -> ColumnElement[bool]:
    return or_(
        and_(MailboxStep.state == StepState.WAITING, MailboxStep.next_at <= func.now()),
        and_(MailboxStep.state == StepState.RUNNING, MailboxStep.lease_until < func.now()),
    )


def has_due_step() -> bool:
    """Say whether a step waits that may be taken now."""
    return db.session.scalar(select(MailboxStep.id).where(_is_due()).limit(1)) is not None


def lock_due_step() -> MailboxStep | None:
    """Return the next step that may be taken now, locked; none that somebody else holds."""
    return db.session.scalar(
        select(MailboxStep)
        .where(_is_due())
        .order_by(MailboxStep.next_at.nulls_first(), MailboxStep.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def get_mailbox(scope: Scope, mailbox_id: int) -> Mailbox:
    """Return one mailbox.

    Raises:
        NotFoundError: there is none, or its programme is not for this member of staff.
    """
    mailbox = db.session.scalar(
        select(Mailbox).where(Mailbox.id == mailbox_id, within(scope, Mailbox.programme_id))
    )
    if mailbox is None:
        raise NotFoundError("There is no such mailbox.")
    return mailbox


def find_mailboxes(scope: Scope, limit: int = 200) -> list[Mailbox]:
    """Return the mailboxes of one's programmes, those that want a person's decision first."""
    trouble = Mailbox.state == "failed"
    return list(
        db.session.scalars(
            select(Mailbox)
            .where(within(scope, Mailbox.programme_id))
            .order_by(trouble.desc(), Mailbox.id.desc())
            .limit(limit)
        )
    )


def find_steps(mailbox_id: int) -> list[MailboxStep]:
    """Return the steps of a mailbox, the latest first."""
    return list(
        db.session.scalars(
            select(MailboxStep).where(MailboxStep.mailbox_id == mailbox_id).order_by(MailboxStep.id.desc())
        )
    )


def is_address_taken(address: str) -> bool:
    """Say whether one of our mailboxes has an address now."""
    return (
        db.session.scalar(select(Mailbox.id).where(Mailbox.address == address, Mailbox.state != "retired"))
        is not None
    )

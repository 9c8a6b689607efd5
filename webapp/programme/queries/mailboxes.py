"""Questions about mailboxes and the steps that are to be taken with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.domain.states import ShootState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.queries.scope import within
from webapp.programme.domain.mailbox_states import MailboxState, StepState
from webapp.programme.models.activity import Activity
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event
from webapp.programme.queries.organizers import organizer_ids

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


def get_mailbox(scope: Scope, mailbox_id: int, *, for_update: bool = False) -> Mailbox:
    """Return one mailbox.

    Args:
        scope: who asks; support of its programme.
        mailbox_id: which.
        for_update: hold the row until the transaction ends.

    Raises:
        NotFoundError: there is none, or its programme is not for this member of staff.
    """
    query = select(Mailbox).where(Mailbox.id == mailbox_id, within(scope, Mailbox.programme_id))
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    mailbox = db.session.scalar(query)
    if mailbox is None:
        raise NotFoundError("There is no such mailbox.")
    return mailbox


def find_mailbox_of_event(event_id: int) -> Mailbox | None:
    """Return the mailbox of an event that the asker may see; the latest where it had several."""
    return db.session.scalar(
        select(Mailbox).where(Mailbox.event_id == event_id).order_by(Mailbox.id.desc()).limit(1)
    )


@dataclass(frozen=True, slots=True)
class MailboxFilter:
    """Which mailboxes are asked for.

    Args:
        words: in the address or the event's name.
        states: any of these; none for all.
    """

    words: str = ""
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailboxLine:
    """One mailbox in the list.

    Args:
        mailbox: the row.
        address: under which it is there, or will be.
        event_name: "" where it is of no event.
        step: the latest one, if any.
    """

    mailbox: Mailbox
    address: str
    event_name: str
    step: MailboxStep | None


def page_mailboxes(
    scope: Scope, wanted: MailboxFilter, *, before: int | None = None, limit: int = 50
) -> list[MailboxLine]:
    """Return mailboxes of one's programmes, the latest first.

    Args:
        scope: who asks.
        wanted: which.
        before: only those made before this one.
        limit: at most so many.
    """
    query = (
        select(Mailbox, Event.name)
        .outerjoin(Event, Event.id == Mailbox.event_id)
        .where(*_matching(scope, wanted))
        .order_by(Mailbox.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Mailbox.id < before)
    found = db.session.execute(query).all()
    steps: dict[int, list[MailboxStep]] = {row[0].id: [] for row in found}
    for step in db.session.scalars(
        select(MailboxStep).where(MailboxStep.mailbox_id.in_(steps)).order_by(MailboxStep.id.desc())
    ):
        steps[step.mailbox_id].append(step)
    return [
        MailboxLine(row, find_wanted_address(row, steps[row.id]), name or "", next(iter(steps[row.id]), None))
        for row, name in found
    ]


def count_mailboxes_by_state(scope: Scope, words: str = "") -> dict[str, int]:
    """Count the mailboxes of one's programmes by state."""
    rows = db.session.execute(
        select(Mailbox.state, func.count())
        .outerjoin(Event, Event.id == Mailbox.event_id)
        .where(*_matching(scope, MailboxFilter(words)))
        .group_by(Mailbox.state)
    )
    return {row[0]: row[1] for row in rows}


def _matching(scope: Scope, wanted: MailboxFilter) -> list[ColumnElement[bool]]:
    conditions = [within(scope, Mailbox.programme_id)]
    if wanted.states:
        conditions.append(Mailbox.state.in_(wanted.states))
    if wanted.words:
        conditions.append(
            or_(
                Mailbox.address.icontains(wanted.words, autoescape=True),
                Event.name.icontains(wanted.words, autoescape=True),
            )
        )
    return conditions


def find_steps(mailbox_id: int) -> list[MailboxStep]:
    """Return the steps of a mailbox, the latest first."""
    return list(
        db.session.scalars(
            select(MailboxStep).where(MailboxStep.mailbox_id == mailbox_id).order_by(MailboxStep.id.desc())
        )
    )


def find_followers(step_id: int) -> list[MailboxStep]:
    """Return the steps that wait until another one is taken."""
    return list(
        db.session.scalars(
            select(MailboxStep).where(
                MailboxStep.arguments["after"].astext == str(step_id), MailboxStep.state == StepState.WAITING
            )
        )
    )


def find_wanted_address(mailbox: Mailbox, steps: Iterable[MailboxStep]) -> str:
    """Return the address that a mailbox is there under, or will be when its making succeeds.

    Args:
        mailbox: the row; while an older one has its address still, it stands there under another.
        steps: all of its steps.
    """
    if mailbox.state in (MailboxState.REQUESTED, MailboxState.PROVISIONING, MailboxState.FAILED):
        for step in steps:
            if step.operation == "create" and "address" in step.arguments:
                return str(step.arguments["address"])
    return mailbox.address


def is_address_taken(address: str) -> bool:
    """Say whether one of our mailboxes has an address, or had it when it was put away."""
    return db.session.scalar(select(Mailbox.id).where(Mailbox.address == address)) is not None


def find_organizer_addresses(event_id: int | None) -> dict[str, str]:
    """Return the addresses of an event's organizers with their names, in the names' order."""
    if event_id is None:
        return {}
    rows = db.session.scalars(
        select(Person)
        .where(Person.id.in_(organizer_ids(event_id)), Person.email.is_not(None))
        .order_by(Person.name, Person.id)
    )
    return {person.email or "": str(person) for person in rows}


def find_mailbox_history(mailbox_id: int, limit: int = 100) -> list[Activity]:
    """Return what happened to a mailbox that the asker may see, the latest first."""
    return list(
        db.session.scalars(
            select(Activity)
            .where(Activity.subject_type == "mailbox", Activity.subject_id == mailbox_id)
            .order_by(Activity.id.desc())
            .limit(limit)
        )
    )


def count_waiting_letters(gate: str) -> int:
    """Count the letters that wait for a gate."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(EmailLog)
            .join(Shoot, Shoot.id == EmailLog.shoot_id)
            .where(Shoot.gate == gate, Shoot.state == ShootState.HELD, EmailLog.settled_at.is_(None))
        )
        or 0
    )

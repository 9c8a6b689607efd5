"""Steps with mailboxes: claimed, taken, written down; tried again, given up, seen by a person."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.transaction import transaction
from webapp.mail.models.sender import Sender
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.mailbox_steps import keep_existing, request_step, retry_step, take_next_step
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault, MailboxOrder
from webapp.programme.mailboxes.demo import DemoMailboxes
from webapp.programme.models.mailbox import Mailbox, MailboxStep


def make_mailbox(address: str) -> tuple[Mailbox, MailboxStep]:
    """Make a mailbox whose creation is asked for and due."""
    event = factories.make_event()
    with transaction() as session:
        mailbox = Mailbox(
            programme_id=event.programme_id, event_id=event.id, address=address, display_name="Kraków"
        )
        session.add(mailbox)
        session.flush()
        step = MailboxStep(mailbox_id=mailbox.id, operation="create", next_at=now() - timedelta(seconds=1))
        session.add(step)
    return mailbox, step


def test_a_mailbox_is_made_and_becomes_its_events_sender(database: Session) -> None:
    mailbox, step = make_mailbox("krakow@mail.example")
    assert take_next_step(DemoMailboxes(), now())
    assert not take_next_step(DemoMailboxes(), now())
    database.refresh(mailbox)
    database.refresh(step)
    assert (mailbox.state, step.state, mailbox.provider_ref) == (
        "active",
        "done",
        f"demo:mailbox-{mailbox.id}",
    )
    sender = database.scalars(select(Sender).where(Sender.id == mailbox.sender_id)).one()
    assert (sender.address, sender.event_id) == ("krakow@mail.example", mailbox.event_id)


def test_a_busy_service_is_tried_again_later_and_then_given_up(database: Session) -> None:
    mailbox, step = make_mailbox("busy@mail.example")
    for attempt in range(1, 7):
        with transaction() as session:
            session.execute(update(MailboxStep).values(next_at=func.now()))
        assert take_next_step(DemoMailboxes(), now() + timedelta(hours=attempt))
        database.refresh(step)
        assert step.attempt == attempt
    database.refresh(mailbox)
    assert (step.state, mailbox.state) == ("failed", "failed")
    assert mailbox.last_error == "The demo plays a service that is busy."


def test_a_person_retries_what_failed(database: Session) -> None:
    mailbox, step = make_mailbox("mumbai@mail.example")
    take_next_step(DemoMailboxes(), now())
    database.refresh(step)
    assert step.state == "failed"
    with transaction():
        mailbox.address = "bombay@mail.example"
    retry_step(scope=SYSTEM, mailbox_id=mailbox.id, step_id=step.id, now=now())
    assert take_next_step(DemoMailboxes(), now())
    database.refresh(mailbox)
    assert mailbox.state == "active"
    with pytest.raises(ConflictError):
        retry_step(scope=SYSTEM, mailbox_id=mailbox.id, step_id=step.id, now=now())


def test_what_exists_already_is_kept_by_a_person(database: Session) -> None:
    mailbox, step = make_mailbox("taken@mail.example")
    take_next_step(DemoMailboxes(), now())
    keep_existing(scope=SYSTEM, mailbox_id=mailbox.id)
    database.refresh(mailbox)
    database.refresh(step)
    assert (mailbox.state, step.state) == ("active", "cancelled")


class DiesAfterItsCall(DemoMailboxes):
    """A service whose caller is killed between the call and what would have been written down."""

    def create(self, order: MailboxOrder) -> str:
        super().create(order)
        raise KeyboardInterrupt


def test_a_worker_that_dies_leaves_its_step_to_others(database: Session) -> None:
    mailbox, step = make_mailbox("krakow@mail.example")
    with pytest.raises(KeyboardInterrupt):
        take_next_step(DiesAfterItsCall(), now())
    assert not take_next_step(DemoMailboxes(), now())  # under its lease
    with transaction() as session:
        session.execute(update(MailboxStep).values(lease_until=func.now() - timedelta(seconds=1)))
    assert take_next_step(DemoMailboxes(), now())
    database.refresh(step)
    database.refresh(mailbox)
    assert (step.state, step.attempt, mailbox.state) == ("done", 2, "active")


class IsOvertaken(DemoMailboxes):
    """A service so slow that another worker took the step meanwhile."""

    def create(self, order: MailboxOrder) -> str:
        with transaction() as session:
            session.execute(update(MailboxStep).values(attempt=MailboxStep.attempt + 1))
        raise MailboxError(MailboxFault.REFUSED, "Too late.")


def test_a_late_result_is_refused(database: Session) -> None:
    _, step = make_mailbox("krakow@mail.example")
    take_next_step(IsOvertaken(), now())
    database.refresh(step)
    assert (step.state, step.last_error) == ("running", "")


def test_only_its_support_touches_a_mailbox(database: Session) -> None:
    mailbox, _ = make_mailbox("krakow@mail.example")
    elsewhere = factories.make_staff(Role.SUPPORT, programme=factories.make_programme())
    with pytest.raises(NotFoundError):
        request_step(scope=get_scope(elsewhere), mailbox_id=mailbox.id, operation="suspend", now=now())
    request_step(scope=SYSTEM, mailbox_id=mailbox.id, operation="suspend", now=now())
    assert database.scalar(select(func.count()).select_from(MailboxStep)) == 2

"""Steps with mailboxes: claimed, taken, written down; tried again, given up, seen by a person."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.clock import now
from webapp.core.errors import ConflictError
from webapp.core.transaction import transaction
from webapp.mail.models.sender import Sender
from webapp.mail.queries.letters import find_senders
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.mailbox_requests import retry_step
from webapp.programme.actions.mailbox_steps import take_next_step
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault, MailboxOrder
from webapp.programme.mailboxes.demo import DemoMailboxes
from webapp.programme.models.mailbox import Mailbox, MailboxStep


def make_mailbox(address: str) -> tuple[Mailbox, MailboxStep]:
    """Make a mailbox whose creation is asked for and due."""
    event = factories.make_event()
    factories.make_sender(programme_id=event.programme_id, address=f"hello@{address.partition('@')[2]}")
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


@pytest.mark.parametrize(
    ("sender", "is_ours"),
    [
        ({"address": "hello@example.org"}, False),  # nobody vouches for the mailbox's domain
        ({"address": "hello@sub.mail.example"}, False),
        ({"address": "hello@mail.example", "is_active": False}, False),
        (
            {"address": "hello@mail.example", "account": "sealed"},
            False,
        ),  # its own server may, ours was not asked
        ({"address": "hello@mail.example", "event": True}, False),
        ({"address": "hello@mail.example", "elsewhere": True}, False),
        ({"address": "hello@mail.example"}, True),
    ],
)
def test_from_is_never_a_domain_that_we_may_not_use(
    database: Session, sender: dict[str, object], is_ours: bool
) -> None:
    event = factories.make_event()
    said = dict(sender)
    place = factories.make_event() if said.pop("elsewhere", False) else event
    event_id = event.id if said.pop("event", False) else None
    factories.make_sender(programme_id=place.programme_id, event_id=event_id, **said)
    with transaction() as session:
        mailbox = Mailbox(programme_id=event.programme_id, event_id=event.id, address="krakow@mail.example")
        session.add(mailbox)
        session.flush()
        session.add(MailboxStep(mailbox_id=mailbox.id, operation="create", next_at=now()))
    assert take_next_step(DemoMailboxes(), now() + timedelta(seconds=5))
    database.refresh(mailbox)
    assert mailbox.state == "active", "people can write to it all the same"
    froms = {one.address for one in find_senders(event.programme_id, event.id)}
    assert ("krakow@mail.example" in froms) is is_ours
    assert (mailbox.sender_id is not None) is is_ours


def test_an_address_that_somebody_else_writes_from_is_not_taken_over(database: Session) -> None:
    other = factories.make_programme()
    theirs = factories.make_sender(programme_id=other.id, address="krakow@mail.example")
    mailbox, _ = make_mailbox("krakow@mail.example")
    take_next_step(DemoMailboxes(), now())
    database.refresh(mailbox)
    database.refresh(theirs)
    assert (mailbox.state, mailbox.sender_id, theirs.programme_id) == ("active", None, other.id)

"""A letter to oneself never stands behind bulk mail: measured with real workers while thousands are on their way."""

import os
import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.forked import ForkedModule
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.core.heartbeat import Heartbeat
from webapp.core.transaction import transaction
from webapp.mail.actions.schedule import send_test
from webapp.mail.models.email_log import EmailLog
from webapp.mail.queries.letters import find_latest_version
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event

LETTERS = 4000
EVERY_SLOW = 25  # one letter of so many goes where the server takes three seconds for it
SOON = 5.0  # seconds


class Desk:
    """Somebody who writes to themselves while a shoot of thousands is under way.

    Args:
        machinery: sink, two bulk workers and ticker are running.
    """

    def __init__(self, machinery: Machinery) -> None:
        self.machinery = machinery
        self.written = 0
        event = factories.make_event()
        make_register(event)
        self.shoot_id = factories.make_shoot(event)
        self.letter_id = factories.make_letter(event)
        self.user = factories.make_staff(email="ola@example.org")
        self.sender_id = factories.make_sender().id

    def write(self) -> None:
        """Send a test as the button does."""
        version = find_latest_version(self.letter_id)
        assert version
        send_test(
            scope=factories.scope_of(self.user),
            letter_id=self.letter_id,
            version_id=version.id,
            sender_id=self.sender_id,
            constants={"event.name": "Event", "programme.postal_address": "1 Main Street"},
        )
        self.written += 1

    def arrive(self) -> float:
        """Wait for everything written to lie in the inbox; return the seconds that it took from now on."""
        began = time.monotonic()
        wait_until(
            lambda: len(self.machinery.inbox.page(recipient="ola@example.org")) == self.written,
            seconds=20,
            every=0.02,
            what=f"the letter to oneself\n{self.machinery.logs()}",
        )
        return time.monotonic() - began

    def counts(self) -> dict[str, int]:
        """Return the shoot's letters by state."""
        db.session.rollback()
        query = select(EmailLog.state, func.count()).where(EmailLog.shoot_id == self.shoot_id)
        rows = db.session.execute(query.group_by(EmailLog.state)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    def start_urgent(self) -> ForkedModule:
        """Start the urgent worker and wait until it listens."""
        before = set(urgent_workers())
        worker = self.machinery.start_worker("urgent")
        wait_until(lambda: set(urgent_workers()) - before, seconds=30, what="the urgent worker")
        return worker

    def is_under_way(self) -> bool:
        """Say whether hundreds of letters of the shoot are still to go."""
        counts = self.counts()
        return counts.get("pending", 0) + counts.get("sending", 0) > 300


def urgent_workers() -> list[str]:
    """Return the names of the urgent workers that have given a sign of life."""
    db.session.rollback()
    return list(db.session.scalars(select(Heartbeat.name).where(Heartbeat.kind == "worker_urgent")))


def make_register(event: Event) -> None:
    """Register thousands of people, with slow mail servers spread evenly among them."""
    words = ("slow" if i % EVERY_SLOW == 0 else "p" for i in range(LETTERS))
    with transaction() as session:
        people = [Person(email=f"{word}+{i}@example.org", name=f"Person {i}") for i, word in enumerate(words)]
        session.add_all(people)
        session.flush()
        session.add_all(
            Membership(
                person_id=person.id,
                programme_id=event.programme_id,
                event_id=event.id,
                kind=MembershipKind.REGISTERED,
            )
            for person in people
        )


@pytest.fixture
def desk(database: Session, machinery: Machinery) -> Desk:
    """A desk at which a shoot of thousands has begun to leave."""
    desk = Desk(machinery)
    machinery.start_sink()
    machinery.start_worker("bulk")
    machinery.start_worker("bulk")
    machinery.start_ticker()
    wait_until(lambda: desk.counts().get("sent", 0) > 100, seconds=60, what="the first letters of the shoot")
    return desk


def test_letters_to_oneself_arrive_within_seconds_while_thousands_leave(
    desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    desk.start_urgent()
    took = []
    for _ in range(5):
        desk.write()
        took.append(desk.arrive())
    assert desk.is_under_way(), f"the shoot ended too early for this test: {desk.counts()}"
    record_property("seconds", [round(seconds, 2) for seconds in took])
    assert max(took) < SOON, took


def test_a_restart_of_the_urgent_worker_costs_no_letter_and_little_time(desk: Desk) -> None:
    worker = desk.start_urgent()
    took = []
    for how in (signal.SIGTERM, signal.SIGKILL):
        desk.write()
        desk.arrive()
        os.killpg(worker.pid, how)
        worker.wait(10)
        desk.write()
        worker = desk.start_urgent()
        took.append(desk.arrive())
        desk.write()
        took.append(desk.arrive())
    assert max(took) < SOON, took
    assert desk.is_under_way(), f"the shoot ended too early for this test: {desk.counts()}"
    letters = desk.machinery.inbox.page(recipient="ola@example.org")
    assert len(letters) == desk.written == 6, "each arrives, and once"

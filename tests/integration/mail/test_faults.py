"""What breaks in mid-shoot, and what must hold all the same: nothing is lost and nobody gets it twice."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.test_delivery import counts, state, tallies
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.demo.services import EmbeddedValkey
from webapp.mail.actions.schedule_steering import cancel_shoot, pause_shoot, resume_shoot
from webapp.mail.models.email_log import EmailLog
from webapp.people.domain.scope import SYSTEM

LETTERS = 2500


@pytest.fixture
def shoot_id(database: Session, machinery: Machinery) -> Iterator[int]:
    """A shoot that is under way, with some hundred letters sent."""
    event = factories.make_event()
    factories.make_people(event, LETTERS)
    found = factories.make_shoot(event)
    machinery.start_sink()
    machinery.start_worker("bulk")
    machinery.start_ticker()
    wait_until(lambda: counts(found).get("sent", 0) > 300, seconds=60, every=0.02, what="the first letters")
    yield found
    assert tallies(found) == counts(found), "the tallies must be those of the rows"


def arrivals(machinery: Machinery) -> Counter[str]:
    """Return how often each recipient's letter arrived."""
    found: Counter[str] = Counter()
    before = None
    while page := machinery.inbox.page(before_id=before, limit=1000):
        found.update(letter.rcpt_to for letter in page)
        before = page[-1].id
    return found


def settled_arrivals(machinery: Machinery) -> Counter[str]:
    """Return the arrivals once the sink, which writes in batches, is stopped and has written everything."""
    sink = machinery.processes[0]
    sink.send_signal(signal.SIGTERM)
    sink.wait(10)
    return arrivals(machinery)


def rows_by_state(shoot_id: int, *states: str) -> set[str]:
    """Return the addresses whose letters are in one of the states."""
    db.session.rollback()
    query = select(EmailLog.address).where(EmailLog.shoot_id == shoot_id, EmailLog.state.in_(states))
    return {address for address in db.session.scalars(query) if address}


def finish(shoot_id: int, machinery: Machinery, seconds: float = 60) -> None:
    """Wait until no letter of the shoot is left to deliver."""
    wait_until(
        lambda: not {"pending", "sending", "deferred"} & counts(shoot_id).keys(),
        seconds=seconds,
        what=f"the end of the shoot\n{machinery.logs()}",
    )


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(shoot_id: int, machinery: Machinery) -> None:
    worker = machinery.processes[1]
    for child in children(worker.pid):
        os.kill(child, signal.SIGKILL)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(5)
    machinery.start_worker("bulk")
    finish(shoot_id, machinery)
    got = settled_arrivals(machinery)
    assert max(got.values()) == 1, "nobody gets it twice"
    assert rows_by_state(shoot_id, "sent") <= set(got), "what is called sent has arrived"
    listed = rows_by_state(shoot_id, "sent", "uncertain")
    assert len(listed) == LETTERS, "every letter is either sent or listed as uncertain"
    assert set(got) <= listed
    wait_until(lambda: state(shoot_id) == "completed", what="the shoot to complete")


def test_an_orphan_goes_on_when_only_its_worker_is_killed(shoot_id: int, machinery: Machinery) -> None:
    worker = machinery.processes[1]
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(5)
    machinery.start_worker("bulk")
    finish(shoot_id, machinery)
    assert counts(shoot_id) == {"sent": LETTERS}
    wait_until(lambda: machinery.inbox.count_accepted() >= LETTERS, what="the sink to have written all")
    assert Counter(arrivals(machinery).values()) == {1: LETTERS}


def test_a_worker_that_is_asked_to_stop_leaves_no_doubt(shoot_id: int, machinery: Machinery) -> None:
    worker = machinery.processes[1]
    worker.send_signal(signal.SIGTERM)
    worker.wait(15)
    left = counts(shoot_id)
    assert "sending" not in left
    assert "uncertain" not in left
    machinery.start_worker("bulk")
    finish(shoot_id, machinery)
    assert counts(shoot_id) == {"sent": LETTERS}
    wait_until(lambda: machinery.inbox.count_accepted() >= LETTERS, what="the sink to have written all")
    assert Counter(arrivals(machinery).values()) == {1: LETTERS}


def test_an_emptied_redis_loses_nothing_and_is_rung_again(
    shoot_id: int, machinery: Machinery, valkey: EmbeddedValkey
) -> None:
    Redis.from_url(valkey.url).flushall()
    emptied = time.monotonic()
    sent = counts(shoot_id).get("sent", 0)
    wait_until(lambda: counts(shoot_id).get("sent", 0) > sent, seconds=15, what="letters after the loss")
    assert time.monotonic() - emptied < 15
    finish(shoot_id, machinery)
    assert counts(shoot_id) == {"sent": LETTERS}
    wait_until(lambda: machinery.inbox.count_accepted() >= LETTERS, what="the sink to have written all")
    assert Counter(arrivals(machinery).values()) == {1: LETTERS}


def test_pause_resume_and_cancel_take_effect_within_two_seconds(shoot_id: int, machinery: Machinery) -> None:
    pause_shoot(scope=SYSTEM, shoot_id=shoot_id)
    paused = time.monotonic()
    wait_until(lambda: "sending" not in counts(shoot_id), seconds=2, every=0.02, what="the pause")
    assert time.monotonic() - paused < 2
    held = counts(shoot_id)
    assert held["sent"] + held["pending"] == LETTERS
    resume_shoot(scope=SYSTEM, shoot_id=shoot_id)
    wait_until(lambda: counts(shoot_id)["sent"] > held["sent"], seconds=3, what="letters after the pause")
    cancel_shoot(scope=SYSTEM, shoot_id=shoot_id)
    wait_until(lambda: "sending" not in counts(shoot_id), seconds=2, every=0.02, what="the cancelling")
    sent = counts(shoot_id)["sent"]
    wait_until(lambda: counts(shoot_id) == {"sent": sent, "cancelled": LETTERS - sent}, what="the sweep")
    wait_until(lambda: machinery.inbox.count_accepted() >= sent, what="the sink to have written all")
    assert len(arrivals(machinery)) == sent
    assert state(shoot_id) == "cancelled"


def children(pid: int) -> list[int]:
    """Return the processes that a process has begotten."""
    found = []
    for stat in machinery_stats():
        fields = stat.rpartition(")")[2].split()
        if int(fields[1]) == pid:
            found.append(int(stat.split(" ", 1)[0]))
    return found


def machinery_stats() -> Iterator[str]:
    """Yield the line of /proc about every process."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                    yield stat.read()
            except OSError:
                continue

"""Announcements with real processes: a worker killed at the worst moment, and decisions that were taken back."""

import os
import signal
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.arrivals import arrivals, children, settled_arrivals
from tests.factories_review import announce, apply_many, count_letters, decide, fresh, make_plain_form
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Chunk, Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.wave_decide import change_announced
from webapp.programme.actions.wave_undo import undo_wave
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event

SLOW = "slow+1@example.org"  # the mail server takes its letter after three seconds


def make_desk(undo_minutes: int) -> tuple[Event, Form]:
    """Make an event with a form and a sender, whose decisions can be taken back for so long."""
    event = factories.make_event(factories.make_programme(undo_minutes=undo_minutes))
    factories.make_sender(programme_id=event.programme_id)
    return event, make_plain_form(event)


def addresses_in(*states: str) -> set[str]:
    """Return the addresses whose letters are in one of the states."""
    db.session.rollback()
    return {a for a in db.session.scalars(select(EmailLog.address).where(EmailLog.state.in_(states))) if a}


def shoot_states() -> set[str]:
    """Return the states of all shoots."""
    db.session.rollback()
    return set(db.session.scalars(select(Shoot.state)))


def kill(machinery: Machinery, place: int) -> None:
    """Kill a worker and the job that it runs, without a chance to say anything."""
    worker = machinery.processes[place]
    for pid in (*children(worker.pid), worker.pid):
        os.kill(pid, signal.SIGKILL)
    worker.wait(5)


@pytest.mark.contract
def test_contract_09_killed_between_hand_over_and_commit_leaves_one_in_doubt_and_copies_none(
    database: Session, machinery: Machinery
) -> None:
    event, form = make_desk(undo_minutes=0)
    rows = apply_many(form, 24)
    with transaction():
        rows[19].person.email = SLOW  # the last one, so that no letter waits behind it on its connection
    decide(event, rows[:20], "accepted")
    announce(event)
    told = {str(row.person.email) for row in rows[:20]}
    machinery.start_sink()
    machinery.start_worker("urgent")
    machinery.start_ticker()
    wait_until(
        lambda: SLOW in addresses_in("sending"), seconds=60, every=0.02, what="the letter to be handed over"
    )
    # Whoever holds the row keeps the worker from writing down what the mail server is about to say.
    with db.engine.connect() as holder:
        held = select(EmailLog.state).where(EmailLog.address == SLOW).with_for_update()
        assert holder.execute(held).scalar_one() == "sending"
        wait_until(
            lambda: len(addresses_in("sent")) == 19, seconds=20, what=f"the others\n{machinery.logs()}"
        )
        wait_until(lambda: arrivals(machinery)[SLOW], seconds=20, what="the mail server to take the letter")
        # It answers three seconds later; what the worker has not read by then its journal cannot know.
        kill(machinery, 1)
        holder.rollback()
    assert SLOW not in addresses_in("sent"), "its outcome died with the worker"
    decide(event, rows[20:], "rejected")
    announce(event)
    everybody = told | {str(row.person.email) for row in rows[20:]}
    with transaction() as session:  # do not wait for the lease of the dead to lapse
        session.execute(update(Chunk).where(Chunk.owner.is_not(None)).values(lease_until=func.now()))
    machinery.start_worker("urgent")
    wait_until(
        lambda: addresses_in("sent") == everybody - {SLOW} and addresses_in("uncertain"),
        seconds=30,
        what=f"the end\n{machinery.logs()}",
    )
    wait_until(lambda: shoot_states() == {"completed"}, what="both shoots to complete")
    assert count_letters() == {"sent": 23, "uncertain": 1}
    assert addresses_in("uncertain") == {SLOW}
    detail = db.session.scalar(select(EmailLog.detail).where(EmailLog.address == SLOW))
    assert "died before it knew the answer" in (detail or "")
    got = settled_arrivals(machinery)
    assert got == dict.fromkeys(everybody, 1), "each one once; of the one in doubt nobody sends a second copy"


@pytest.mark.contract
def test_contract_07_and_08_only_what_stands_in_the_end_is_ever_delivered(
    database: Session, machinery: Machinery
) -> None:
    event, form = make_desk(undo_minutes=10)
    undone, changed, other = apply_many(form, 3)
    machinery.start_sink()
    machinery.start_worker("urgent")
    machinery.start_ticker()
    decide(event, [undone], "accepted")
    taken_back = announce(event)
    undo_wave(scope=SYSTEM, event_id=event.id, wave_id=taken_back, now=now())
    assert (fresh(undone).decision, undone.announced) == ("accepted", "undecided")
    decide(event, [undone], "undecided")
    decide(event, [changed, other], "accepted")
    announce(event)
    change_announced(
        scope=SYSTEM,
        event_id=event.id,
        application_id=changed.id,
        decision="rejected",
        reason="A mistake",
        is_confirmed=True,
        now=now(),
    )
    announce(event)
    with transaction() as session:  # the undo time of all of them is over
        session.execute(update(Shoot).values(scheduled_at=func.now() - timedelta(seconds=1)))
    wait_until(
        lambda: count_letters() == {"cancelled": 2, "sent": 2},
        seconds=30,
        what=f"what stands\n{machinery.logs()}",
    )
    assert settled_arrivals(machinery) == {changed.person.email: 1, other.person.email: 1}
    cause = select(EmailLog.dedupe_key).where(
        EmailLog.state == "sent", EmailLog.person_id == changed.person_id
    )
    assert db.session.scalars(cause).all() == [f"attend.rejected:{changed.id}:2:{changed.person_id}"]

"""The switch that stops all letters: nothing is handed over while it is on, nothing is lost, and who was first."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.frozen import frozen_shoot
from tests.waiting import wait_until
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver import Deliverer
from webapp.mail.actions.stop_all import lift_stop_all, stop_all
from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.domain.states import Lane
from webapp.mail.esp.memory import MemoryCarrier
from webapp.mail.models.email_log import EmailLog
from webapp.mail.queries.lease import has_due_chunk
from webapp.mail.queries.stop_all import count_under_way, find_stop
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role


def counts() -> dict[str, int]:
    """Return letters by state, over all shoots."""
    db.session.rollback()
    rows = db.session.execute(select(EmailLog.state, func.count()).group_by(EmailLog.state))
    return {str(row[0]): int(row[1]) for row in rows}


def deliver(
    app: Flask, answer: Callable[[Parcel], Outcome] | None = None, lane: str = Lane.BULK
) -> MemoryCarrier:
    """Deliver what is due, in this process; return the carrier with what it was handed."""
    carrier = MemoryCarrier(answer)
    Deliverer(app, carrier, lane=lane, owner="test/1", must_stop=lambda: False).run()
    return carrier


def test_while_it_is_on_no_lane_hands_anything_over(app: Flask, database: Session) -> None:
    event = factories.make_event()
    factories.make_people(event, 40)
    stop_id = stop_all(scope=SYSTEM, reason="  The opt-out link\nis wrong. ")
    prepare_shoot(factories.make_shoot(event))  # freezing goes on
    assert counts() == {"pending": 40}
    assert count_under_way() == (1, 40)
    assert not has_due_chunk(Lane.BULK)
    assert deliver(app).letters == []
    stop = find_stop()
    assert stop is not None
    assert (stop.stop_id, stop.reason, stop.by) == (stop_id, "The opt-out link is wrong.", "")
    lift_stop_all(scope=SYSTEM)
    assert has_due_chunk(Lane.BULK)
    assert len(deliver(app).letters) == 40
    assert counts() == {"sent": 40}


def test_thrown_in_mid_shoot_what_was_marked_goes_back_and_nothing_is_lost(
    app: Flask, database: Session
) -> None:
    frozen_shoot(300)
    handed = 0

    def answer(parcel: Parcel) -> Outcome:
        """Throw the switch while the third letter is in our hands, as somebody else would."""
        nonlocal handed
        handed += 1
        if handed == 3:
            thread = threading.Thread(target=throw)
            thread.start()
            thread.join()
        return Outcome(parcel.seq, Verdict.SENT, 250, "ok")

    def throw() -> None:
        with app.app_context():
            stop_all(scope=SYSTEM, reason="Stop!")

    carrier = deliver(app, answer)
    assert 3 <= len(carrier.letters) < 300
    assert counts() == {"sent": len(carrier.letters), "pending": 300 - len(carrier.letters)}
    lift_stop_all(scope=SYSTEM)
    again = deliver(app)
    assert counts() == {"sent": 300}
    assert len({letter.recipient for letter in carrier.letters + again.letters}) == 300


def test_of_two_at_once_one_throws_it_and_the_other_reads_who_was_first(
    app: Flask, database: Session
) -> None:
    programme = factories.make_programme()
    support = factories.scope_of(factories.make_staff(Role.SUPPORT, programme=programme))
    answers: list[str] = []

    def throw(reason: str) -> None:
        with app.app_context():
            try:
                stop_all(scope=support, reason=reason)
                answers.append("")
            except ConflictError as error:
                answers.append(error.message)

    threads = [threading.Thread(target=throw, args=(f"Reason {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answers) == 2, what="both answers")
    stop = find_stop()
    assert stop is not None
    assert sorted(answers) == [
        "",
        f"Ola Staff was first: all letters are stopped already. “{stop.reason}”",
    ]
    assert lift_stop_all(scope=support, stop_id=stop.stop_id) == stop.stop_id
    with pytest.raises(ConflictError, match="Ola Staff was first: letters go out again"):
        lift_stop_all(scope=SYSTEM, stop_id=stop.stop_id)
    later = stop_all(scope=SYSTEM, reason="Anew")
    with pytest.raises(ConflictError, match="has stopped all letters anew"):
        lift_stop_all(scope=support, stop_id=stop.stop_id)
    verbs = db.session.scalars(select(AuditEntry.verb).where(AuditEntry.subject_type == "stop_all")).all()
    assert verbs == ["letters.stopped", "letters.let_go", "letters.stopped"]
    assert find_stop() is not None
    assert later > stop.stop_id


def test_it_is_not_for_organizers_and_wants_a_reason(database: Session) -> None:
    organizer = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=factories.make_event()))
    with pytest.raises(ForbiddenError):
        stop_all(scope=organizer, reason="Because")
    with pytest.raises(ForbiddenError):
        lift_stop_all(scope=organizer)
    for reason in (" \n ", "x" * 301):
        with pytest.raises(StaffError) as refused:
            stop_all(scope=SYSTEM, reason=reason)
        assert refused.value.field == "reason"
    with pytest.raises(ConflictError, match="not stopped"):
        lift_stop_all(scope=SYSTEM)
    assert find_stop() is None

"""What a host that is gone leaves behind: locks that end, and letters of a restored backup that nobody sends twice."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.frozen import frozen_shoot
from tests.integration.mail.outcomes import give_outcomes, put_in_state
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver import Deliverer
from webapp.mail.actions.restore import SettledRestore, settle_restored
from webapp.mail.actions.stop_all import lift_stop_all
from webapp.mail.domain.states import Lane, ShootState
from webapp.mail.domain.uncertain import Chosen
from webapp.mail.esp.memory import MemoryCarrier
from webapp.mail.models.email_log import EmailEvent
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.lease import claim_chunk, renew_lease
from webapp.mail.queries.report import get_summary
from webapp.mail.queries.restore import RESTORED
from webapp.mail.queries.schedule import complete_shoots
from webapp.mail.queries.uncertain import find_doubtful
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role

LIMIT = text("SELECT current_setting('idle_in_transaction_session_timeout')")
SENT = ("sent", None, None)


def test_locks_of_whoever_is_cut_off_in_mid_transaction_end_with_their_lease(
    app: Flask, database: Session
) -> None:
    frozen_shoot(3)
    with transaction() as session:
        lease = claim_chunk(Lane.BULK, "lost/1")
        assert session.scalar(LIMIT) == "10s"
    assert lease is not None
    assert db.session.scalar(LIMIT) == "1min", "whatever else is open ends, too"
    with transaction() as session:
        assert renew_lease(lease) == ShootState.SENDING
        assert session.scalar(LIMIT) == "10s"


def test_letters_that_a_restored_backup_calls_waiting_are_uncertain_and_nobody_sends_them(
    app: Flask, database: Session
) -> None:
    event = factories.make_event()
    factories.make_people(event, 9)
    under_way, paused, ended, later = (factories.make_shoot(event) for _ in range(4))
    for shoot_id in (under_way, paused, ended):
        prepare_shoot(shoot_id)
    # as the backup has them: a worker was in mid-window, one letter was put off, another shoot was paused
    give_outcomes(under_way, {0: SENT, 1: ("sending", None, None), 2: ("deferred", None, "busy")})
    give_outcomes(ended, dict.fromkeys(range(9), SENT))
    put_in_state(paused, "paused")
    with transaction() as session:
        session.execute(
            text("UPDATE chunks SET owner = 'lost/1', lease_until = now() + :left WHERE shoot_id = :id"),
            {"left": timedelta(seconds=9), "id": under_way},
        )
    for sentence in ("Letters are not stopped", "1 shoots are due", "Workers still hold letters"):
        with pytest.raises(ConflictError, match=sentence):
            settle_restored(scope=SYSTEM)
        if sentence.startswith("Letters"):
            begin = [app.test_cli_runner().invoke(args=["restore", "begin", "--json"]) for _ in range(2)]
            assert [one.exit_code for one in begin] == [0, 0], begin[0].output
            assert begin[0].output.splitlines()[-1] == begin[1].output.splitlines()[-1], "stopped is stopped"
        elif sentence.startswith("1"):
            prepare_shoot(later)
            give_outcomes(later, dict.fromkeys(range(9), SENT))
    with transaction() as session:
        session.execute(
            text("UPDATE chunks SET lease_until = now() - interval '1 s' WHERE owner IS NOT NULL")
        )
    with pytest.raises(ForbiddenError):
        settle_restored(scope=factories.scope_of(factories.make_staff(role=Role.ORGANIZER, event=event)))
    assert settle_restored(scope=SYSTEM) == SettledRestore(8 + 9, (under_way, paused))
    assert settle_restored(scope=SYSTEM).letter_count == 0, "asked again it finds nothing"
    lift_stop_all(scope=SYSTEM)
    complete_shoots()
    carrier = MemoryCarrier()
    Deliverer(app, carrier, lane=Lane.BULK, owner="fresh/1", must_stop=lambda: False).run()
    assert carrier.letters == [], "none of them goes out by itself"
    summary = get_summary(SYSTEM, under_way)
    assert (summary.sent, summary.uncertain, summary.audience) == (1, 8, 9)
    assert db.session.get_one(Shoot, under_way).state == ShootState.COMPLETED
    assert {letter.detail for letter in find_doubtful(SYSTEM, Chosen(shoot_id=paused))} == {RESTORED}
    assert (
        db.session.scalar(select(func.count()).select_from(EmailEvent).where(EmailEvent.detail == RESTORED))
        == 17
    )
    assert factories.make_shoot(event) > later + 1_000_000, "no number is given twice"

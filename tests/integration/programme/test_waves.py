"""Announcing decisions: who is told, once; what is held and taken back; what is decided anew."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories_review import (
    announce,
    apply_many,
    count_letters,
    decide,
    fresh,
    make_desk,
)
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.outbox import release_held
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.wave_announce import Announcing, announce_wave
from webapp.programme.actions.wave_decide import change_announced, decide_applications
from webapp.programme.actions.wave_review import review_wave
from webapp.programme.actions.wave_undo import undo_wave
from webapp.programme.models.application import Wave, WaveEntry
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.queries.wave import count_told, release_waves


@pytest.fixture
def desk(database: Session) -> tuple[Event, Form]:
    """An event in Kraków with a form and a sender."""
    return make_desk(capacity=5)


def let_time_pass(wave_id: int) -> None:
    """Let the undo time of a wave be over."""
    with transaction() as session:
        session.execute(
            update(Wave).where(Wave.id == wave_id).values(hold_until=func.now() - timedelta(seconds=1))
        )
        batch = session.get_one(Wave, wave_id).batch
        session.execute(
            update(Shoot).where(Shoot.batch == batch).values(scheduled_at=func.now() - timedelta(seconds=1))
        )
        release_held()
        release_waves()


@pytest.mark.contract
def test_contract_04_bulk_deciding_skips_and_lists_who_withdrew_or_was_told(desk: tuple[Event, Form]) -> None:
    event, form = desk
    told, gone, *others = apply_many(form, 6)
    decide(event, [told], "accepted")
    announce(event)
    with transaction():
        gone.withdrawn_at = now()
    everybody = [told, gone, *others]
    ids = [row.id for row in everybody]
    before = decide_applications(
        scope=SYSTEM, event_id=event.id, application_ids=ids, decision="rejected", now=now(), is_dry_run=True
    )
    assert [fresh(row).decision for row in others] == ["undecided"] * 4, "a dry run changes nothing"
    done = decide_applications(
        scope=SYSTEM, event_id=event.id, application_ids=ids, decision="rejected", now=now()
    )
    assert before == done
    assert set(done.done) == {row.id for row in others}
    assert {s.id: s.why.split()[0] for s in done.skipped} == {told.id: "was", gone.id: "withdrew"}
    assert fresh(told).decision == "accepted"
    assert [fresh(row).decision for row in others] == ["rejected"] * 4


@pytest.mark.contract
def test_contract_05_announcing_again_at_once_finds_nobody(app: Flask, desk: tuple[Event, Form]) -> None:
    event, form = desk
    decide(event, apply_many(form, 3), "accepted")
    event_id = event.id

    def press() -> int:
        return announce_wave(scope=SYSTEM, event_id=event_id, announcing=Announcing(shown_count=3), now=now())

    answers = at_once(app, press, press)
    assert sorted(type(answer).__name__ for answer in answers) == ["ConflictError", "int"], answers
    assert count_letters() == {"pending": 3}
    with pytest.raises(ConflictError, match="nobody left"):
        announce(event)


@pytest.mark.contract
def test_contract_06_three_more_are_exactly_three_letters(desk: tuple[Event, Form]) -> None:
    event, form = desk
    first, more = apply_many(form, 4), apply_many(form, 3)
    decide(event, first, "accepted")
    announce(event)
    decide(event, more, "accepted")
    wave = announce(event)
    assert count_letters() == {"pending": 7}
    batch = db.session.get_one(Wave, wave).batch
    keys = db.session.scalars(
        select(EmailLog.dedupe_key).join(Shoot, Shoot.id == EmailLog.shoot_id).where(Shoot.batch == batch)
    ).all()
    assert set(keys) == {f"attend.accepted:{row.id}:1:{row.person_id}" for row in more}
    assert count_told(wave) == {"accepted": 3}


@pytest.mark.contract
def test_contract_07_undo_within_the_time_delivers_nothing(desk: tuple[Event, Form]) -> None:
    event, form = desk
    rows = apply_many(form, 3)
    for row, decision in zip(rows, ("accepted", "waitlisted", "rejected"), strict=True):
        decide(event, [row], decision)
    wave = announce(event)
    assert fresh(rows[0]).rsvp == "invited"
    assert fresh(rows[0]).rsvp_deadline is not None
    assert undo_wave(scope=SYSTEM, event_id=event.id, wave_id=wave, now=now()) == 3
    assert count_letters() == {"cancelled": 3}
    for row in rows:
        assert (fresh(row).announced, row.rsvp, row.rsvp_deadline) == ("undecided", "none", None)
    assert len(review_wave(scope=SYSTEM, event_id=event.id, now=now()).lines) == 3
    with pytest.raises(ConflictError):
        undo_wave(scope=SYSTEM, event_id=event.id, wave_id=wave, now=now())
    announce(event)
    assert count_letters() == {"cancelled": 3, "pending": 3}, "new keys, so that they are written again"


@pytest.mark.contract
def test_contract_08_rejected_before_release_is_one_letter_only(desk: tuple[Event, Form]) -> None:
    event, form = desk
    row, other = apply_many(form, 2)
    decide(event, [row, other], "accepted")
    first = announce(event)
    changing = {"scope": SYSTEM, "event_id": event.id, "application_id": row.id, "decision": "rejected"}
    with pytest.raises(StaffError, match="Say why"):
        change_announced(**changing, reason=" ", is_confirmed=True, now=now())
    with pytest.raises(StaffError, match="Confirm"):
        change_announced(**changing, reason="A mistake", is_confirmed=False, now=now())
    assert change_announced(**changing, reason="A mistake", is_confirmed=True, now=now())
    assert (fresh(row).decision, row.announced, row.rsvp) == ("rejected", "undecided", "none")
    second = announce(event)
    let_time_pass(first)
    let_time_pass(second)
    letters = select(EmailLog.dedupe_key, EmailLog.state).where(EmailLog.person_id == row.person_id)
    states = dict(db.session.execute(letters).all())
    assert states == {
        f"attend.accepted:{row.id}:1:{row.person_id}": "cancelled",
        f"attend.rejected:{row.id}:2:{row.person_id}": "pending",
    }
    assert fresh(other).announced == "accepted"


def test_undo_leaves_alone_whoever_was_changed_since(desk: tuple[Event, Form]) -> None:
    event, form = desk
    row, other = apply_many(form, 2)
    decide(event, [row, other], "accepted")
    wave = announce(event)
    change_announced(
        scope=SYSTEM,
        event_id=event.id,
        application_id=row.id,
        decision="waitlisted",
        reason="A mistake",
        is_confirmed=True,
        now=now(),
    )
    assert undo_wave(scope=SYSTEM, event_id=event.id, wave_id=wave, now=now()) == 1
    assert (fresh(row).decision, row.announced) == ("waitlisted", "undecided")
    assert (fresh(other).decision, other.announced) == ("accepted", "undecided")


def test_after_its_time_a_wave_is_released_and_stays(desk: tuple[Event, Form]) -> None:
    event, form = desk
    (row,) = apply_many(form, 1)
    decide(event, [row], "accepted")
    wave = announce(event)
    let_time_pass(wave)
    db.session.expire_all()
    assert db.session.get_one(Wave, wave).state == "released"
    with pytest.raises(ConflictError, match="time is over"):
        undo_wave(scope=SYSTEM, event_id=event.id, wave_id=wave, now=now())


@pytest.mark.contract
def test_contract_10_rival_sweepers_release_once(app: Flask, desk: tuple[Event, Form]) -> None:
    event, form = desk
    decide(event, apply_many(form, 5), "accepted")
    wave = announce(event)
    with transaction() as session:
        session.execute(update(Shoot).values(scheduled_at=func.now() - timedelta(seconds=1)))
        session.execute(update(Wave).values(hold_until=func.now() - timedelta(seconds=1)))

    def sweep() -> tuple[list[str], int]:
        with transaction():
            return release_held(), release_waves()

    answers = at_once(app, *[sweep] * 4)
    assert sorted(answers, key=str) == sorted([(["urgent"], 1), *[([], 0)] * 3], key=str)
    assert count_letters() == {"pending": 5}
    assert db.session.get_one(Wave, wave).state == "released"
    assert set(db.session.scalars(select(Shoot.state))) == {"sending"}


@pytest.mark.contract
def test_contract_21_a_suppressed_address_has_a_row_and_stands_in_the_review(
    desk: tuple[Event, Form],
) -> None:
    event, form = desk
    fine, blocked, nowhere = apply_many(form, 3)
    with transaction() as session:
        session.add(Suppression(address=blocked.person.email, reason="hard_bounce"))
        nowhere.person.email = None
    decide(event, [fine, blocked, nowhere], "accepted")
    review = review_wave(scope=SYSTEM, event_id=event.id, now=now())
    assert [one.id for one in review.lines] == [fine.id]
    assert {one.id: one.reason for one in review.skipped} == {
        blocked.id: "suppressed",
        nowhere.id: "no_address",
    }
    wave = announce(event, shown_count=1)
    rows = db.session.execute(select(EmailLog.person_id, EmailLog.state, EmailLog.reason)).all()
    assert {(row.person_id, row.state, row.reason) for row in rows} == {
        (fine.person_id, "pending", None),
        (blocked.person_id, "skipped", "suppressed"),
        (nowhere.person_id, "skipped", "no_address"),
    }
    assert fresh(blocked).announced == "undecided", "nobody has told them, so it does not say so"
    reasons = dict(
        db.session.execute(
            select(WaveEntry.application_id, WaveEntry.skip_reason).where(WaveEntry.wave_id == wave)
        ).all()
    )
    assert reasons == {fine.id: None, blocked.id: "suppressed", nowhere.id: "no_address"}
    with pytest.raises(ConflictError):
        announce(event)
    with transaction() as session:
        session.query(Suppression).delete()
    announce(event)
    assert fresh(blocked).announced == "accepted"

"""Announcing decisions: who is told, once; what is held and taken back; what is decided anew."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import (
    announce,
    apply_many,
    count_letters,
    decide,
    make_desk,
    make_reviewer,
    score,
)
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.opt_out import Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.outbox import release_held
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.programme.actions.wave_announce import Announcing, announce_wave
from webapp.programme.actions.wave_decide import change_announced, decide_applications, invite_next
from webapp.programme.actions.wave_review import edit_words, review_wave, try_on_oneself
from webapp.programme.actions.wave_undo import undo_wave
from webapp.programme.models.application import Application, Wave, WaveEntry
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.queries.wave import count_places, count_told, release_waves


@pytest.fixture
def desk(database: Session) -> tuple[Event, Form]:
    """An event in Kraków with a form and a sender."""
    return make_desk(capacity=5)


def fresh(row: Application) -> Application:
    """Return an application as it is stored now."""
    db.session.expire_all()
    return db.session.get_one(Application, row.id)


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
    keys = db.session.scalars(select(EmailLog.dedupe_key).join(Shoot).where(Shoot.batch == batch)).all()
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
def test_contract_10_the_sweeper_in_two_processes_releases_once(app: Flask, desk: tuple[Event, Form]) -> None:
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


def test_above_fifty_the_number_is_typed(desk: tuple[Event, Form]) -> None:
    event, form = desk
    decide(event, apply_many(form, 51), "rejected")
    for typed in (None, 50):
        with pytest.raises(StaffError, match="Type 51"):
            announce(event, shown_count=51, typed_count=typed)
    with pytest.raises(ConflictError, match="not 50"):
        announce(event, shown_count=50, typed_count=51)
    announce(event, shown_count=51, typed_count=51)
    assert count_letters() == {"pending": 51}


def test_the_deadline_is_the_end_of_a_day_where_the_event_is(desk: tuple[Event, Form]) -> None:
    event, form = desk
    (row,) = apply_many(form, 1)
    decide(event, [row], "accepted")
    announce(event)
    deadline = fresh(row).rsvp_deadline
    assert deadline is not None
    there = deadline.astimezone(
        review_wave(scope=SYSTEM, event_id=event.id, now=now()).telling.deadline.tzinfo
    )
    assert (there.hour, there.minute) == (23, 59)
    assert timedelta(days=7) <= deadline - now() < timedelta(days=8)


def test_words_are_edited_for_one_and_excluded_is_left(desk: tuple[Event, Form]) -> None:
    event, form = desk
    one, other, left = apply_many(form, 3)
    decide(event, [one, other, left], "accepted")
    review = review_wave(scope=SYSTEM, event_id=event.id, now=now())
    editing = {"review": review, "application_id": one.id, "now": now()}
    with pytest.raises(StaffError):
        edit_words(**editing, subject="Hello {{ nobody.knows }}", main="<p>{{ rsvp.link }}</p>")
    with pytest.raises(StaffError, match=r"rsvp\.link"):
        edit_words(**editing, subject="Hello", main="<p>No link.</p>")
    words = edit_words(**editing, subject="For you alone", main='<p><a href="{{ rsvp.link }}">Here</a></p>')
    announce(event, words={one.id: words}, excluded=frozenset({left.id}), shown_count=2)
    subjects = dict(
        db.session.execute(
            select(EmailLog.person_id, LetterVersion.subject)
            .join(Shoot, Shoot.id == EmailLog.shoot_id)
            .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        ).all()
    )
    assert subjects[one.person_id] == "For you alone"
    assert subjects[other.person_id] != "For you alone"
    assert fresh(left).announced == "undecided"


def test_a_letter_tried_on_oneself_cannot_answer_for_the_applicant(desk: tuple[Event, Form]) -> None:
    event, form = desk
    (row,) = apply_many(form, 1)
    decide(event, [row], "accepted")
    me = factories.make_staff()
    shoot_id = try_on_oneself(
        scope=factories.scope_of(me), event_id=event.id, application_id=row.id, now=now(), words=None
    )
    letter = db.session.scalars(select(EmailLog).where(EmailLog.shoot_id == shoot_id)).one()
    assert letter.person_id == me.person_id
    assert row.token not in "".join(value or "" for value in letter.merge_values)
    assert fresh(row).announced == "undecided"


def test_the_next_ones_come_by_rank_then_by_mean(desk: tuple[Event, Form]) -> None:
    event, form = desk  # five places
    coming, ranked, loved, liked, unseen = apply_many(form, 5)
    decide(event, [coming], "accepted")
    decide(event, [ranked, loved, liked, unseen], "waitlisted")
    announce(event)
    someone = factories.make_staff()
    score(liked, someone, 3)
    score(loved, someone, 5)
    with transaction():
        fresh(ranked).waitlist_rank = 1
    assert count_places(event).to_give == 4
    with pytest.raises(ConflictError, match="Only 4"):
        invite_next(scope=SYSTEM, event_id=event.id, count=5, now=now())
    assert invite_next(scope=SYSTEM, event_id=event.id, count=3, now=now()) == (ranked.id, loved.id, liked.id)
    places = count_places(event)
    assert (places.free, places.promised, places.to_give) == (4, 3, 1)
    review = review_wave(scope=SYSTEM, event_id=event.id, now=now())
    assert {one.id for one in review.lines} == {ranked.id, loved.id, liked.id}
    announce(event)
    assert count_places(event).invited == 4
    assert fresh(unseen).announced == "waitlisted"


def test_two_cannot_give_the_same_place_away(app: Flask, desk: tuple[Event, Form]) -> None:
    event, form = desk
    decide(event, apply_many(form, 10), "waitlisted")
    announce(event)
    event_id = event.id

    def press() -> int:
        return len(invite_next(scope=SYSTEM, event_id=event_id, count=5, now=now()))

    answers = at_once(app, press, press)
    assert sorted(type(answer).__name__ for answer in answers) == ["ConflictError", "int"], answers
    assert count_places(db.session.get_one(Event, event_id)).promised == 5


def test_who_may(desk: tuple[Event, Form]) -> None:
    event, form = desk
    rows = apply_many(form, 2)
    decide(event, rows, "accepted")
    foreign = factories.make_event()
    quiet = factories.make_staff(Role.ORGANIZER, event=event, may_send=False)
    for user, error in (
        (quiet, ForbiddenError),
        (make_reviewer(event), NotFoundError),
        (factories.make_staff(Role.ORGANIZER, event=foreign), NotFoundError),
    ):
        with pytest.raises(error):
            announce_wave(
                scope=factories.scope_of(user), event_id=event.id, announcing=Announcing(), now=now()
            )
    with pytest.raises(NotFoundError):
        decide_applications(
            scope=factories.scope_of(make_reviewer(event)),
            event_id=event.id,
            application_ids=[rows[0].id],
            decision="rejected",
            now=now(),
        )
    with pytest.raises(NotFoundError):
        decide(foreign, rows, "rejected")
    assert {fresh(row).decision for row in rows} == {"accepted"}

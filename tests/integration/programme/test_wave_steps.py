"""The steps around an announcement: numbers typed, words edited, one left out, the waiting list, who may."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import (
    announce,
    apply_many,
    count_letters,
    decide,
    fresh,
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
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.programme.actions.wave_announce import Announcing, announce_wave
from webapp.programme.actions.wave_decide import decide_applications, invite_next
from webapp.programme.actions.wave_review import edit_words, review_wave, try_on_oneself
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.queries.wave import count_places


@pytest.fixture
def desk(database: Session) -> tuple[Event, Form]:
    """An event in Kraków with a form and a sender."""
    return make_desk(capacity=5)


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

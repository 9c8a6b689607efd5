"""Whether they come: only who was told so may answer, the last place goes once, time runs out by itself."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import letters, make_application, make_form, tell
from tests.processes import Machinery
from tests.rivals import at_once
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.mail.models.email_log import EmailLog
from webapp.people.models.user import Role
from webapp.programme.actions.attend_rsvp import answer_rsvp, expire_rsvps, override_rsvp
from webapp.programme.actions.attend_withdraw import withdraw_application
from webapp.programme.domain.application_states import Rsvp
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Application, Wave, WaveEntry
from webapp.programme.models.programme import Event
from webapp.programme.queries.attend import count_taken_places, find_application_by_token

DAY = timedelta(days=1)


@pytest.fixture
def event(database: Session) -> Event:
    factories.make_sender()
    event = factories.make_event(capacity=2)
    make_form(event)
    return event


def answer(row: Application, what: Rsvp = Rsvp.YES, at: datetime | None = None) -> Rsvp:
    return answer_rsvp(token=row.token or "", answer=what, now=at or now())


def test_an_invited_applicant_answers_and_changes_their_mind(event: Event, database: Session) -> None:
    row = tell(make_application(event))
    assert [answer(row, what) for what in (Rsvp.YES, Rsvp.YES, Rsvp.NO, Rsvp.YES)]
    database.expire_all()
    assert (row.rsvp, row.rsvp_by, row.rsvp_at is not None) == ("yes", "person", True)
    moves = database.execute(
        select(Activity.before, Activity.after)
        .where(Activity.verb == "application.rsvp")
        .order_by(Activity.id)
    ).all()
    assert moves == [("invited", "yes"), ("yes", "no"), ("no", "yes")]


@pytest.mark.parametrize(
    ("decision", "values", "words"),
    [
        ("rejected", {}, "no place"),
        ("waitlisted", {}, "waiting list"),
        ("undecided", {}, "not been decided"),
        ("accepted", {"rsvp": "none", "rsvp_deadline": None}, "Nobody has asked"),
        ("accepted", {"rsvp": "expired"}, "time for an answer is over"),
        ("accepted", {"rsvp_deadline": now() - DAY}, "time for an answer is over"),
        ("accepted", {"rsvp": "yes", "rsvp_deadline": now() - DAY}, "time for an answer is over"),
        ("accepted", {"withdrawn_at": now()}, "withdrawn"),
    ],
)
def test_who_may_not_answer_is_told_why_and_nothing_is_stored(
    event: Event, database: Session, decision: str, values: dict[str, object], words: str
) -> None:
    row = tell(make_application(event), decision, **values)
    before = row.rsvp
    for what in (Rsvp.YES, Rsvp.NO):
        with pytest.raises(ConflictError, match=words):
            answer(row, what)
    database.expire_all()
    assert (row.rsvp, row.rsvp_at) == (before, None)


def test_only_yes_and_no_are_answers_and_only_ours_are_links(event: Event, database: Session) -> None:
    row = tell(make_application(event))
    with pytest.raises(StaffError):
        answer(row, Rsvp.EXPIRED)
    for token in ("", "x", (row.token or "")[:-1], (row.token or "") + "A"):
        with pytest.raises(NotFoundError):
            answer_rsvp(token=token, answer=Rsvp.YES, now=now())
    with transaction():
        row.token_version += 1
    with pytest.raises(NotFoundError):
        answer(row)


def test_a_cancelled_event_asks_nobody(event: Event) -> None:
    row = tell(make_application(event))
    with transaction():
        event.state = "cancelled"
    with pytest.raises(ConflictError, match="cancelled"):
        answer(row)


def test_the_last_free_place_goes_to_one(event: Event, app: Flask, database: Session) -> None:
    tell(make_application(event), rsvp="yes")
    rivals = [tell(make_application(event), rsvp="no") for _ in range(3)]
    tokens = [row.token or "" for row in rivals]
    answers = at_once(
        app,
        *[lambda token=token: answer_rsvp(token=token, answer=Rsvp.YES, now=now()) for token in tokens],
    )
    assert sum(found == Rsvp.YES for found in answers) == 1, answers
    assert sum(isinstance(found, ConflictError) for found in answers) == 2, answers
    database.rollback()
    assert count_taken_places(event.id) == 2


def test_an_invitation_keeps_its_place_whatever_is_taken(event: Event) -> None:
    rows = [tell(make_application(event)) for _ in range(3)]
    assert [answer(row) for row in rows] == [Rsvp.YES] * 3


def test_an_announcement_that_is_held_does_not_show(event: Event, database: Session) -> None:
    row = tell(make_application(event))
    with transaction() as session:
        wave = Wave(
            programme_id=event.programme_id, event_id=event.id, batch="wave:1", hold_until=now() + DAY
        )
        session.add(wave)
        session.flush()
        session.add(
            WaveEntry(
                wave_id=wave.id,
                application_id=row.id,
                announced="accepted",
                announced_before="undecided",
                rsvp_before="none",
            )
        )
    with pytest.raises(ConflictError, match="not been decided"):
        answer(row)
    page = find_application_by_token(row.token or "", now())
    assert page is not None
    assert (page.told, page.rsvp, page.deadline) == ("undecided", "none", None)
    assert answer(row, at=now() + 2 * DAY) == Rsvp.YES, "its time is over"


def test_organizers_store_an_answer_with_its_reason(event: Event, database: Session) -> None:
    row = tell(make_application(event), rsvp="expired")
    scope = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))
    other = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=factories.make_event()))
    with pytest.raises(StaffError) as refused:
        override_rsvp(scope=scope, application_id=row.id, answer=Rsvp.YES, reason=" ", now=now())
    assert refused.value.field == "reason"
    for who, key in ((other, row.id), (scope, 10**6)):
        with pytest.raises(NotFoundError):
            override_rsvp(scope=who, application_id=key, answer=Rsvp.YES, reason="by phone", now=now())
    override_rsvp(scope=scope, application_id=row.id, answer=Rsvp.YES, reason="by phone", now=now())
    database.expire_all()
    assert (row.rsvp, row.rsvp_by) == ("yes", "organizer")
    note = database.scalars(select(Activity).where(Activity.verb == "application.rsvp")).one()
    assert (note.actor_id, note.before, note.after, note.comment) == (
        scope.user_id,
        "expired",
        "yes",
        "by phone",
    )


def test_invitations_run_out_once(event: Event, app: Flask, database: Session) -> None:
    late = [tell(make_application(event), rsvp_deadline=now() - DAY) for _ in range(3)]
    kept = [
        tell(make_application(event)),
        tell(make_application(event), rsvp="yes", rsvp_deadline=now() - DAY),
        tell(make_application(event), rsvp_deadline=now() - DAY, withdrawn_at=now()),
    ]
    answers = at_once(app, *[lambda: expire_rsvps(now())] * 3)
    assert sum(found for found in answers if isinstance(found, int)) == 3, answers
    database.expire_all()
    assert [(row.rsvp, row.rsvp_by) for row in late] == [("expired", "system")] * 3
    assert [row.rsvp for row in kept] == ["invited", "yes", "invited"]
    assert count_taken_places(event.id) == 2


def test_the_ticker_lets_invitations_run_out(event: Event, database: Session, machinery: Machinery) -> None:
    row = tell(make_application(event), rsvp_deadline=now() - DAY)

    def is_expired() -> bool:
        database.rollback()
        return row.rsvp == "expired"

    machinery.start_ticker()
    wait_until(is_expired, what="the ticker")


def test_withdrawing_frees_the_place_and_takes_back_what_has_not_left(
    event: Event, database: Session
) -> None:
    row = tell(make_application(event))
    key = f"attend.accepted:{row.id}:1:{row.person_id}"
    with transaction() as session:
        wave = Wave(
            programme_id=event.programme_id, event_id=event.id, batch="wave:1", hold_until=now() + DAY
        )
        session.add(wave)
        session.flush()
        session.add(
            WaveEntry(
                wave_id=wave.id,
                application_id=row.id,
                dedupe_key=key,
                announced="accepted",
                announced_before="undecided",
                rsvp_before="none",
            )
        )
        post_letters(
            Errand("attend.accepted", event.programme_id, event.id, lambda _: {}, hold_until=now() + DAY),
            [Addressee(row.person_id, key, {"rsvp.link": "http://localhost/rsvp/x"})],
        )
    assert withdraw_application(token=row.token or "", now=now()) is True
    assert withdraw_application(token=row.token or "", now=now()) is False
    database.expire_all()
    assert row.withdrawn_at is not None
    assert count_taken_places(event.id) == 0
    states = dict(database.execute(select(EmailLog.dedupe_key, EmailLog.state)).all())
    assert states[key] == "cancelled"
    assert (f"attend.withdrawn:{row.id}", row.person.email) in letters()
    with pytest.raises(NotFoundError):
        withdraw_application(token="nonsense", now=now())

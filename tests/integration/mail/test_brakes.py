"""Canaries and the guard on real rows: who goes first, what waits, what opens, what halts, what is forgiven."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver import Deliverer
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.actions.schedule_brakes import go_on_now, stop_here, watch_shoots
from webapp.mail.actions.schedule_steering import cancel_shoot, resume_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.brakes import CLOSED, Canary
from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.domain.states import Lane, ShootState
from webapp.mail.esp.memory import MemoryCarrier
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.opt_out import Suppression
from webapp.mail.models.shoot import Chunk, Shoot
from webapp.mail.queries.lease import has_due_chunk
from webapp.mail.queries.schedule import cancel_next_chunk, complete_shoots
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event

Answer = Callable[[Parcel], Outcome]


def make_event(number: int, skipped: int = 0) -> Event:
    """Make an event with people, the first of whom get no letter."""
    event = factories.make_event()
    for n in range(skipped):
        factories.register(factories.make_person(None, f"Without address {n}"), event)
    factories.make_people(event, number)
    return event


def shoot_with(event: Event, canary: Canary | None = None, **given: int) -> int:
    """Send a letter with brakes and freeze its audience."""
    shoot_id = schedule_shoot(
        scope=SYSTEM,
        letter_id=factories.make_letter(event),
        sending=Sending(
            Audience((Choice("registered"),)), factories.make_sender().id, canary=canary, **given
        ),
        constants={"event.name": event.name, "programme.postal_address": "1 Main Street"},
        now=now(),
    )
    prepare_shoot(shoot_id)
    return shoot_id


def deliver(app: Flask, answer: Answer | None = None) -> list[str]:
    """Deliver what is due, in this process; return the addresses in order."""
    carrier = MemoryCarrier(answer)
    Deliverer(app, carrier, lane=Lane.BULK, owner="test/1", must_stop=lambda: False).run()
    return [letter.recipient for letter in carrier.letters]


def refusing(every: int) -> Answer:
    """Return a mail server that knows no mailbox of every n-th letter."""
    seen = 0

    def answer(parcel: Parcel) -> Outcome:
        nonlocal seen
        seen += 1
        if seen % every:
            return Outcome(parcel.seq, Verdict.SENT, 250, "ok")
        return Outcome(parcel.seq, Verdict.THIS_ADDRESS, 550, "5.1.1 no such mailbox")

    return answer


def get(shoot_id: int) -> Shoot:
    """Return a shoot as it is stored."""
    db.session.rollback()
    return db.session.get_one(Shoot, shoot_id, populate_existing=True)


def let_wait_pass(shoot_id: int) -> None:
    """Let the wait of a canary be over."""
    with transaction() as session:
        session.execute(update(Shoot).where(Shoot.id == shoot_id).values(canary_until=func.now()))


def report(shoot_id: int, type_: str, seqs: range) -> None:
    """Write down that letters came back or were called spam, each twice, as providers tell it."""
    with transaction() as session:
        session.add_all(EmailEvent(shoot_id=shoot_id, seq=seq, type=type_) for seq in (*seqs, *seqs))


def test_a_canary_goes_alone_waits_and_the_rest_opens_by_itself(app: Flask, database: Session) -> None:
    event = make_event(1200, skipped=5)
    shoot_id = shoot_with(event, Canary(1030, is_percent=False, minutes=20))
    shoot = get(shoot_id)
    assert shoot.open_to is not None
    assert shoot.halt_percent == 10
    first = deliver(app)
    assert len(first) == 1030
    assert not has_due_chunk(Lane.BULK), "the chunk at the edge would be claimed for nothing"
    watch_shoots()
    shoot = get(shoot_id)
    assert shoot.canary_until is not None
    wait = db.session.scalar(select(Shoot.canary_until - func.now()).where(Shoot.id == shoot_id))
    assert wait is not None
    assert 19.9 < wait.total_seconds() / 60 <= 20
    watch_shoots()
    assert deliver(app) == []
    assert complete_shoots(shoot_id) == 0
    let_wait_pass(shoot_id)
    watch_shoots()
    shoot = get(shoot_id)
    assert (shoot.open_to, shoot.canary_until, shoot.state) == (None, None, ShootState.SENDING)
    rest = deliver(app)
    assert len({*first, *rest}) == 1200
    assert get(shoot_id).state == ShootState.COMPLETED
    assert db.session.scalars(select(Chunk.next_at).distinct()).all() == [None]


def test_who_goes_first_is_a_fair_sample_and_not_those_known_longest(database: Session) -> None:
    event = make_event(1000)
    plain = shoot_with(event)
    by_person = select(EmailLog.person_id).where(EmailLog.shoot_id == plain).order_by(EmailLog.seq)
    people = list(db.session.scalars(by_person))
    assert people == sorted(people)
    samples = []
    for _ in range(2):
        shoot_id = shoot_with(event, Canary(10, is_percent=True))
        open_to = get(shoot_id).open_to
        first = db.session.scalars(
            select(EmailLog.person_id).where(EmailLog.shoot_id == shoot_id, EmailLog.seq < open_to)
        ).all()
        assert len(first) == 100
        ranks = [people.index(person) for person in first]
        tenths = [sum(tenth * 100 <= rank < tenth * 100 + 100 for rank in ranks) for tenth in range(10)]
        assert max(tenths) < 40, tenths
        assert sum(tenths[5:]) > 20, tenths
        samples.append(set(first))
    assert samples[0] != samples[1], "the same people would always be the canary"


def test_go_on_now_and_stop_here_are_for_those_who_may_send(app: Flask, database: Session) -> None:
    event = make_event(60)
    shoot_id = shoot_with(event, Canary(20, is_percent=False))
    writer = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event, may_send=False))
    for deed in (go_on_now, stop_here):
        with pytest.raises(ForbiddenError):
            deed(scope=writer, shoot_id=shoot_id)
    assert len(deliver(app)) == 20
    stop_here(scope=SYSTEM, shoot_id=shoot_id)
    shoot = get(shoot_id)
    assert (shoot.state, shoot.state_reason) == ("halted", "Staff stopped it after the first 20 letters.")
    with pytest.raises(ConflictError):
        go_on_now(scope=SYSTEM, shoot_id=shoot_id)
    resume_shoot(scope=SYSTEM, shoot_id=shoot_id)
    assert deliver(app) == [], "it goes on where it was: before its wait"
    go_on_now(scope=SYSTEM, shoot_id=shoot_id)
    with pytest.raises(ConflictError):
        go_on_now(scope=SYSTEM, shoot_id=shoot_id)
    assert len(deliver(app)) == 40
    assert get(shoot_id).state == ShootState.COMPLETED


def test_what_was_put_off_in_the_chunk_at_the_edge_does_not_hold_up_what_opens(
    app: Flask, database: Session
) -> None:
    shoot_id = shoot_with(make_event(100), Canary(30, is_percent=False))
    later = deliver(app, lambda parcel: Outcome(parcel.seq, Verdict.TRY_LATER, 451, "4.7.1 greylisted"))
    assert len(later) == 30
    watch_shoots()
    assert get(shoot_id).canary_until is None, "nothing came of it yet"
    go_on_now(scope=SYSTEM, shoot_id=shoot_id)
    assert len(deliver(app)) == 70
    watch_shoots()


def test_a_closed_rest_is_cancelled_like_any_other(app: Flask, database: Session) -> None:
    shoot_id = shoot_with(make_event(1100), Canary(20, is_percent=False))
    assert len(deliver(app)) == 20
    cancel_shoot(scope=SYSTEM, shoot_id=shoot_id)
    while cancel_next_chunk():
        pass
    db.session.commit()
    assert complete_shoots(shoot_id) == 1
    left = select(func.count()).where(EmailLog.shoot_id == shoot_id, EmailLog.state == "cancelled")
    assert db.session.scalar(left) == 1080
    assert db.session.scalar(select(func.count()).where(EmailLog.next_at == CLOSED)) == 0


def test_a_guard_halts_with_the_numbers_and_forgives_what_a_person_saw(app: Flask, database: Session) -> None:
    shoot_id = shoot_with(make_event(200), halt_percent=20)
    careless = shoot_with(make_event_of_strangers(40), halt_percent=0)
    careful = shoot_with(make_event_of_strangers(40, "q"), Canary(10, is_percent=False), halt_percent=50)
    deliver(app, refusing(every=4))
    keep_open(shoot_id, careless)
    watch_shoots()
    shoot = get(shoot_id)
    assert shoot.state == ShootState.HALTED
    assert "50 of 200 letters had addresses that do not work (25.0 %)" in (shoot.state_reason or "")
    assert "halt at 20 %" in (shoot.state_reason or "")
    assert get(careless).state == ShootState.SENDING
    assert get(careful).state == ShootState.SENDING
    assert get(careful).canary_until is not None
    resume_shoot(scope=SYSTEM, shoot_id=shoot_id)
    assert get(shoot_id).forgiven == {"handed": 200, "failed": 50, "complained": 0}
    watch_shoots()
    assert get(shoot_id).state == ShootState.SENDING, "what was forgiven is not judged again"
    report(careful, "bounced", range(5))
    watch_shoots()
    assert get(careful).state == ShootState.HALTED, "during the wait, by what came back later"
    assert "of the first 10 letters" in (get(careful).state_reason or "")


def test_complaints_halt_whatever_was_chosen(app: Flask, database: Session) -> None:
    shoot_id = shoot_with(make_event(60), halt_percent=0)
    deliver(app)
    keep_open(shoot_id)
    report(shoot_id, "complained", range(1))
    watch_shoots()
    assert get(shoot_id).state == ShootState.SENDING
    report(shoot_id, "complained", range(1, 2))
    watch_shoots()
    assert "2 of 60 letters were reported as spam" in (get(shoot_id).state_reason or "")


def test_brakes_that_cannot_be_are_refused_at_their_field(database: Session) -> None:
    event = make_event(10)
    for canary, percent, field in (
        (Canary(10, is_percent=False), 10, "canary"),
        (Canary(5, is_percent=False, minutes=0), 10, "canary"),
        (None, 101, "halt_at"),
    ):
        with pytest.raises(StaffError) as refused:
            shoot_with(event, canary, halt_percent=percent)
        assert refused.value.field == field
    assert db.session.scalar(select(func.count(Shoot.id))) == 0


def test_a_canary_of_all_that_is_left_is_none(app: Flask, database: Session) -> None:
    event = make_event(30)
    shoot_id = schedule_shoot(
        scope=SYSTEM,
        letter_id=factories.make_letter(event),
        sending=Sending(
            Audience((Choice("registered"),)),
            factories.make_sender().id,
            canary=Canary(20, is_percent=False),
        ),
        constants={"event.name": event.name, "programme.postal_address": "1 Main Street"},
        now=now(),
    )
    with transaction() as session:
        session.add_all(
            Suppression(address=f"p{n}@example.org", reason="manual", detail="") for n in range(10)
        )
    prepare_shoot(shoot_id)
    assert get(shoot_id).open_to is None
    assert len(deliver(app)) == 20


def make_event_of_strangers(number: int, prefix: str = "s") -> Event:
    """Make another event, with people of its own."""
    event = factories.make_event()
    factories.make_people(event, number, prefix=prefix)
    return event


def keep_open(*shoot_ids: int) -> None:
    """Let shoots that are through go on sending, as if they had more to do."""
    with transaction() as session:
        session.execute(
            update(Chunk)
            .where(Chunk.shoot_id.in_(shoot_ids))
            .values(next_at=func.now() + func.make_interval(1))
        )
        session.execute(
            update(Shoot.__table__)
            .where(Shoot.id.in_(shoot_ids))
            .values({"state": "sending", "completed_at": None})
        )

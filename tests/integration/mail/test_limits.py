"""Delivery under limits: rates, hours, quotas and slow domains, as workers obey them beat by beat."""

import time as clock
from collections import Counter
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver import Deliverer
from webapp.mail.actions.deliver_beat import Beater, News, Plan
from webapp.mail.actions.deliver_connections import connections_to
from webapp.mail.actions.deliver_feed import Held
from webapp.mail.actions.deliver_limits import Allowance, Share
from webapp.mail.domain.settling import Settled, take_back
from webapp.mail.domain.states import EmailState
from webapp.mail.esp.memory import MemoryCarrier
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.limits import Bucket, Limit
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.lease import has_due_chunk
from webapp.programme.models.programme import Event

SERVER = "mail.example:25"


class Worker:
    """One worker's beats, without a carrier: letters count as sent as soon as they are marked."""

    def __init__(self, lane: str = "bulk", share: Share | None = None) -> None:
        self.beater = Beater(lane, f"worker-{id(self)}/1", None, Allowance(lane, share, reread=0.0))
        self.held: list[Held] = []
        self.news = News()

    def beat(self, wanted: int = 500, state: EmailState = EmailState.SENT) -> int:
        """Beat once and return how many letters went."""
        outcomes = []
        for held in self.held:
            settled, held.settled = held.settled, []
            outcomes.append((held, settled))
        finished = [held for held in self.held if held.is_exhausted]
        self.news = self.beater.beat(Plan(outcomes, finished=finished, wanted=wanted, may_claim=True))
        self.held = [held for held in self.held if held not in finished]
        self.held += self.news.claimed
        for held, rows, looked_at in self.news.rows:
            held.looked_at = looked_at
            is_sent = state == EmailState.SENT
            held.settled += [Settled(row.seq, state) if is_sent else take_back(row.seq) for row in rows]
        for held in self.news.exhausted:
            held.is_exhausted = True
        return sum(len(rows) for _, rows, _ in self.news.rows)


@pytest.fixture
def event(database: Session) -> Event:
    return factories.make_event()


def shoot_to(event: Event, number: int, **limits: object) -> int:
    """Prepare a shoot to so many people, from a sender with these limits."""
    factories.make_people(event, number, prefix=f"p{event.id}-")
    shoot_id = factories.make_shoot(event, sender=factories.make_sender(**limits))
    prepare_shoot(shoot_id)
    return shoot_id


def put_limit(kind: str, name: str, rate: int | None = None, connections: int | None = None) -> None:
    with transaction() as session:
        session.merge(Limit(kind=kind, name=name, rate_per_minute=rate, connection_count=connections))


def pass_time(seconds: float) -> None:
    """Let so much time pass for all buckets."""
    with transaction() as session:
        session.execute(update(Bucket).values(filled_at=Bucket.filled_at - timedelta(seconds=seconds)))


def sender_of(shoot_id: int) -> Sender:
    db.session.rollback()
    return db.session.get_one(Sender, db.session.get_one(Shoot, shoot_id).sender_id)


def local_now() -> datetime:
    found: datetime = db.session.scalars(select(func.now())).one()
    db.session.rollback()
    return found


def test_two_workers_keep_a_senders_rate_and_a_change_counts_from_the_next_beat(event: Event) -> None:
    shoot_id = shoot_to(event, 1100, rate_per_minute=1200)
    workers = [Worker(), Worker()]
    for worker in workers:
        worker.beat()
    began = clock.monotonic()
    went = 0
    for _ in range(60):
        pass_time(0.5)
        went += sum(worker.beat() for worker in workers)
    expected = 20 * (30 + clock.monotonic() - began)
    assert abs(went - expected) <= 0.02 * expected + 1, f"{went} letters of {expected}"
    assert len(workers[0].held) == len(workers[1].held) == 1, "nobody hoards chunks that cannot be served"
    assert workers[1].news.rest is None or workers[1].news.rest >= 0.2
    with transaction():
        sender_of(shoot_id).rate_per_minute = None
    assert workers[0].beat(300) == 300


def test_a_days_letters_are_counted_and_the_rest_waits_for_the_next_day(event: Event) -> None:
    shoot_id = shoot_to(event, 60, daily_quota=25, window_zone="Pacific/Kiritimati")
    worker = Worker()
    assert [worker.beat(20, EmailState.PENDING), worker.beat(20, EmailState.PENDING)] == [0, 20]
    assert [worker.beat(20), worker.beat(20)] == [5, 20], "what was taken back is no letter of today"
    assert [worker.beat(20), worker.beat(20)] == [0, 0]
    sender = sender_of(shoot_id)
    assert sender.bulk_rest_reason == "quota"
    assert sender.bulk_rest_until is not None
    assert timedelta(0) < sender.bulk_rest_until - local_now() <= timedelta(days=1)
    assert not worker.held
    assert not has_due_chunk("bulk"), "nobody is rung for a sender that rests"


def test_out_of_hours_bulk_letters_rest_while_urgent_ones_go(event: Event) -> None:
    at = local_now()
    begin, end = (at + timedelta(hours=2)).time(), (at + timedelta(hours=4)).time()
    shoot_id = shoot_to(
        event, 3, window_from=begin.replace(microsecond=0), window_to=end.replace(microsecond=0)
    )
    worker = Worker()
    assert [worker.beat(), worker.beat()] == [0, 0]
    sender = sender_of(shoot_id)
    assert sender.bulk_rest_reason == "hours"
    assert sender.bulk_rest_until is not None
    assert abs(sender.bulk_rest_until - at - timedelta(hours=2)) < timedelta(seconds=5)
    assert not has_due_chunk("bulk")
    with transaction():
        db.session.get_one(Shoot, shoot_id).lane = "urgent"
    assert has_due_chunk("urgent")
    assert Worker("urgent").beat() == 3


def test_urgent_letters_borrow_what_bulk_letters_pay(event: Event) -> None:
    shoot_id = shoot_to(event, 100, rate_per_minute=60)
    bulk = Worker()
    assert [bulk.beat(), bulk.beat(), bulk.beat()] == [0, 1, 0]
    other = factories.make_event()
    urgent_id = shoot_to(other, 1)
    with transaction() as session:
        urgent = session.get_one(Shoot, urgent_id)
        urgent.lane, urgent.sender_id = "urgent", session.get_one(Shoot, shoot_id).sender_id
    fast = Worker("urgent")
    assert fast.beat() + fast.beat() == 1
    pass_time(1)
    assert bulk.beat() == 0, "it pays first"


def test_a_slow_domain_holds_nobody_up(app: Flask, event: Event) -> None:
    for number in range(30):
        factories.register(factories.make_person(f"slow{number}@slow.example"), event)
    shoot_id = shoot_to(event, 200)
    put_limit("domain", "slow.example", rate=1200)
    arrived: list[tuple[float, str]] = []
    carrier = MemoryCarrier()
    keep, began = carrier.deliver, clock.monotonic()

    class Watching(MemoryCarrier):
        def deliver(self, parcel):  # type: ignore[no-untyped-def]
            arrived.append((clock.monotonic() - began, parcel.recipient.partition("@")[2]))
            return keep(parcel)

    db.session.remove()
    Deliverer(
        app, Watching(), lane="bulk", owner="w/1", must_stop=lambda: clock.monotonic() - began > 8
    ).run()
    count = Counter(domain for _, domain in arrived)
    assert count == {"example.org": 200, "slow.example": 30}
    others = max(at for at, domain in arrived if domain == "example.org")
    slow = [at for at, domain in arrived if domain == "slow.example"]
    assert others < 1 < slow[-1] - slow[0] < 4, "30 letters at 20 a second, from an empty bucket"
    rows = db.session.execute(
        select(EmailLog.state, func.max(EmailLog.attempt))
        .where(EmailLog.shoot_id == shoot_id)
        .group_by("state")
    )
    assert [tuple(row) for row in rows] == [("sent", 1)], "to wait for a turn is no try"


def test_a_servers_rate_and_connections_are_shared(event: Event) -> None:
    shoot_to(event, 300)
    put_limit("server", SERVER, rate=600, connections=4)
    workers = [Worker(share=Share(SERVER, f"w{n}", 4)) for n in (1, 2)]
    for worker in workers:
        worker.beat()
    pass_time(5)
    assert sum(worker.beat() for worker in workers) in range(11, 16), (
        "one second's worth, however long it rested"
    )
    with connections_to(SERVER, 8, owner="w1/a", lane="bulk") as (first, most):
        assert most == 3, "one is left for letters in a hurry"
        with connections_to(SERVER, 8, owner="w2/a", lane="bulk") as (_, none):
            assert none == 0
        with connections_to(SERVER, 8, owner="u1/a", lane="urgent") as (_, urgent):
            assert urgent == 1
    with connections_to(SERVER, 8, owner="w1/b", lane="bulk") as (_, fair):
        assert fair == 1, "another one waits"
    with connections_to("free.example:25", 8, owner="w1/c", lane="bulk") as (share, free):
        assert (free, share.most) == (8, None)
    put_limit("server", SERVER, connections=2)
    allowance = Allowance("bulk", first, reread=0.0)
    allowance.open([], 0)
    assert allowance.is_outdated

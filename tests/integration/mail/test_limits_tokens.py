"""Tokens in the database: shared exactly by workers that take at once, however long ago the bucket was filled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.limits import Bucket
from webapp.mail.queries.limits_tokens import (
    Asking,
    get_used_today,
    give_back_tokens,
    make_buckets,
    take_tokens,
)

BORROWED = "server:mail.example:25"
KEYS = ("sender:1", "server:mail.example:25", "domain:slow.example")


def age(seconds: float, key: str = "sender:1") -> None:
    """Let so much time pass for a bucket."""
    with transaction() as session:
        session.execute(
            update(Bucket)
            .where(Bucket.key == key)
            .values(filled_at=Bucket.filled_at - timedelta(seconds=seconds))
        )


def test_two_workers_get_a_minute_of_letters_in_a_minute(app: Flask, database: Session) -> None:
    """120 looks of two workers at once, half a second of the bucket's time before each pair."""
    rate = 6000
    with transaction():
        make_buckets(KEYS)

    def take(order: int) -> int:
        keys = (
            KEYS if order else KEYS[::-1]
        )  # asked in opposite orders: they must not wait for each other for ever
        with app.app_context():
            with transaction():
                given = take_tokens([Asking(key, 500, rate) for key in keys])
            db.session.remove()
        return given["sender:1"].count

    got = 0
    with transaction() as session:
        began = session.scalar(func.clock_timestamp())
    with ThreadPoolExecutor(2) as workers:
        for _ in range(120):
            age(0.5)
            got += sum(workers.map(take, (0, 1)))
    with transaction() as session:
        passed = 60 + (session.scalar(func.clock_timestamp()) - began).total_seconds()
    expected = rate / 60 * passed
    assert abs(got - expected) <= 0.02 * expected, f"{got} letters in {passed} s"


def test_tokens_are_given_back_borrowed_and_counted_by_the_day(database: Session) -> None:
    today, tomorrow = date(2026, 11, 21), date(2026, 11, 22)
    with transaction():
        make_buckets(KEYS)
        assert take_tokens([Asking("sender:1", 5, day=today, quota=8)])["sender:1"].count == 5
        second = take_tokens([Asking("sender:1", 5, day=today, quota=8)])["sender:1"]
        assert (second.count, second.used_today) == (3, 8)
        give_back_tokens({"sender:1": 2}, {"sender:1": today})
        assert get_used_today(1, today) == 6
        assert take_tokens([Asking("sender:1", 5, day=today)])["sender:1"].count == 5, (
            "urgent: counted, not bound"
        )
        assert take_tokens([Asking("sender:1", 5, day=today, quota=8)])["sender:1"].count == 0
        assert take_tokens([Asking("sender:1", 5, day=tomorrow, quota=8)])["sender:1"].count == 5
        give_back_tokens({"sender:1": 2}, {"sender:1": today})
        assert get_used_today(1, tomorrow) == 5, "what was counted for yesterday is no letter of today"
    slow = Asking(BORROWED, 5, rate_per_minute=6)
    with transaction():
        assert take_tokens([slow])[BORROWED].count == 1, "the first need not wait"
        none = take_tokens([slow])[BORROWED]
        assert none.count == 0
        assert 0 < none.seconds <= 10
        assert take_tokens([Asking(BORROWED, 5, 6, may_borrow=True)])[BORROWED].count == 1
    age(10, BORROWED)
    with transaction():
        assert take_tokens([slow])[BORROWED].count == 0, "first what was borrowed is paid"
    age(10, BORROWED)
    with transaction():
        assert take_tokens([slow])[BORROWED].count == 1
        assert take_tokens([Asking("nobody", 5, 6)]) == {}


def test_letters_put_back_stand_in_line(database: Session) -> None:
    asked = Asking("domain:slow.example", 10, 60, spread=0.8)
    with transaction():
        make_buckets(KEYS)
        first = take_tokens([asked])["domain:slow.example"]
        second = take_tokens([asked])["domain:slow.example"]
    assert first.line_seconds < 0.1
    assert 6.5 < second.line_seconds <= 7.2, "nine letters before them"

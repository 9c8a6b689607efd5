"""What /healthz says: well only with a ticker and a worker in each lane, and otherwise by name what is missing."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from tests.integration.web.visiting import Visitor
from webapp.app import create_app
from webapp.core.heartbeat import Heartbeat, beat
from webapp.core.transaction import transaction
from webapp.settings import read_settings

EVERYBODY = {"t": "ticker", "u": "worker_urgent", "b1": "worker_bulk", "b2": "worker_bulk"}


@pytest.fixture
def visitor(app: Flask, database: Session) -> Visitor:
    """A monitor, beside everything that should run."""
    with transaction():
        for name, kind in EVERYBODY.items():
            beat(name, kind)
    return Visitor(app)


def fall_behind(kind: str, seconds: int) -> None:
    """Let the last sign of life of all processes of a kind be so long ago."""
    with transaction() as session:
        session.execute(
            update(Heartbeat)
            .where(Heartbeat.kind == kind)
            .values(seen_at=func.now() - timedelta(seconds=seconds))
        )


def test_all_is_well_and_each_lane_says_how_many(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["ok"], answer.json["missing"]) == (True, [])
    assert answer.json["workers"] == {"urgent": 1, "bulk": 2}
    assert (answer.json["database"], answer.json["queue"]) == (True, True)
    assert 0 <= answer.json["ticker_age"] < 15


@pytest.mark.parametrize(
    ("kind", "workers"),
    [
        ("worker_urgent", {"urgent": 0, "bulk": 2}),
        ("worker_bulk", {"urgent": 1, "bulk": 0}),
        ("ticker", {"urgent": 1, "bulk": 2}),
    ],
)
def test_what_fell_silent_is_named(visitor: Visitor, kind: str, workers: dict[str, int]) -> None:
    fall_behind(kind, 60)
    answer = visitor.get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert (answer.json["ok"], answer.json["missing"], answer.json["workers"]) == (False, [kind], workers)


def test_a_worker_in_the_middle_of_its_fifteen_seconds_is_alive(visitor: Visitor) -> None:
    for lane in ("urgent", "bulk"):
        fall_behind(f"worker_{lane}", 20)
    assert visitor.get("/healthz").status_code == 200


def test_where_nothing_ever_ran_all_of_it_is_named(app: Flask, database: Session) -> None:
    answer = Visitor(app).get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["missing"] == ["ticker", "worker_urgent", "worker_bulk"]
    assert (answer.json["ticker_age"], answer.json["workers"]) == (None, {"urgent": 0, "bulk": 0})


def test_a_database_and_a_queue_that_are_gone_are_named(services_environment: dict[str, str]) -> None:
    nowhere = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
    settings = {**services_environment, **nowhere, "SMTP_URL": "memory:"}
    answer = Visitor(create_app(read_settings(settings, services_file=None))).get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["missing"] == ["database", "queue", "ticker", "worker_urgent", "worker_bulk"]

"""Whether everything that Postroom needs is there: for load balancers, monitors and people."""

from datetime import timedelta

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.database import db
from webapp.core.heartbeat import Heartbeat
from webapp.mail.domain.states import Lane
from webapp.mail.queries.stop_all import find_stop
from webapp.web.extensions import limiter

blueprint = Blueprint("health", __name__)

ALIVE = timedelta(seconds=45)  # an idle worker gives a sign of life every fifteen seconds
TICKER_ALIVE = 15.0  # seconds


@blueprint.get("/healthz")
@limiter.exempt  # type: ignore[untyped-decorator]  # published without types
def show() -> ResponseReturnValue:
    """Answer with the state of database, queue, ticker and each lane's workers; 503 names what is missing.

    That somebody stopped all letters is told and is no fault: ``stopped_all_since`` says since when.
    """
    has_database, ticker_age, workers = True, None, {lane.value: 0 for lane in Lane}
    stop = None
    try:
        ticker_age = _ticker_age()
        workers.update(_count_workers())
        stop = find_stop()
    except SQLAlchemyError:
        db.session.rollback()
        has_database = False
    has_queue = bool(current_app.extensions["bell"].is_heard())
    is_there = {
        "database": has_database,
        "queue": has_queue,
        "ticker": ticker_age is not None and ticker_age < TICKER_ALIVE,
        **{f"worker_{lane}": count > 0 for lane, count in workers.items()},
    }
    missing = [name for name, there in is_there.items() if not there]
    report = {
        "ok": not missing,
        "missing": missing,
        "database": has_database,
        "queue": has_queue,
        "ticker_age": ticker_age,
        "workers": workers,
        "stopped_all_since": stop.at.isoformat() if stop else None,
    }
    return jsonify(report), 503 if missing else 200


def _ticker_age() -> float | None:
    """Return how many seconds ago a ticker gave a sign of life, None where none ever did."""
    age = func.extract("epoch", func.now() - func.max(Heartbeat.seen_at))
    found = db.session.scalar(select(age).where(Heartbeat.kind == "ticker"))
    return None if found is None else round(float(found), 1)


def _count_workers() -> dict[str, int]:
    """Return how many workers are alive in each lane that has any."""
    rows = db.session.execute(
        select(Heartbeat.kind, func.count())
        .where(
            Heartbeat.kind.in_([f"worker_{lane}" for lane in Lane]), Heartbeat.seen_at > func.now() - ALIVE
        )
        .group_by(Heartbeat.kind)
    )
    return {kind.removeprefix("worker_"): count for kind, count in rows}

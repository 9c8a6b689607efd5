"""Whether everything that Postroom needs is there: for load balancers, monitors and people."""

from datetime import timedelta

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.database import db
from webapp.core.heartbeat import Heartbeat
from webapp.web.extensions import limiter

blueprint = Blueprint("health", __name__)

ALIVE = timedelta(seconds=45)  # an idle worker gives a sign of life every fifteen seconds
TICKER_ALIVE = 15.0  # seconds


@blueprint.get("/healthz")
@limiter.exempt  # type: ignore[untyped-decorator]  # published without types
def show() -> ResponseReturnValue:
    """Answer with the state of database, queue, ticker and workers; 503 when one is missing."""
    report: dict[str, object] = {
        "database": False,
        "queue": _queue_answers(),
        "ticker_age": None,
        "workers": {},
    }
    try:
        age = func.extract("epoch", func.now() - func.max(Heartbeat.seen_at))
        ticker = db.session.scalar(select(age).where(Heartbeat.kind == "ticker"))
        workers = db.session.execute(
            select(Heartbeat.kind, func.count())
            .where(Heartbeat.kind != "ticker", Heartbeat.seen_at > func.now() - ALIVE)
            .group_by(Heartbeat.kind)
        ).all()
        report["database"] = True
        report["ticker_age"] = None if ticker is None else round(float(ticker), 1)
        report["workers"] = {kind.removeprefix("worker_"): count for kind, count in workers}
    except SQLAlchemyError:
        db.session.rollback()
    age_now = report["ticker_age"]
    is_well = bool(
        report["database"]
        and report["queue"]
        and isinstance(age_now, float)
        and age_now < TICKER_ALIVE
        and report["workers"]
    )
    report["ok"] = is_well
    return jsonify(report), 200 if is_well else 503


def _queue_answers() -> bool:
    """Say whether the queue's server answers."""
    bell = current_app.extensions["bell"]
    return bool(bell.is_heard())

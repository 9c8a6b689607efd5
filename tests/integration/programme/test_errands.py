"""What the ticker does every few seconds for those who wait."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_newsletter import make_list, make_message, subscribe_person
from webapp.core.clock import now
from webapp.core.database import db
from webapp.jobs.errands import run_errands


def test_what_waits_is_done_four_times_a_minute(app: Flask, database: Session) -> None:
    event = factories.make_event()
    message = make_message(event)
    pending = subscribe_person(make_list(event.programme), state="pending")
    factories.make_sender()
    quarter = datetime.fromtimestamp(((now() + timedelta(minutes=2)).timestamp()) // 60 * 60, UTC)
    for moment, state, asked in (
        (quarter + timedelta(seconds=7), "received", 0),
        (quarter + timedelta(seconds=15), "forwarded", 1),
        (quarter + timedelta(seconds=30), "forwarded", 1),
    ):
        run_errands(moment)
        db.session.expire_all()
        assert (message.state, pending.asked_count) == (state, asked)

"""The ticker: a small process that finds what is due, frees what was dropped, and rings for it."""

import os
import signal
import socket
from contextlib import suppress
from types import FrameType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ticker_app import app
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.heartbeat import beat, fall_silent
from webapp.core.stopping import StopWish
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.jobs.due import has_due_chore
from webapp.jobs.errands import run_errands
from webapp.jobs.queues import QUEUES
from webapp.jobs.rules import tick_rules
from webapp.mail.actions.deliver_aftermath import settle_left_journals
from webapp.mail.actions.schedule_brakes import watch_shoots
from webapp.mail.queries.deliver_aftermath import free_lapsed_chunk
from webapp.mail.queries.lease import has_due_chunk
from webapp.mail.queries.outbox import release_held
from webapp.mail.queries.schedule import (
    cancel_next_chunk,
    complete_shoots,
    find_lanes_with_preparing,
    sample_shoots,
    start_due_shoots,
)
from webapp.programme.actions.attend_rsvp import expire_rsvps
from webapp.programme.queries.wave import release_waves

log = structlog.get_logger()

TICK = 1.0  # seconds
NAME = f"ticker.{socket.gethostname()}.{os.getpid()}"
CHUNKS_A_TICK = 200  # how many chunks are freed or cancelled at most before the next look at the clock


def tick() -> None:
    """Do what time alone causes; every step is safe when two tickers do it at once."""
    with transaction():
        lanes = set(start_due_shoots()) | set(release_held())
        release_waves()
    settle_left_journals(app.extensions["settings"].journal_folder)
    for _ in range(CHUNKS_A_TICK):
        with transaction():
            if free_lapsed_chunk() is None:
                break
    for _ in range(CHUNKS_A_TICK):
        with transaction():
            if not cancel_next_chunk():
                break
    expire_rsvps(now())
    run_errands(now())
    watch_shoots()
    with transaction():
        sample_shoots()
        complete_shoots()
        beat(NAME, "ticker")
    tick_rules()
    lanes |= set(find_lanes_with_preparing())
    lanes |= {lane for lane in QUEUES if has_due_chunk(lane)}
    if has_due_chore():
        lanes.add("bulk")
    for lane in sorted(lanes):
        wake(lane)


def main() -> None:
    """Tick until asked to stop; a database that is away is waited for."""
    stopping = StopWish()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.make()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping.is_made():
        with app.app_context():
            try:
                tick()
            except SQLAlchemyError as error:
                log.warning("tick failed", error=type(error).__name__)
                db.session.rollback()
            finally:
                db.session.remove()
        stopping.wait(TICK)
    with app.app_context(), suppress(SQLAlchemyError), transaction():
        fall_silent(NAME)


if __name__ == "__main__":
    main()

"""A worker: an RQ worker of one queue that tells its job to finish early when it is asked to stop."""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq import Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.database import db
from webapp.core.heartbeat import beat, fall_silent
from webapp.core.stopping import STOPS, StopWish, stops_wait
from webapp.core.transaction import transaction
from webapp.jobs import slices
from webapp.jobs.queues import QUEUES, connect
from webapp.mail.actions.deliver_aftermath import settle_left_journals
from worker_app import app

log = structlog.get_logger()
AGAIN = 1.0  # seconds until a Redis that is away is looked for again
WORKER_TTL = 30  # seconds: an idle worker gives a sign of life at half of it


class PostroomWorker(Worker):  # type: ignore[misc]  # rq is followed without types
    """RQ's forking worker with signs of life in the database and a polite way to stop."""

    max_connection_wait_time = (
        5.0  # seconds between two looks for a Redis that is away; RQ's default is a minute
    )

    @property
    def is_asked_to_stop(self) -> bool:
        """Say whether a signal asked for the end of this worker."""
        return self._shutdown_requested_date is not None

    def maintain_heartbeats(self, job: Job) -> None:
        """Tell RQ that the job lives; a Redis that is away does not concern the letters that go out meanwhile."""
        with suppress(RedisError):
            super().maintain_heartbeats(job)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Give a sign of life to RQ, and to the database, which does not forget when Redis is emptied."""
        super().heartbeat(timeout, pipeline)
        self.tell_database()

    def tell_database(self) -> None:
        """Write the sign of life; a database that is down must not stop a worker, so it is only logged."""
        with stops_wait():
            try:
                with transaction():
                    beat(
                        self.name, f"worker_{self.queues[0].name}", host=socket.gethostname(), pid=os.getpid()
                    )
            except SQLAlchemyError as error:
                log.warning("no sign of life", worker=self.name, error=type(error).__name__)
            finally:
                db.session.remove()

    def leave_database(self) -> None:
        """Take the sign of life away, so that nobody counts a worker that has gone."""
        try:
            with transaction():
                fall_silent(self.name)
        except SQLAlchemyError as error:
            log.warning("sign of life stays", worker=self.name, error=type(error).__name__)

    def handle_warm_shutdown_request(self) -> None:
        """Ask the job that is running to finish what it holds in its hands and hand back the rest."""
        if self.horse_pid:
            self.kill_horse(signal.SIGTERM)

    def setup_work_horse_signals(self) -> None:
        """In the job's process: being asked to stop is a wish to be noticed, not an end in mid-letter."""

        def finish(_signal: int, _frame: FrameType | None) -> None:
            slices.ask_to_stop()

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, finish)
        if self._stop_requested:  # it came between the fork and these lines
            slices.ask_to_stop()

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
        """Settle at once what the job's process left in its journal, instead of waiting for its leases to lapse."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)
        self.settle_journals()

    def settle_journals(self) -> None:
        """Settle what workers that died on this host left; a database that is down has it settled later."""
        with stops_wait():
            try:
                settle_left_journals(app.extensions["settings"].journal_folder)
            except SQLAlchemyError as error:
                log.warning("journals not settled yet", error=type(error).__name__)
            finally:
                db.session.remove()

    def main_work_horse(self, job: Job, queue: Any) -> None:
        """Start the job's process with connections of its own: those of the parent may not be shared."""
        db.engine.dispose(close=False)
        os.environ["POSTROOM_WORKER"] = self.name
        super().main_work_horse(job, queue)


def work_until_redis_goes(lane: str) -> bool:
    """Work in one lane.

    Returns:
        Whether it was asked to stop; else its Redis went away, or lost everything it knew of us.
    """
    worker: PostroomWorker | None = None
    try:
        worker = PostroomWorker(
            [lane],
            connection=connect(app.extensions["settings"].redis_url),
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            job_monitoring_interval=5,
            log_job_description=False,
        )
        worker.tell_database()
        worker.settle_journals()
        gc.collect()
        gc.freeze()  # nothing of it is ever garbage; a job's process that never looks through it goes on sharing it
        worker.work(with_scheduler=False, logging_level="WARNING")
    except RedisError as error:
        log.warning("Redis is away", error=type(error).__name__)
    finally:
        if worker is not None:
            worker.leave_database()
    return worker is not None and worker.is_asked_to_stop


def main(lane: str) -> None:
    """Work in one lane until asked to stop; a Redis that is away is waited for."""
    if lane not in QUEUES:
        sys.exit(f"There is no queue “{lane}”. There are: {', '.join(QUEUES)}.")
    stopping = StopWish()
    with app.app_context():
        while not stopping.is_made() and not work_until_redis_goes(lane):
            for number in STOPS:  # until a new worker puts its own handlers there
                signal.signal(number, lambda _signal, _frame: stopping.make())
            stopping.wait(AGAIN)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")

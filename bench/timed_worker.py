"""A worker that also tells how much CPU of each job's process was our own work, so that the rest is the queue's."""

import sys
import time
from collections.abc import Callable

import structlog

from webapp.jobs import tasks, worker

log = structlog.get_logger()


def timed(work: Callable[[str], None]) -> Callable[[str], None]:
    """Return a job that logs the CPU which its process has used from its beginning to its end, all threads."""

    def run(lane: str) -> None:
        began = time.process_time()
        try:
            work(lane)
        finally:
            log.info("slice worked", cpu=time.process_time() - began)

    return run


if __name__ == "__main__":
    setattr(tasks, tasks.work.__name__, timed(tasks.work))  # jobs find it here by its name
    worker.main(sys.argv[1])

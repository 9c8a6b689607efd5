"""The bell that wakes a worker: it says that there is work in a lane, never which."""

import structlog
from redis.exceptions import RedisError

from webapp.jobs.queues import connect, open_queue

log = structlog.get_logger()

WAITING = 2  # rings that may wait in a queue; more would only find nothing left to do
JOB_TIMEOUT = 600  # seconds; a job ends by itself after its slice, this is for one that hangs
FAILURE_TTL = 86_400  # seconds; RQ's default is a year


class Bell:
    """Rings for lanes.

    Args:
        redis_url: where the queues are.
    """

    def __init__(self, redis_url: str) -> None:
        self._connection = connect(redis_url)

    def ring(self, lane: str) -> None:
        """Ring for a lane unless enough rings wait; a failure is only logged: the ticker rings again."""
        try:
            queue = open_queue(lane, self._connection)
            if queue.count < WAITING:
                queue.enqueue(
                    "webapp.jobs.tasks.work",
                    lane,
                    job_timeout=JOB_TIMEOUT,
                    result_ttl=0,
                    failure_ttl=FAILURE_TTL,
                )
        except (RedisError, OSError) as error:
            log.warning("bell not heard", lane=lane, error=type(error).__name__)

    def is_heard(self) -> bool:
        """Say whether the queue server answers."""
        try:
            return bool(self._connection.ping())
        except (RedisError, OSError):
            return False

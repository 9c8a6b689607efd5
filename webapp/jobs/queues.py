"""The queues: one a lane; a worker listens on exactly one (on two, one that died lost a job for good)."""

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from webapp.mail.domain.states import Lane

QUEUES = tuple(lane.value for lane in Lane)


def connect(redis_url: str) -> Redis:
    """Return a connection that gives up soon: whoever rings must not hang with a Redis that is gone."""
    return Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=15)


def open_queue(name: str, connection: Redis) -> Queue:
    """Return the queue of a lane; jobs are JSON, so nothing read from Redis can run code."""
    return Queue(name, connection=connection, serializer=JSONSerializer)

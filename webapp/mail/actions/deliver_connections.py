"""Share the connections to a mail server out among all workers, where there is a limit to them."""

from collections.abc import Iterator
from contextlib import contextmanager

from webapp.core.transaction import transaction
from webapp.mail.actions.deliver_limits import Share
from webapp.mail.domain.limits import connection_share
from webapp.mail.domain.states import Lane
from webapp.mail.queries.connection_shares import (
    count_other_shares,
    drop_share,
    lock_connection_limit,
    put_share,
)


@contextmanager
def connections_to(server: str, wanted: int, *, owner: str, lane: str) -> Iterator[tuple[Share, int]]:
    """Keep connections to a server for as long as the block lasts.

    Args:
        server: ``host:port``.
        wanted: how many at most.
        owner: the name of the slice.
        lane: whose letters.

    Yields:
        What delivery renews, and how many connections it may open; 0 when all are in other hands.
    """
    with transaction():
        most = lock_connection_limit(server)
        count = wanted
        if most is not None:
            others, kept = count_other_shares(server, owner.partition("/")[0])
            count = connection_share(most, wanted, others=others, kept=kept, is_urgent=lane == Lane.URGENT)
            put_share(server, owner.partition("/")[0], count)
    share = Share(server, owner.partition("/")[0], most)
    try:
        yield share, count
    finally:
        if most is not None and count:
            with transaction():
                drop_share(server, share.owner)

"""How the tests of carriers carry: a whole run, with a bound."""

import asyncio
import socket
from collections.abc import Iterable

from tests.doubles.feed import ListFeed, Outcomes
from webapp.mail.domain.parcel import Parcel
from webapp.mail.esp.base import Carrier, open_carrier

LONGEST_SECONDS = 15.0


def free_port() -> int:
    """Return a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def carry_all(carrier: str | Carrier, parcels: Iterable[Parcel]) -> Outcomes:
    """Carry these letters; every one that was taken, and no other, is settled exactly once."""
    opened = open_carrier(carrier) if isinstance(carrier, str) else carrier
    feed, outcomes = ListFeed(parcels), Outcomes()

    async def run() -> None:
        async with asyncio.timeout(LONGEST_SECONDS):
            await opened.carry(feed, outcomes.settle)

    asyncio.run(run())
    assert sorted(outcomes.by_seq) == sorted(feed.taken)
    return outcomes

"""Fault 4: all sessions of the database are terminated again and again, then no new ones are let in for a while."""

from collections.abc import Callable

import psycopg

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.probes import connect

TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


def limit_to(keeper: psycopg.Connection[tuple[object, ...]], number: int) -> None:
    """Let so many sessions of our role into the database; -1 is any number."""
    keeper.execute(f"ALTER DATABASE postroom CONNECTION LIMIT {number}")


def repeat(world: World, times: int, call: Callable[[], object]) -> None:
    """Do something so many times, spread over the first half of the shoot."""
    for number in range(times):
        world.wait_share((number + 1) / (2 * times))
        call()
        world.strike()


@register_fault("database_sessions", number=4, small=2000)
def terminate_sessions(world: World) -> Bounds:
    """Terminate every session in mid-statement; then reach the limit of connections for some seconds."""
    times = 4 if world.is_small else 20
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(times * 0.8 + 3, workers=2))
    world.start(workers=2)
    with connect(world.grounds.postgres.url) as keeper:
        repeat(world, times, lambda: keeper.execute(TERMINATE))
        limit_to(keeper, 0)
        try:
            keeper.execute(TERMINATE)
            world.rest(2.0)
        finally:
            limit_to(keeper, -1)
        world.strike()
    world.finish()
    return Bounds(uncertain=0)

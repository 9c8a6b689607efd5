"""Fault 2: workers are asked to stop in mid-shoot, one after the other, while a migration runs."""

from sqlalchemy import text

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from webapp.core.database import db

# What a migration does to the busiest table: it takes the lock that excludes everybody, for a moment.
_MIGRATION = (
    "ALTER TABLE email_logs ADD COLUMN IF NOT EXISTS fault_column integer",
    "ALTER TABLE email_logs DROP COLUMN IF EXISTS fault_column",
)


@register_fault("worker_stopped", number=2, small=2000)
def restart_rolling(world: World) -> Bounds:
    """Ask each worker to stop, start its successor, and migrate meanwhile; no letter may be in doubt."""
    restarts = 4 if world.is_small else 20
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(restarts * 1.0, workers=2))
    workers = world.start(workers=2)
    for number in range(restarts):
        world.wait_share((number + 1) / (restarts + 2))
        workers[0].send_signal(15)
        world.strike()
        with db.engine.begin() as connection:
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text(_MIGRATION[number % 2]))
        workers.append(world.machinery.start_worker("bulk"))
        assert workers.pop(0).wait(15) == 0, "a worker that is asked to stop ends well"
    world.finish()
    return Bounds(uncertain=0)

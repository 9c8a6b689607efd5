"""Fault 4: PostgreSQL is stopped immediately and restarted, without a word to anybody."""

import os
import signal

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.mail.actions.deliver import LARGEST_WINDOW


@register_fault("database_stopped", number=4, small=2000)
def stop_database(world: World) -> Bounds:
    """Stop it in mid-shoot as ``pg_ctl stop -m immediate`` does; workers and ticker come back by themselves."""
    stops = 2 if world.is_small else 5
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(stops * 3, workers=2))
    world.start(workers=2)
    postgres = world.grounds.postgres
    for number in range(stops):
        world.wait_share((number + 1) / (stops + 2))
        assert postgres.process_id is not None
        os.kill(postgres.process_id, signal.SIGQUIT)
        wait_until(lambda: not postgres.is_running, every=0.01, what="PostgreSQL to stop")
        postgres.start()
        world.strike()
        world.wait_for_more(20)
    world.finish()
    return Bounds(uncertain=stops * 2 * 2 * LARGEST_WINDOW)

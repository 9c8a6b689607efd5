"""Fault 3: Redis is killed and comes back empty, three times; it only ever wakes workers."""

import shutil

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World


def restart_empty(world: World, seconds: float) -> None:
    """Kill Valkey, throw its data away, and start it again after a while."""
    valkey = world.grounds.valkey
    valkey.kill()
    shutil.rmtree(valkey.folder / "data")
    world.rest(seconds)
    valkey.start()
    world.strike()


@register_fault("redis_lost", number=3, small=2500)
def lose_redis(world: World) -> Bounds:
    """Kill and empty it in mid-shoot; letters go on, or resume within seconds of its return."""
    world.audience = world.letters
    world.make_shoot()
    outages = (0.0, 0.0, 3.0) if world.is_small else (0.0, 0.0, 60.0)
    world.play(latency=world.latency_for(sum(outages) + 20, workers=2))
    world.start(workers=2)
    for number, seconds in enumerate(outages):
        world.wait_share((number + 1) / (len(outages) + 3))
        restart_empty(world, seconds)
        world.wait_for_more(15)
    world.finish()
    return Bounds(uncertain=0)

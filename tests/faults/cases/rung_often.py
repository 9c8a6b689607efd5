"""Fault 7: the same job is delivered ten times, to many workers, with two tickers."""

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from webapp.jobs.queues import connect, open_queue


@register_fault("rung_often", number=7, small=2500)
def ring_often(world: World) -> Bounds:
    """Let all workers ring one shoot at once, before and after it is frozen; it goes out once."""
    world.audience = world.letters
    world.play(latency=0.005)
    world.start(workers=4 if world.is_small else 10, tickers=2)
    world.make_shoot()
    queue = open_queue("bulk", connect(world.grounds.valkey.url))
    for share in (0.0, 0.3):
        world.wait_share(share)
        for _ in range(10):
            queue.enqueue("webapp.jobs.tasks.work", "bulk", job_timeout=600, result_ttl=0)
    world.finish()
    return Bounds(uncertain=0)

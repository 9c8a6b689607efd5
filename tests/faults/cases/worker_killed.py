"""Fault 1: workers are killed in mid-letter, with their children and without."""

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from webapp.mail.actions.deliver import LARGEST_WINDOW


@register_fault("worker_killed", number=1, small=2500)
def kill_workers(world: World) -> Bounds:
    """Kill random workers, each replaced at once; every second time its child goes on as an orphan."""
    kills = 2 if world.is_small else 20
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(kills * 2.0, workers=2))
    workers = world.start(workers=2)
    for number in range(kills):
        world.wait_share((number + 1) / (kills + 2))
        victim = workers.pop(world.random.randrange(len(workers)))
        world.kill(victim, with_children=number % 2 == 0)
        world.strike()
        workers.append(world.machinery.start_worker("bulk"))
    world.finish()
    with_children = (kills + 1) // 2  # an orphan leaves nothing in doubt
    return Bounds(uncertain=with_children * 2 * LARGEST_WINDOW)

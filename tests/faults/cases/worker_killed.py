"""Fault 1: workers are killed in mid-letter, with their children and without."""

import shutil

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import CONNECTIONS, World
from webapp.mail.actions.deliver import LARGEST_WINDOW
from webapp.mail.queries.lease import LEASE


@register_fault("worker_killed", number=1, small=2500)
def kill_workers(world: World) -> Bounds:
    """Kill random workers, each replaced at once; every second time its child goes on as an orphan."""
    kills = 6 if world.is_small else 20
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(kills * 1.0, workers=2))
    workers = world.start(workers=2)
    for number in range(kills):
        world.wait_share((number + 1) / (kills + 2))
        victim = workers.pop(world.random.randrange(len(workers)))
        world.kill(victim, with_children=number % 2 == 0)
        world.strike()
        workers.append(world.machinery.start_worker("bulk"))
    world.finish()
    with_children = (kills + 1) // 2  # an orphan leaves nothing in doubt
    return Bounds(uncertain=with_children * CONNECTIONS)


@register_fault("host_lost", number=1, small=1000)
def lose_host(world: World) -> Bounds:
    """Kill all workers at once and take their journals away, as if their host had burnt down; another host goes on."""
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(3, workers=2))
    workers = world.start(workers=2)
    world.wait_share(0.4)
    for worker in workers:
        world.kill(worker)
    assert list(world.machinery.journals.rglob("*.journal")), "there must have been journals to lose"
    shutil.rmtree(world.machinery.journals)
    world.strike()
    world.machinery.start_worker("bulk")
    world.finish()
    return Bounds(uncertain=len(workers) * 2 * LARGEST_WINDOW, resume=LEASE.total_seconds() + 10)

"""Fault 8: a worker stands still for longer than its lease and then goes on as if nothing had happened."""

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.mail.actions.deliver import LARGEST_WINDOW
from webapp.mail.queries.lease import LEASE


@register_fault("worker_frozen", number=8, small=1500)
def freeze_worker(world: World) -> Bounds:
    """Stop a worker past its lease while another takes over, and continue it: its late results are refused."""
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(6, workers=2))
    workers = world.start(workers=2)
    world.wait_share(0.3)
    world.freeze(workers[0])
    world.strike()
    wait_until(
        lambda: world.count_states().get("uncertain", 0) or world.is_done(),
        seconds=LEASE.total_seconds() + 10,
        what="the frozen worker's letters to be listed",
    )
    world.freeze(workers[0], goes_on=True)
    world.finish()
    return Bounds(uncertain=2 * LARGEST_WINDOW)

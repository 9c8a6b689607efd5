"""Fault 15: workers on hosts of their own share nothing but the services, and one of them is cut off from these."""

import time

from sqlalchemy import func, select

from tests.faults.fault import Bounds, register_fault
from tests.faults.hosts import Host, can_have_networks
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.mail.actions.deliver import LARGEST_WINDOW
from webapp.mail.models.shoot import Chunk
from webapp.mail.queries.lease import LEASE

SOON = LEASE.total_seconds() + 5  # seconds within which others go on with what the lost host held
AFTERWARDS = 5  # one letter of so many belongs to a shoot that the returned host delivers alone


@register_fault("host_cut_off", number=15, small=1500)
def cut_off_host(world: World) -> Bounds:
    """Cut a host off in mid-shoot until the others are through, then let it return and deliver a shoot alone."""
    world.audience = world.letters
    later = world.letters // AFTERWARDS
    world.make_shoot(world.make_event(world.letters - later))
    world.play(latency=world.latency_for(2, workers=2))
    has_network = can_have_networks()
    world.notes["hosts"] = "network namespaces" if has_network else "homes of their own, one network"
    world.machinery.start_ticker()
    lost, other = (Host(world, number, has_network=has_network) for number in range(2))
    wait_until(lambda: count_owners() == 2, seconds=30, every=0.02, what="both hosts to hold letters")
    world.wait_accepted(world.ledger.count + later // 2)
    lost.unplug()
    world.strike()
    cut_at = time.monotonic()
    wait_until(lambda: world.count_states().get("uncertain", 0), seconds=SOON, what="the lost host's letters")
    world.notes["freed_after"] = round(time.monotonic() - cut_at, 1)
    world.play()
    world.finish()
    assert world.ledger.longest_gap() < SOON, "the other host goes on with what the lost one held"
    lost.plug()
    world.strike()
    other.stop_worker()
    world.make_shoot(world.make_event(later, prefix="q"))
    world.finish()
    wait_until(
        lambda: lost.has_said("late results refused", "journal settled"),
        what="its late results to be refused",
    )
    lost.stop_worker()
    return Bounds(uncertain=2 * LARGEST_WINDOW)


def count_owners() -> int:
    """Return how many workers hold chunks."""
    db.session.rollback()
    return int(db.session.scalar(select(func.count(Chunk.owner.distinct()))) or 0)

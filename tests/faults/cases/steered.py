"""Fault 10: shoots are paused, resumed and cancelled at random while they go out."""

import time

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.core.errors import ConflictError
from webapp.mail.actions.schedule_steering import cancel_shoot, pause_shoot, resume_shoot
from webapp.people.domain.scope import SYSTEM

EFFECT = 2.0  # seconds within which the last letter that was in flight has ended


def check_rest(world: World, shoot_id: int, in_flight: set[str]) -> None:
    """See that after an acknowledgement at most what was in flight went out, and that soon nothing does.

    Args:
        world: with one shoot that may still send.
        shoot_id: the one that was stopped.
        in_flight: whose letters were being handed over just after the acknowledgement.
    """
    acknowledged = time.monotonic()
    before = set(world.ledger.read_on().accepted)
    wait_until(
        lambda: "sending" not in world.count_states(shoot_id), seconds=EFFECT + 8, every=0.02, what="rest"
    )
    took = time.monotonic() - acknowledged
    late = set(world.ledger.read_on().accepted) - before
    own = world.find_addresses("sent", "uncertain", of=shoot_id)
    strangers = (late & own) - in_flight
    world.notes["longest_rest"] = max(round(took, 2), float(str(world.notes.get("longest_rest", 0))))
    world.notes["late"] = max(len(late & own), int(str(world.notes.get("late", 0))))
    assert not strangers, (
        f"{len(strangers)} letters went out that were not in flight: {sorted(strangers)[:5]}"
    )


@register_fault("steered", number=10, small=2000)
def steer(world: World) -> Bounds:
    """Pause and resume, and cancel one shoot of two in the end; a pause ends what is in flight within seconds."""
    times = 8 if world.is_small else 50
    world.audience = world.letters
    half = world.letters // 2
    world.make_shoot(world.make_event(half, "a"))
    world.make_shoot(world.make_event(world.letters - half, "b"))
    world.play(latency=world.latency_for(times * 1.0, workers=2))
    world.start(workers=2)
    world.wait_share(0.05)
    for _ in range(times):
        shoot_id = world.random.choice(world.shoots)
        world.rest(world.random.random() * 0.5)
        try:
            pause_shoot(scope=SYSTEM, shoot_id=shoot_id)
        except ConflictError:  # it has come to its end
            continue
        check_rest(world, shoot_id, world.find_in_flight(shoot_id))
        resume_shoot(scope=SYSTEM, shoot_id=shoot_id)
        world.strike()
    shoot_id = world.random.choice(world.shoots)
    try:
        cancel_shoot(scope=SYSTEM, shoot_id=shoot_id)
        check_rest(world, shoot_id, world.find_in_flight(shoot_id))
    except ConflictError:
        world.notes["cancelled"] = "came too late"
    world.finish()
    return Bounds(uncertain=0)

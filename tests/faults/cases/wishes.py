"""Fault 10: people opt out, addresses are suppressed and all letters are stopped while a shoot goes out."""

from sqlalchemy import select

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.actions.opt_out import Source, opt_out
from webapp.mail.actions.stop_all import lift_stop_all, stop_all
from webapp.mail.actions.suppress import SuppressionReason, suppress_address
from webapp.mail.models.email_log import EmailLog
from webapp.people.domain.scope import SYSTEM


def stop_one(world: World, number: int) -> None:
    """Let somebody opt out, or suppress their address, and remember who was not in flight by then."""
    db.session.rollback()
    waiting = db.session.execute(
        select(EmailLog.seq, EmailLog.address).where(
            EmailLog.shoot_id == world.shoots[0], EmailLog.state == "pending"
        )
    ).all()
    if not waiting:
        return
    seq, address = world.random.choice(waiting)
    assert address is not None
    if number % 2:
        opt_out(shoot_id=world.shoots[0], seq=seq, source=Source.ONE_CLICK)
    else:
        reason, words = SuppressionReason.MANUAL, "Asked for it"
        suppress_address(scope=SYSTEM, address=address, reason=reason, detail=words, until=None, now=now())
    if address not in world.find_in_flight():
        world.obeyed.add(address)


@register_fault("wishes", number=10, small=2000)
def wish(world: World) -> Bounds:
    """Opt out, suppress and stop all; whoever was not in flight at the acknowledgement is not written to."""
    times = 10 if world.is_small else 50
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(5, workers=2))
    world.start(workers=2)
    for number in range(times):
        world.wait_share(0.8 * (number + 1) / (times + 1))
        stop_one(world, number)
        if number % (times // 2) == times // 4:
            stop_everything(world)
    world.finish()
    written = world.obeyed & set(world.ledger.read_on().accepted)
    assert not written, f"these were written to after their wish was acknowledged: {sorted(written)}"
    assert world.obeyed, "somebody must have wished in time"
    world.notes["obeyed"] = len(world.obeyed)
    return Bounds(uncertain=0)


def stop_everything(world: World) -> None:
    """Throw the switch, see that nothing goes out once what was in flight has ended, and lift it."""
    stop_all(scope=SYSTEM, reason="Something is wrong.")
    in_flight = world.find_in_flight()
    wait_until(
        lambda: "sending" not in world.count_states(), seconds=10, every=0.02, what="letters in flight"
    )
    at_rest = world.ledger.count
    strangers = set(world.ledger.accepted) - in_flight
    assert not strangers, (
        f"{len(strangers)} letters went out that were not in flight: {sorted(strangers)[:5]}"
    )
    world.rest(1.0)
    assert world.ledger.count == at_rest, "nothing goes out while all letters are stopped"
    lift_stop_all(scope=SYSTEM)
    world.strike()

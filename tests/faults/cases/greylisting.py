"""Fault 6: one domain greylists, another one puts everything off for long; nobody else waits for them."""

import time

from sqlalchemy import func, select

from tests.faults.fault import Bounds, register_fault
from tests.faults.sink_script import Phase, Trouble
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.mail.domain.retry import DELAYS
from webapp.mail.models.email_log import EmailLog

GREY = 300  # seconds that greylisting is given
LATER = "451 4.7.1 Greylisted, come back later"


@register_fault("greylisting", number=6, small=1500)
def greylist(world: World) -> Bounds:
    """Put a third of the letters off once, a third thrice; the last third goes out as if nothing were."""
    world.audience = world.letters
    domains = ("plain.example", "grey.example", "slow.example")
    world.make_shoot(world.make_event(domains=domains))
    world.play(
        notes_tries=True,
        troubles=(
            Trouble(Phase.RCPT, LATER, domain="grey.example", first_times=1),
            Trouble(Phase.RCPT, LATER, domain="slow.example", first_times=3),
        ),
    )
    world.start()
    world.wait_accepted(1)
    began = time.monotonic()
    plain = world.letters // 3
    world.wait_accepted(plain)
    world.notes["plain_seconds"] = round(time.monotonic() - began, 2)
    wait_until(lambda: "sending" not in world.count_states(), what="letters in flight")
    check_spacing(world)
    world.finish_all_tries()
    tried = world.ledger.read_on().tried
    most = max(tried.values())
    assert most == 4, f"nobody is tried more often than needed; one was {most} times"
    return Bounds(uncertain=0)


def check_spacing(world: World) -> None:
    """See that letters that were put off come back after a decent time, and not all at once."""
    db.session.rollback()
    query = select(EmailLog.next_at).where(EmailLog.state == "deferred")
    times = [at.timestamp() for at in db.session.scalars(query) if at is not None]
    assert times, "letters were put off"
    now = db.session.scalar(select(func.extract("epoch", func.now())))
    soonest, latest = min(times) - float(now or 0), max(times) - float(now or 0)
    world.notes["comes_back_after"] = [round(soonest, 1), round(latest, 1)]
    assert soonest > DELAYS[0] * 0.875 - 20, f"one comes back after {soonest} s"
    assert latest <= GREY * 1.25 + 1, f"one comes back after {latest} s"
    assert latest - soonest > GREY * 0.1, f"all come back within {latest - soonest} s"

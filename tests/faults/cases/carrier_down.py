"""Fault 13: the mail server first turns everybody away, then is not there at all."""

import time

from sqlalchemy import func, select

from tests import factories
from tests.faults.fault import Bounds, register_fault
from tests.faults.sink_script import Phase, Trouble
from tests.faults.world import World
from tests.integration.web.visiting import Visitor
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.mail.domain.retry import PAUSES
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.sender import Sender

WORDS = "421 4.3.2 Closed for the afternoon"


def find_rest(world: World) -> str:
    """Return why the sender rests; nothing while it does not."""
    db.session.rollback()
    query = select(Sender.pause_reason).where(Sender.paused_until > func.now())
    return db.session.scalar(query) or ""


@register_fault("carrier_down", number=13, small=1500)
def close_carrier(world: World) -> Bounds:
    """Turn every connection away: the sender rests and says why, no try is counted, and it goes on by itself."""
    world.audience = world.letters
    user = factories.make_staff()
    email = user.email
    shoot_id = world.make_shoot()
    latency = world.latency_for(4)
    world.play(latency=latency)
    world.start()
    world.wait_share(0.3)
    world.play(troubles=(Trouble(Phase.CONNECT, WORDS), Trouble(Phase.DOT, WORDS)))
    wait_until(lambda: find_rest(world), what="the sender to rest")
    page = Visitor(world.grounds.app).sign_in(email).get(f"/shoots/{shoot_id}").text
    assert "The sender rests until" in page, "the shoot's page says that it waits"
    assert "Closed for the afternoon" in page, "and in the mail server's words why"
    before, began = world.ledger.connections, time.monotonic()
    world.rest(3.0 if world.is_small else 60.0)
    world.notes["probes_per_second"] = round(
        (world.ledger.read_on().connections - before) / (time.monotonic() - began), 2
    )
    assert world.machinery.sink is not None
    world.kill(world.machinery.sink)
    world.rest(1.0 if world.is_small else 60.0)
    world.play(latency=latency)
    world.strike()
    world.finish()
    db.session.rollback()
    tries = db.session.scalar(select(func.max(EmailLog.attempt)).where(EmailLog.state == "sent"))
    assert tries == 1, f"a carrier that is down must not cost a letter a try; one was tried {tries} times"
    return Bounds(uncertain=0, resume=(PAUSES[2] if world.is_small else PAUSES[-1]) + 10.0)

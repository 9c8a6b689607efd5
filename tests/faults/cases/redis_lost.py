"""Fault 3: Redis is killed and comes back empty, three times; it only ever wakes workers."""

import shutil

from flask import current_app

from tests import factories
from tests.faults.fault import Bounds, register_fault
from tests.faults.visitor import HttpVisitor
from tests.faults.world import World
from webapp.mail.domain.references import OPT_OUT, ReferenceMaker


def find_opt_out(shoot_id: int, seq: int) -> str:
    """Return the address of the one-click opt-out of a letter."""
    token = ReferenceMaker(current_app.extensions["tokens"], OPT_OUT, shoot_id).make(seq)
    return f"/opt-out/{token}/one-click"


def visit(world: World, email: str, seq: int) -> None:
    """Sign in, look at the shoot, and opt somebody out, over HTTP."""
    visitor = HttpVisitor(world.machinery.web_port).sign_in(email)
    assert visitor.ask(f"/shoots/{world.shoots[0]}")[0] == 200, "staff see the shoot"
    status, said = HttpVisitor(world.machinery.web_port).ask(find_opt_out(world.shoots[0], seq), {})
    assert (status, said) == (200, "You are unsubscribed.\n"), f"an opt-out is obeyed: {status} {said}"


def restart_empty(world: World, seconds: float, email: str) -> None:
    """Kill Valkey, throw its data away, use the pages, and start it again after a while."""
    valkey = world.grounds.valkey
    valkey.kill()
    shutil.rmtree(valkey.folder / "data")
    if seconds:
        visit(world, email, seq=world.letters - 1)
    world.rest(seconds)
    valkey.start()
    world.strike()


@register_fault("redis_lost", number=3, small=2500)
def lose_redis(world: World) -> Bounds:
    """Kill and empty it in mid-shoot; letters go on, or resume soon, and pages work while it is away."""
    world.audience = world.letters
    email = factories.make_staff().email
    world.make_shoot()
    world.machinery.start_web()
    outages = (0.0, 0.0, 2.0) if world.is_small else (0.0, 0.0, 60.0)
    world.play(latency=world.latency_for(sum(outages) + 8, workers=2))
    world.start(workers=2)
    for number, seconds in enumerate(outages):
        world.wait_share((number + 1) / (len(outages) + 3))
        restart_empty(world, seconds, email)
        world.wait_for_more(15)
    world.finish()
    return Bounds(uncertain=0)

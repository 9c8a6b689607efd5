"""Fault 4: the connection to PostgreSQL breaks after a COMMIT was obeyed and before its answer came."""

import signal

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.processes import free_port, is_open
from tests.waiting import wait_until


@register_fault("database_answer_lost", number=4, small=1500)
def lose_answers(world: World) -> Bounds:
    """Swallow every tenth answer to a COMMIT: what a worker thinks undone was done."""
    world.audience = world.letters
    world.make_shoot()
    port, postgres = free_port(), world.grounds.postgres
    words = ("--port", str(port), "--server", str(postgres.port), "--share", "0.1")
    world.machinery.start(
        "tests.faults.database_proxy", *words, "--seed", str(world.random.randrange(1 << 30))
    )
    wait_until(lambda: is_open(port), what="the proxy")
    direct = world.machinery.environment["DATABASE_URL"]
    world.machinery.environment["DATABASE_URL"] = direct.replace(f":{postgres.port}/", f":{port}/")
    world.play(latency=world.latency_for(4, workers=2))
    workers = world.start(workers=2)
    world.finish()
    for worker in workers:  # before the proxy is gone, through which they speak
        worker.send_signal(signal.SIGTERM)
    for worker in workers:
        worker.wait(20)
    return Bounds(uncertain=0)

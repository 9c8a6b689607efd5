"""Fault 9: one worker's clock is ten minutes late, another's ten minutes early; the database's clock judges alone."""

import json
import subprocess
import sys
from datetime import UTC, datetime

from sqlalchemy import func, select

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.forked import CHECKOUT
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog

WRONG = 600  # seconds


@register_fault("wrong_clock", number=9, small=1500)
def shift_clocks(world: World) -> Bounds:
    """Let two workers with wrong clocks and one with the right one share a shoot."""
    world.audience = world.letters
    world.make_shoot()
    world.play(latency=world.latency_for(5, workers=2))
    began = datetime.now(UTC)
    processes = []
    for shift in (-WRONG, WRONG):
        log = (world.folder / f"clock{shift}.log").open("wb")
        command = [sys.executable, "-m", "tests.faults.wrong_clock", str(shift), "webapp.jobs.worker", "bulk"]
        environment = {**world.machinery.environment, "POSTROOM_LOG": "json"}
        with log:
            processes.append(subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log))
    try:
        world.machinery.start_ticker()
        world.wait_share(0.5, seconds=90)
        world.start(workers=1, tickers=0)
        world.finish()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
    check_clocks(world, began)
    return Bounds(uncertain=0)


def check_clocks(world: World, began: datetime) -> None:
    """See that the clocks were wrong indeed, and that nothing which was stored is."""
    for shift in (-WRONG, WRONG):
        said = (world.folder / f"clock{shift}.log").read_text()
        line = next((json.loads(one) for one in said.splitlines() if '"letters delivered"' in one), None)
        assert line, f"the worker {shift} s off has delivered nothing:\n{said[-2000:]}"
        off = (datetime.fromisoformat(line["timestamp"]) - began).total_seconds()
        assert abs(off - shift) < WRONG / 2, f"its clock was to be {shift} s wrong, and was {off}"
    db.session.rollback()
    first, last, handed = db.session.execute(
        select(func.min(EmailLog.settled_at), func.max(EmailLog.settled_at), func.max(EmailLog.handed_at))
    ).one()
    now = datetime.now(UTC)
    assert first is not None
    assert last is not None
    assert handed is not None
    assert began <= first <= last <= now, f"letters were settled between {first} and {last}"
    assert handed <= now, f"a letter was handed over at {handed}"

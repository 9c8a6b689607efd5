"""Fault 14: everything at random, for a while."""

import os
import signal
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from tests.faults.cases.database_sessions import TERMINATE
from tests.faults.fault import Bounds, register_fault
from tests.faults.sink_script import Phase, Trouble
from tests.faults.world import CONNECTIONS, World
from tests.forked import ForkedModule
from tests.probes import connect
from tests.waiting import wait_until
from webapp.core.errors import ConflictError
from webapp.mail.actions.deliver import LARGEST_WINDOW
from webapp.mail.actions.schedule_steering import pause_shoot, resume_shoot
from webapp.mail.actions.stop_all import lift_stop_all, stop_all
from webapp.mail.queries.stop_all import find_stop
from webapp.people.domain.scope import SYSTEM

TROUBLES = (
    Trouble(Phase.CONNECT, "421 4.3.2 Busy", share=0.1),
    Trouble(Phase.CONNECT, share=0.05),
    Trouble(Phase.EHLO, share=0.05),
    Trouble(Phase.MAIL, "451 4.3.0 Later", share=0.01),
    Trouble(Phase.MAIL, share=0.005),
    Trouble(Phase.RCPT, "451 4.7.1 Greylisted", share=0.05),
    Trouble(Phase.RCPT, "550 5.1.1 Nobody", share=0.01),
    Trouble(Phase.RCPT, share=0.005),
    Trouble(Phase.DATA, share=0.005),
    Trouble(Phase.CONTENT, share=0.005),
    Trouble(Phase.DOT, share=0.005, is_taken=True),
    Trouble(Phase.DOT, share=0.005),
    Trouble(Phase.BETWEEN, share=0.01),
)


class Chaos:
    """What can happen, and what it may cost.

    Args:
        world: in which.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.workers: list[ForkedModule] = []
        self.doubt = 0  # letters that may be uncertain

    def happen(self) -> str:
        """Let one thing happen; return which."""
        things: list[Callable[[], None]] = [
            self.kill_worker,
            self.stop_worker,
            self.freeze_worker,
            self.kill_sink,
            self.empty_redis,
            self.end_sessions,
            self.stop_database,
            self.pause,
            self.stop_all,
        ]
        thing = self.world.random.choice(things)
        thing()
        return thing.__name__

    def hire(self) -> None:
        """Have one worker more."""
        self.workers.append(self.world.machinery.start_worker("bulk"))

    def lose(self) -> ForkedModule:
        """Take a worker off the list."""
        return self.workers.pop(self.world.random.randrange(len(self.workers)))

    def kill_worker(self) -> None:
        """Kill a worker, with its children or without."""
        self.doubt += CONNECTIONS
        self.world.kill(self.lose(), with_children=self.world.random.random() < 0.5)
        self.hire()

    def stop_worker(self) -> None:
        """Ask a worker to stop, and do not wait for it."""
        self.workers.pop(0).send_signal(signal.SIGTERM)
        self.hire()

    def freeze_worker(self) -> None:
        """Let a worker stand still for a while, which may be longer than its lease."""
        self.doubt += 2 * LARGEST_WINDOW  # its journal is locked as long as it lives
        worker = self.lose()
        self.world.freeze(worker)
        self.world.rest(self.world.random.uniform(0.5, 3.0 if self.world.is_small else 15.0))
        self.world.freeze(worker, goes_on=True)
        self.workers.append(worker)

    def kill_sink(self) -> None:
        """Kill the mail server in mid-letter, and start it again."""
        assert self.world.machinery.sink is not None
        self.doubt += CONNECTIONS * len(self.workers)
        self.world.kill(self.world.machinery.sink)
        self.world.rest(self.world.random.random())
        self.world.play(troubles=TROUBLES, latency=0.01)

    def empty_redis(self) -> None:
        """Kill Valkey and start it again."""
        self.world.grounds.valkey.kill()
        self.world.grounds.valkey.start()

    def end_sessions(self) -> None:
        """Terminate all sessions of the database."""
        with connect(self.world.grounds.postgres.url) as keeper:
            keeper.execute(TERMINATE)

    def stop_database(self) -> None:
        """Stop PostgreSQL immediately, and start it again."""
        postgres = self.world.grounds.postgres
        assert postgres.process_id is not None
        self.doubt += 2 * LARGEST_WINDOW * len(self.workers)
        os.kill(postgres.process_id, signal.SIGQUIT)
        wait_until(lambda: not postgres.is_running, every=0.01, what="PostgreSQL to stop")
        postgres.start()

    def pause(self) -> None:
        """Pause the shoot for a moment."""
        shoot_id = self.world.shoots[0]
        try:
            pause_shoot(scope=SYSTEM, shoot_id=shoot_id)
        except ConflictError:  # it has come to its end
            return
        self.world.rest(self.world.random.random())
        resume_shoot(scope=SYSTEM, shoot_id=shoot_id)

    def stop_all(self) -> None:
        """Stop all letters for a moment."""
        stop_all(scope=SYSTEM, reason="Something is wrong.")
        self.world.rest(self.world.random.random())
        lift_stop_all(scope=SYSTEM)


@register_fault("everything", number=14, small=2000)
def let_all_happen(world: World) -> Bounds:
    """Let things happen one after the other, to a mail server that is difficult by itself; then calm returns."""
    seconds = 8.0 if world.is_small else 600.0
    world.audience = world.letters
    chaos = Chaos(world)
    world.make_shoot()
    world.play(troubles=TROUBLES, latency=world.latency_for(seconds, workers=2))
    chaos.workers = world.start(workers=2)
    world.wait_accepted(20)
    until = time.monotonic() + seconds
    happened = []
    while time.monotonic() < until and not world.is_done():
        try:
            happened.append(chaos.happen())
        except (DBAPIError, ConflictError):  # our own session was among those that ended
            happened.append("again")
        world.rest(world.random.random())
    world.play()
    world.strike()
    world.notes["happened"] = happened
    world.count_states()  # forgives a session that was the last to be ended
    if find_stop() is not None:  # its lifting was cut off
        lift_stop_all(scope=SYSTEM)
    if world.get_state(world.shoots[0]) == "paused":
        resume_shoot(scope=SYSTEM, shoot_id=world.shoots[0])
    world.finish_all_tries(seconds=90 + seconds / 4)
    troubles = world.ledger.read_on().troubles
    return Bounds(uncertain=chaos.doubt + troubles["dot"] + troubles["content"], resume=30.0)

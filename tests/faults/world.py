"""What a fault has in its hands: letters, processes, services, and the ledger of what arrived."""

import os
import random
import signal
import threading
import time
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests import factories
from tests.faults.grounds import Grounds
from tests.faults.ledger import Ledger
from tests.faults.sink_script import Script
from tests.forked import ForkedModule
from tests.processes import Machinery, is_open
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.demo.guard import send_signal, session_members
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.programme.models.programme import Event

CONNECTIONS = 4  # of each worker
SLOWEST = 200  # letters a second that are the least anywhere, with whatever a fault does to them
SMALL = 10_000  # letters; with more than these it is the big run, with times as the issue names them
_PEOPLE = """
WITH made AS (
    INSERT INTO people (email, name)
    SELECT CAST(:prefix AS text) || n || '@' || names[n % cardinality(names) + 1], 'Person ' || n
    FROM generate_series(1, CAST(:number AS integer)) AS n, CAST(:domains AS text[]) AS names RETURNING id
)
INSERT INTO memberships (person_id, programme_id, event_id, kind)
SELECT id, CAST(:programme AS bigint), CAST(:event AS bigint), 'registered' FROM made
"""
_SOONER = """
WITH letters AS (
    UPDATE email_logs SET next_at = next_at - make_interval(secs => :seconds) WHERE next_at IS NOT NULL
), resting AS (
    UPDATE senders SET paused_until = paused_until - make_interval(secs => :seconds)
)
UPDATE chunks SET next_at = next_at - make_interval(secs => :seconds) WHERE next_at IS NOT NULL
"""
_OLDER = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < :now
"""


class Mechanics(Machinery):
    """The processes of one fault, with the suite's own mail server."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        super().__init__(environment, folder)
        self.script_path = folder / "script.json"
        self.ledger = Ledger(folder / "ledger")
        self.script = Script()
        self.sink: ForkedModule | None = None
        self.journals = folder / "journals"
        self.environment["POSTROOM_JOURNAL"] = str(self.journals)
        self.set_smtp(f"connections={CONNECTIONS}")

    def set_smtp(self, options: str, account: str = "", host: str = "127.0.0.1") -> None:
        """Say how workers that are started from now on reach the mail server."""
        self.environment["SMTP_URL"] = f"smtp://{account}{host}:{self.sink_port}?{options}"

    def play(self, script: Script) -> None:
        """Let the mail server follow a script; it is in force when this returns."""
        self.script = script
        script.write(self.script_path)
        if self.sink is None or self.sink.poll() is not None:
            words = ("--port", str(self.sink_port), "--script", str(self.script_path))
            self.sink = self.start("tests.faults.sink", *words, "--ledger", str(self.ledger.path))
            wait_until(lambda: is_open(self.sink_port), what="the mail server")
        else:
            self.sink.send_signal(signal.SIGHUP)
        wait_until(
            lambda: self.ledger.read_on().script_number == script.number, every=0.01, what="the script"
        )

    def wake_frozen(self) -> None:
        """Let everything go on that a fault has stopped, so that it can be ended."""
        for process in self.processes:
            for member in session_members(process.pid):
                send_signal(member, signal.SIGCONT)

    def kill_orphans(self) -> None:
        """End what our processes have left behind."""
        for process in self.processes:
            for member in session_members(process.pid):
                send_signal(member, signal.SIGKILL)


class World:
    """One fault's world.

    Args:
        grounds: services and application.
        letters: how many.
        seed: of everything that is drawn.
    """

    def __init__(self, grounds: Grounds, *, letters: int, seed: int) -> None:
        self.grounds = grounds
        self.began = time.monotonic()
        self.letters = letters
        self.random = random.Random(seed)  # noqa: S311 -- faults have to be drawn again alike
        self.is_small = letters <= SMALL
        self.folder = grounds.clear()
        self.machinery = Mechanics(grounds.environment, self.folder)
        self.shoots: list[int] = []
        self.audience = 0  # people who were to get a letter
        self.strikes: list[float] = []  # when a fault happened, or when what was away came back
        self.notes: dict[str, object] = {}  # further figures, for the line of JSON
        self.obeyed: set[str] = set()  # who asked in time not to be written to
        self._script_count = 0

    @property
    def ledger(self) -> Ledger:
        """Return what the mail server took."""
        return self.machinery.ledger

    def play(self, **script: object) -> None:
        """Let the mail server follow a script from now on; see `Script`."""
        self._script_count += 1
        seed = self.random.randrange(1 << 30)
        self.machinery.play(Script(**{"number": self._script_count, "seed": seed, **script}))  # type: ignore[arg-type]

    def latency_for(self, seconds: float, workers: int = 1) -> float:
        """Return the mail server's latency with which all letters take about so long."""
        return min(0.5, seconds * workers * CONNECTIONS / self.letters)

    def make_event(self, number: int = 0, prefix: str = "p", domains: tuple[str, ...] = ()) -> Event:
        """Make an event with so many people (all letters, by default)."""
        event = factories.make_event()
        values = {"prefix": prefix, "domains": list(domains) or ["example.org"]}
        with transaction() as session:
            session.execute(
                text(_PEOPLE),
                {
                    **values,
                    "number": number or self.letters,
                    "programme": event.programme_id,
                    "event": event.id,
                },
            )
        with db.engine.begin() as connection:
            connection.execute(text("ANALYZE people, memberships"))
        return event

    def make_shoot(self, event: Event | None = None, sender: Sender | None = None, html: str = "") -> int:
        """Send a letter to everybody of an event."""
        event = event or self.make_event()
        shoot_id = factories.make_shoot(event, sender=sender, html=html)
        self.shoots.append(shoot_id)
        return shoot_id

    def start(self, workers: int = 1, tickers: int = 1) -> list[ForkedModule]:
        """Start workers of the bulk lane and the ticker; return the workers."""
        found = [self.machinery.start_worker("bulk") for _ in range(workers)]
        for _ in range(tickers):
            self.machinery.start_ticker()
        return found

    def rest(self, seconds: float) -> None:
        """Let the fault last so long."""
        threading.Event().wait(seconds)

    def strike(self) -> None:
        """Note that a fault has happened just now."""
        self.strikes.append(time.monotonic())

    def count_states(self, *shoots: int) -> dict[str, int]:
        """Return letters by state, counted from the rows; a database that is away has none for now."""
        query = select(EmailLog.state, func.count()).where(EmailLog.shoot_id.in_(shoots or self.shoots))
        try:
            db.session.rollback()
            return {str(row[0]): int(row[1]) for row in db.session.execute(query.group_by(EmailLog.state))}
        except DBAPIError:
            db.session.remove()
            return {}

    def find_addresses(self, *states: str, of: int | None = None) -> set[str]:
        """Return whose letters (of one shoot) are in one of these states."""
        db.session.rollback()
        shoots = self.shoots if of is None else [of]
        query = select(EmailLog.address).where(EmailLog.shoot_id.in_(shoots), EmailLog.state.in_(states))
        return {address for address in db.session.scalars(query) if address}

    def find_in_flight(self, of: int | None = None) -> set[str]:
        """Return whose letters (of one shoot) are handed over, once every transaction that is open now has ended.

        A beat that looked before a wish was stored may mark letters just after it: they are in flight, too.
        """
        db.session.rollback()
        now = db.session.scalar(select(func.clock_timestamp()))

        def is_over() -> bool:
            db.session.rollback()
            return not db.session.scalar(text(_OLDER), {"now": now})

        wait_until(is_over, every=0.01, what="open transactions to end")
        return self.find_addresses("sending", "sent", "uncertain", of=of)

    def get_state(self, shoot_id: int) -> str:
        """Return a shoot's state, or nothing while the database is away."""
        try:
            db.session.rollback()
            return db.session.scalars(select(Shoot.state).where(Shoot.id == shoot_id)).one()
        except DBAPIError:
            db.session.remove()
            return ""

    def wait_accepted(self, number: int, seconds: float = 60.0) -> None:
        """Wait until the mail server has taken so many letters."""
        seconds += self.letters / SLOWEST
        wait_until(lambda: self.ledger.count >= number, seconds=seconds, every=0.02, what=f"{number} letters")

    def wait_share(self, share: float, seconds: float = 60.0) -> None:
        """Wait until the mail server has taken a share of all letters."""
        self.wait_accepted(int(self.letters * share), seconds)

    def wait_for_more(self, seconds: float = 60.0) -> None:
        """Wait until the mail server has taken one more letter."""
        self.wait_accepted(self.ledger.count + 1, seconds)

    def is_done(self) -> bool:
        """Say whether every shoot has come to its end; what is left of its letters then, nobody sends any more."""
        try:
            db.session.rollback()
            ended = select(func.count()).where(Shoot.id.in_(self.shoots), Shoot.completed_at.isnot(None))
            return db.session.scalar(ended) == len(self.shoots)
        except DBAPIError:
            db.session.remove()
            return False

    def finish(self, seconds: float = 60.0) -> None:
        """Wait until every shoot has come to its end."""
        seconds += self.letters / SLOWEST
        try:
            wait_until(self.is_done, seconds=seconds, every=0.1, what="the shoots to end")
        except AssertionError as error:
            raise AssertionError(f"{error}; letters by state: {self.count_states()}") from error

    def pass_time(self, seconds: float) -> None:
        """Let everything that waits for its time be due so much sooner, as if the time had passed."""
        with db.engine.begin() as connection:
            connection.execute(text(_SOONER), {"seconds": seconds})

    def finish_all_tries(self, seconds: float = 60.0) -> None:
        """Wait until the shoots have ended, and let time pass whenever all that is left waits for its time."""
        seconds += self.letters / SLOWEST
        seen: list[dict[str, int]] = [{}]

        def is_done() -> bool:
            counts = self.count_states()
            if "sending" not in counts and counts == seen[-1]:
                self.pass_time(12 * 3600)
            seen.append(counts)
            return self.is_done()

        try:
            wait_until(is_done, seconds=seconds, every=0.25, what="the last try of all letters")
        except AssertionError as error:
            raise AssertionError(f"{error}; letters by state: {self.count_states()}") from error

    def kill(self, process: ForkedModule, *, with_children: bool = True) -> None:
        """Kill a process of ours without warning."""
        children = [pid for pid in session_members(process.pid) if pid != process.pid]
        for pid in [process.pid, *(children if with_children else [])]:
            send_signal(pid, signal.SIGKILL)
        process.wait(10)

    def freeze(self, process: ForkedModule, *, goes_on: bool = False) -> None:
        """Stop a process and its children as they are, or let them go on."""
        for pid in session_members(process.pid):
            os.kill(pid, signal.SIGCONT if goes_on else signal.SIGSTOP)

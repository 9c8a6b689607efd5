"""One shoot of a bench: workers and a sink are started, Send is pressed, and everything about it is noted."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select, text

from bench.ground import Run
from bench.people import make_event
from bench.send import Ids, letter_size, press_send, write_letter
from bench.sinks import OwnSink, PostfixSink, Server
from bench.usage import Cpu, Usage
from bench.watch import cpu_of
from webapp.core.database import db
from webapp.core.heartbeat import Heartbeat
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import get_summary
from webapp.people.domain.scope import SYSTEM

POSTFIX = Server()
LONGEST = 60.0  # seconds that a shoot may take, and for each letter
LONGEST_LETTER = 0.02
READY = 240.0  # seconds until the workers wait for work, at most
ENDING = 30.0  # seconds until the last slice has ended, at most
LOOK_EVERY = 0.1  # seconds
IDLE = 0.003  # seconds of CPU between two looks that somebody who waits for work may use
_SIZE = text("SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(CAST(:names AS text[])) AS name")
_TABLES = ["email_logs", "email_events", "chunks", "shoot_tallies"]

Meanwhile = Callable[[int], None]
"""Called again and again with the shoot's id while it is under way."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A shoot that is wanted.

    Args:
        letters: how many.
        workers: of the bulk lane.
        connections: of each.
        server: what the letters go to.
        event: name of the event that is made for it; one of its own for each shoot of a run.
        worker_module: what is started as a worker.
        environment: what the workers are told beside the run's settings.
        has_urgent: a worker of the urgent lane is started, too.
        prepare: called with the event's programme, the event and its sender before anything is sent.
    """

    letters: int
    workers: int = 1
    connections: int = 8
    server: Server = POSTFIX
    event: str = "bench"
    worker_module: str = "webapp.jobs.worker"
    environment: dict[str, str] = field(default_factory=dict)
    has_urgent: bool = False
    prepare: Callable[[Ids], None] | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """What a shoot took.

    Args:
        letters: how many were asked for.
        sent: rows that say so.
        accepted: letters that the sink counted.
        is_balanced: the rows of all states add up.
        first_letter: seconds from pressing Send until the sink had accepted one.
        freezing: seconds for writing all rows.
        sending: seconds from there to the shoot's end.
        cpu: of the workers, all their processes, from before pressing Send until their last slice had ended.
        peak_mb: of the largest process of a worker (VmHWM).
        pss_mb: of one worker with its children, what they share counted once.
        stored: bytes in the database per recipient, indexes in.
        size: bytes of a letter.
        slices: what the workers logged of their slices.
        sink_cpu_us: CPU of the sink per letter, in microseconds.
    """

    letters: int
    sent: int
    accepted: int
    is_balanced: bool
    first_letter: float
    freezing: float
    sending: float
    cpu: Cpu
    peak_mb: float
    pss_mb: float
    stored: float
    size: int
    slices: list[dict[str, Any]]
    sink_cpu_us: float

    @property
    def rate(self) -> float:
        """Return letters a second, from the first row that could be claimed to the shoot's end."""
        return self.sent / self.sending

    @property
    def cpu_us(self) -> float:
        """Return the workers' CPU per letter, in microseconds."""
        return self.cpu.total / self.letters * 1e6

    def stages(self) -> dict[str, float]:
        """Return microseconds of CPU per letter by stage, of whatever stages the workers log."""
        letters = max(sum(s["letters"] for s in self.slices), 1)
        names = sorted({name for s in self.slices for name in s if name.endswith("_cpu_us")})
        return {n: round(sum(s.get(n, 0) * s["letters"] for s in self.slices) / letters, 2) for n in names}


class FirstLetter(threading.Thread):
    """Notes when a mail server has accepted its next letter.

    Args:
        server: asked every few milliseconds.
    """

    def __init__(self, server: PostfixSink | OwnSink) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._before = server.count()
        self._is_over = threading.Event()
        self.at: float | None = None

    def run(self) -> None:
        """Wait for it."""
        while not self._is_over.wait(0.005):
            if self._server.count() > self._before:
                self.at = time.monotonic()
                return

    def stop(self) -> None:
        """Wait no longer."""
        self._is_over.set()
        self.join()


class Shooting:
    """A sink, workers and a ticker that wait for one shoot; a context manager that ends them.

    Args:
        run: to which they belong.
        plan: what is wanted.
    """

    def __init__(self, run: Run, plan: Plan) -> None:
        self.run, self.plan = run, plan
        self._others: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        plan, run = self.plan, self.run
        self.server: PostfixSink | OwnSink = run.sinks.start(plan.server)
        self.ids = make_event(plan.letters, plan.event)
        if plan.prepare is not None:
            plan.prepare(self.ids)
        self.letter_id = write_letter(self.ids)
        self.size = letter_size(self.ids, self.letter_id)
        told = {
            **plan.environment,
            "SMTP_URL": f"smtp://127.0.0.1:{self.server.port}?connections={plan.connections}",
        }
        start = run.processes.start_module
        self.workers = [start(plan.worker_module, "bulk", **told) for _ in range(plan.workers)]
        urgent = [start("webapp.jobs.worker", "urgent", **told)] if plan.has_urgent else []
        self._others = [*urgent, start("webapp.jobs.ticker", **told)]
        self.usage = Usage([worker.pid for worker in self.workers])
        self._wait_for_signs_of_life({process.pid for process in [*self.workers, *urgent]})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run.processes.stop(*self._others, *self.workers, self.server.process)

    def _wait_for_signs_of_life(self, wanted: set[int]) -> None:
        """Return once all workers wait for work and do no more."""
        until = time.monotonic() + READY
        before = 0.0
        while time.monotonic() < until:
            db.session.rollback()
            alive = {(detail or {}).get("pid") for detail in db.session.scalars(select(Heartbeat.detail))}
            used = self.usage.cpu().total
            if wanted <= alive and used - before < IDLE:
                return
            before = used
            time.sleep(0.3)
        raise TimeoutError(f"The workers do not start.\n{self.run.processes.complaints()}")

    def send(self, meanwhile: Meanwhile | None = None) -> Shot:
        """Press Send, wait for the end, and return what it took."""
        before, accepted, stored = self.usage.cpu(), self.server.count(), self._stored()
        sink = cpu_of(self.server.process.pid)
        first = FirstLetter(self.server)
        first.start()
        pressed = time.monotonic()
        shoot_id = press_send(self.ids, self.letter_id)
        started_at, completed_at = self._wait_for_end(shoot_id, meanwhile)
        first.stop()
        self.usage.wait_for_children(ENDING)
        summary = get_summary(SYSTEM, shoot_id).to_json()
        lines = self.run.processes.lines
        slices = lines("letters delivered", *self.workers)
        frozen = [f for f in lines("shoot frozen", *self.workers) if f.get("shoot") == shoot_id]
        frozen_at = datetime.fromisoformat(frozen[0]["timestamp"]) if frozen else started_at
        peaks = [self.usage.peak_kb, *(s.get("peak_kb", 0) for s in slices)]
        shot = Shot(
            letters=self.plan.letters,
            sent=int(str(summary["sent"])),
            accepted=self.server.count() - accepted,
            is_balanced=bool(summary["is_balanced"]),
            first_letter=(first.at or float("inf")) - pressed,
            freezing=(frozen_at - started_at).total_seconds(),
            sending=(completed_at - frozen_at).total_seconds(),
            cpu=self.usage.cpu() - before,
            peak_mb=max(peaks) / 1024,
            pss_mb=self.usage.pss_kb / 1024,
            stored=(self._stored() - stored) / self.plan.letters,
            size=self.size,
            slices=slices,
            sink_cpu_us=(cpu_of(self.server.process.pid) - sink) * 1000 / self.plan.letters,
        )
        self._judge(shot)
        return shot

    def _stored(self) -> int:
        size = db.session.scalar(_SIZE, {"names": _TABLES}) or 0
        db.session.rollback()
        return int(size)

    def _wait_for_end(self, shoot_id: int, meanwhile: Meanwhile | None) -> tuple[datetime, datetime]:
        """Return when the shoot was started and completed, by the database's clock."""
        query = select(Shoot.started_at, Shoot.completed_at).where(Shoot.id == shoot_id)
        until = time.monotonic() + LONGEST + LONGEST_LETTER * self.plan.letters
        while time.monotonic() < until:
            db.session.rollback()
            started_at, completed_at = db.session.execute(query).one()
            if started_at is not None and completed_at is not None:
                return started_at, completed_at
            self.usage.look()
            if meanwhile is not None:
                meanwhile(shoot_id)
            time.sleep(LOOK_EVERY)
        raise TimeoutError(f"The shoot does not end.\n{self.run.processes.complaints()}")

    def _judge(self, shot: Shot) -> None:
        """Note what must not be: a letter too few, too many, or without its row."""
        counts = {"asked for": shot.letters, "recorded": shot.sent, "accepted": shot.accepted}
        if not shot.is_balanced or len(set(counts.values())) > 1:
            said = ", ".join(f"{number} {what}" for what, number in counts.items())
            balance = "balance" if shot.is_balanced else "do not balance"
            self.run.faults.append(f"Letters are missing or doubled: {said}; the rows {balance}.")


def shoot(run: Run, plan: Plan) -> Shot:
    """Run one shoot with processes of its own and return what it took."""
    with Shooting(run, plan) as shooting:
        return shooting.send()

"""Which programs make up a running Postroom, in the order of their start; the Procfile has the same."""

import sys
from dataclasses import dataclass
from pathlib import Path

from webapp.demo.ports import HOST

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
MIGRATE = (*FLASK, "db", "upgrade")
LOAD_DEMO = (*FLASK, "demo", "load")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is kept running.

    Args:
        name: as it stands before its lines.
        command: program and arguments.
        wave: programs of a lower wave are stopped first, those of one wave together.
        stop_seconds: how long it may take to stop.
        death_limit: after so many ends in a row everything is stopped; None keeps trying.
    """

    name: str
    command: tuple[str, ...]
    wave: int
    stop_seconds: float
    death_limit: int | None = None


def sink_program(port: int, store: Path) -> Program:
    """Return the demo's mail server, which keeps its letters in ``store``."""
    command = (
        sys.executable,
        "-m",
        "webapp.demo.sink",
        "--host",
        HOST,
        "--port",
        str(port),
        "--store",
        str(store),
    )
    return Program("sink", command, wave=3, stop_seconds=5.0)


def application_programs(port: int) -> list[Program]:
    """Return web, workers and ticker; web listens on ``port``."""
    python = sys.executable
    gunicorn = (python, "-m", "gunicorn", "-k", "gthread", "--threads", "8", "--no-control-socket")
    web = (*gunicorn, "--graceful-timeout", "10", "--bind", f"{HOST}:{port}", "wsgi:app")
    worker = (python, "-m", "webapp.jobs.worker")
    return [
        Program("web", web, wave=1, stop_seconds=15.0, death_limit=3),
        Program("worker_urgent", (*worker, "urgent"), wave=1, stop_seconds=15.0),
        Program("worker_bulk.1", (*worker, "bulk"), wave=1, stop_seconds=15.0),
        Program("worker_bulk.2", (*worker, "bulk"), wave=1, stop_seconds=15.0),
        Program("ticker", (python, "-m", "webapp.jobs.ticker"), wave=2, stop_seconds=5.0),
    ]

"""``make bench``: sends letters through the real path into a sink that only counts, and prints JSON lines."""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import select, text

from bench.letter import SUBJECT, make_html, make_text
from bench.people import make_event
from bench.rivals import SINK, run_naive_loop, run_smtp_source
from webapp.app import create_app
from webapp.core.clock import now
from webapp.core.database import db
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.ports import any_free_port
from webapp.demo.services import EmbeddedServices
from webapp.mail.actions.compose import Draft, create_letter
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.actions.render import open_letter
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import get_summary
from webapp.people.domain.scope import SYSTEM
from webapp.programme.queries.constants import letter_constants
from webapp.settings import read_settings

CHECKOUT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8
LONGEST = 1800  # seconds that a bench may take
NAIVE_LETTERS = 400


class Processes:
    """The sink, the workers and the ticker of a bench."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment, "PYTHONPATH": str(CHECKOUT), "POSTROOM_LOG": "json"}
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to a file in the bench's folder."""
        with (self._folder / f"{len(self._running)}.log").open("wb") as log:
            process = subprocess.Popen(command, env=self._environment, cwd=CHECKOUT, stdout=log, stderr=log)
        self._running.append(process)
        return process

    def start_sink(self, port: int) -> str:
        """Start Postfix's counting sink, or the demo's where it is missing; return which."""
        if SINK is not None:
            user = ["-u", "nobody"] if os.geteuid() == 0 else []
            self.start(SINK, *user, "-c", f"127.0.0.1:{port}", "1000")
            return "smtp-sink"
        store = str(self._folder / "sink.sqlite3")
        self.start(
            sys.executable,
            "-m",
            "webapp.demo.sink",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--store",
            store,
        )
        return "demo sink"

    def start_workers(self, number: int) -> list[subprocess.Popen[bytes]]:
        """Start bulk workers and the ticker; return the workers."""
        workers = [self.start(sys.executable, "-m", "webapp.jobs.worker", "bulk") for _ in range(number)]
        self.start(sys.executable, "-m", "webapp.jobs.ticker")
        return workers

    def slices(self) -> list[dict[str, Any]]:
        """Return what the workers logged of every slice."""
        found = []
        for log in self._folder.glob("*.log"):
            for line in log.read_text(errors="replace").splitlines():
                if '"letters delivered"' in line:
                    found.append(json.loads(line))
        return found

    def stop(self) -> None:
        """End all of them."""
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def cpu_seconds(pid: int) -> float:
    """Return the CPU of a process and of all children it has waited for."""
    fields = re.sub(r"^.*\) ", "", Path(f"/proc/{pid}/stat").read_text()).split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def send_shoot(ids: tuple[int, int, int]) -> int:
    """Write the letter and press Send."""
    programme_id, event_id, sender_id = ids
    draft = Draft("Bench", SUBJECT, "", "simple", {"main": make_html()}, make_text(), "You registered.")
    letter_id = create_letter(
        scope=SYSTEM, programme_id=programme_id, event_id=event_id, draft=draft, now=now()
    )
    make_ready(scope=SYSTEM, letter_id=letter_id)
    return schedule_shoot(
        scope=SYSTEM,
        letter_id=letter_id,
        sending=Sending(Audience((Choice("registered"),)), sender_id),
        constants=letter_constants(programme_id, event_id, "en"),
        now=now(),
    )


def letter_size(shoot_id: int) -> int:
    """Return the bytes of one letter as it goes out."""
    shoot = db.session.get_one(Shoot, shoot_id)
    values: list[str | None] = ["Zażółć Gęślą 17"] * len(shoot.fields)
    letter = open_letter(shoot).build(
        seq=17, address="p17@example.org", name="Zażółć 17", values=values, date=now()
    )
    return len(letter)


def weighted(slices: list[dict[str, Any]], key: str) -> float:
    """Return the mean of a figure over slices, weighted by their letters."""
    letters = sum(s["letters"] for s in slices)
    return round(sum(s[key] * s["letters"] for s in slices) / max(letters, 1), 1)


def measure(
    number: int, worker_count: int, processes: Processes, port: int, database_url: str
) -> dict[str, Any]:
    """Send one shoot and return its figures."""
    ids = make_event(number)
    workers = processes.start_workers(worker_count)
    pressed = time.monotonic()
    shoot_id = send_shoot(ids)
    freeze_query = select(Shoot.created_at, Shoot.started_at, Shoot.completed_at).where(Shoot.id == shoot_id)
    while True:
        db.session.rollback()
        created_at, started_at, completed_at = db.session.execute(freeze_query).one()
        if completed_at is not None or time.monotonic() - pressed > LONGEST:
            break
        time.sleep(0.2)
    summary = get_summary(SYSTEM, shoot_id).to_json()
    seconds = (completed_at - started_at).total_seconds() if completed_at else float("inf")
    cpu = sum(cpu_seconds(worker.pid) for worker in workers)
    slices = processes.slices()
    size = db.session.scalar(text("SELECT pg_total_relation_size('email_logs')")) or 0
    bytes_per_letter = letter_size(shoot_id)
    db.session.rollback()
    rate = summary["sent"] / seconds
    source = run_smtp_source(port, min(number, 20_000), bytes_per_letter, CONNECTIONS)
    naive = run_naive_loop(port, database_url, NAIVE_LETTERS)
    return {
        "letters": number,
        "workers": worker_count,
        "sent": summary["sent"],
        "is_balanced": summary["is_balanced"],
        "letters_per_second": round(rate),
        "seconds_freezing": round((started_at - created_at).total_seconds(), 2),
        "seconds_sending": round(seconds, 2),
        "worker_cpu_us_per_letter": round(cpu / number * 1e6, 1),
        "build_cpu_us": weighted(slices, "build_cpu_us"),
        "carry_cpu_us": weighted(slices, "carry_cpu_us"),
        "database_cpu_us": weighted(slices, "database_cpu_us"),
        "worker_peak_mb": round(max((s["peak_kb"] for s in slices), default=0) / 1024, 1),
        "database_bytes_per_letter": round(size / number),
        "letter_bytes": bytes_per_letter,
        "smtp_source_per_second": round(source) if source else None,
        "ratio_smtp_source": round(rate / source, 3) if source else None,
        "naive_per_second": round(naive),
        "ratio_naive": round(rate / naive, 1),
    }


def main() -> None:
    """Run the bench with services of its own, which it takes away again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    folder = make_temporary_folder(find_account())
    port = any_free_port()
    try:
        services = EmbeddedServices(folder / "services")
        try:
            environment = {
                **services.start(),
                "SMTP_URL": f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}",
                "PUBLIC_URL": "https://mail.example.org",
                "SECRET_KEY": "of-the-bench-only-0123456789abcdef0123456789",
            }
            app = create_app(read_settings({**environment, "POSTROOM_LOG": "json"}, services_file=None))
            processes = Processes(environment, folder)
            with app.app_context():
                upgrade(directory=str(app.extensions["migrate"].directory))
                try:
                    sink = processes.start_sink(port)
                    figures = measure(
                        options.letters, options.workers, processes, port, environment["DATABASE_URL"]
                    )
                    print(json.dumps({"bench": "shoot", "sink": sink, **figures}))
                finally:
                    processes.stop()
        finally:
            services.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""Starts the real processes of Postroom for a test: mail sink, workers, ticker, web server."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import urlopen

from tests.forked import CHECKOUT, ForkedModule
from tests.waiting import wait_until
from webapp.demo.store import LetterStore


def free_port() -> int:
    """Return a port that is free on loopback right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    """Say whether something listens on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Machinery:
    """The processes of one test; all are ended with it.

    Args:
        environment: where the services are.
        folder: the test's own.
    """

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self.inbox_path = folder / "inbox.sqlite3"
        self.sink_port = free_port()
        self.web_port = free_port()
        self.processes: list[ForkedModule] = []
        self.environment = {
            **os.environ,
            **environment,
            "SMTP_URL": f"smtp://127.0.0.1:{self.sink_port}",
            "PUBLIC_URL": self.web_url,
            "POSTROOM_INBOX": str(self.inbox_path),
            "PYTHONPATH": str(CHECKOUT),
        }

    @property
    def web_url(self) -> str:
        """Return where the web server is."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def inbox(self) -> LetterStore:
        """Return what the sink has received."""
        return LetterStore(self.inbox_path)

    def start(self, module: str, *arguments: str, **environment: str) -> ForkedModule:
        """Start a module of Postroom as a process."""
        log = self.folder / f"{len(self.processes)}-{[module, *arguments][-1].replace('/', '-')[:30]}.log"
        process = ForkedModule(module, arguments, {**self.environment, **environment}, log)
        self.processes.append(process)
        return process

    def start_sink(self) -> ForkedModule:
        """Start the demo's mail server."""
        sink = self.start(
            "webapp.demo.sink",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.sink_port),
            "--store",
            str(self.inbox_path),
        )
        wait_until(lambda: is_open(self.sink_port), what="the mail sink")
        return sink

    def start_worker(self, lane: str) -> ForkedModule:
        """Start a worker of a lane."""
        return self.start("webapp.jobs.worker", lane)

    def start_ticker(self) -> ForkedModule:
        """Start the ticker."""
        return self.start("webapp.jobs.ticker")

    def start_web(self) -> ForkedModule:
        """Start the web server."""
        bind = f"127.0.0.1:{self.web_port}"
        web = self.start(
            "gunicorn", "-k", "gthread", "--threads", "8", "--no-control-socket", "-b", bind, "wsgi:app"
        )
        wait_until(lambda: is_open(self.web_port), seconds=30, what="the web server")
        return web

    def start_all(self) -> None:
        """Start everything that `make run` starts, but for the services."""
        self.start_sink()
        for lane in ("urgent", "bulk", "bulk"):
            self.start_worker(lane)
        self.start_ticker()
        self.start_web()
        wait_until(lambda: self.health().get("ok"), seconds=30, every=0.2, what="all processes to be well")

    def health(self) -> dict[str, Any]:
        """Return what /healthz says, or nothing while it is not well."""
        try:
            with urlopen(f"{self.web_url}/healthz", timeout=5) as answer:  # noqa: S310 -- our own loopback address
                found: dict[str, Any] = json.load(answer)
                return found
        except OSError:
            return {}

    def logs(self) -> str:
        """Return what the processes have said, for the message of a failed test."""
        return "\n".join(
            f"--- {p.name}\n{p.read_text(errors='replace')[-3000:]}"
            for p in sorted(self.folder.glob("*.log"))
        )

    def flask(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a ``flask`` command to its end."""
        given, said, wrong = (self.folder / f"flask.{name}" for name in ("stdin", "stdout", "stderr"))
        given.write_text(stdin)
        wrong.unlink(missing_ok=True)
        said.unlink(missing_ok=True)
        command = ("--app", "wsgi", *arguments)
        code = ForkedModule("flask", command, self.environment, said, errors=wrong, stdin=given).wait(120)
        return subprocess.CompletedProcess(command, code, said.read_text(), wrong.read_text())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        stuck = []
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                stuck.append(process.name)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)
        assert error or not stuck, f"these did not stop when they were asked to: {stuck}\n{self.logs()}"

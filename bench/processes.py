"""Starts and ends the processes of a bench: sinks, proxies, workers, the ticker, a web server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
STARTING = 30.0  # seconds until a process listens, at most


def wait_for_port(port: int) -> None:
    """Return once something listens on a port of loopback.

    Raises:
        TimeoutError: nothing does after half a minute.
    """
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"Nothing listens on port {port}.")


class Processes:
    """The processes of a bench; all of them are ended with it.

    Args:
        environment: settings that all get.
        folder: where their logs go; one for each set of processes.
    """

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment, "PYTHONPATH": str(CHECKOUT), "POSTROOM_LOG": "json"}
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._started = 0

    def log_path(self, process: subprocess.Popen[bytes]) -> Path:
        """Return where a process writes what it says."""
        return self._folder / f"{process.pid}.log"

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to a file in the bench's folder."""
        fresh = self._folder / f"starting-{self._started}"
        self._started += 1
        with fresh.open("wb") as log:
            process = subprocess.Popen(
                command, env={**self._environment, **environment}, cwd=CHECKOUT, stdout=log, stderr=log
            )
        fresh.rename(self.log_path(process))
        self._running.append(process)
        return process

    def start_module(self, module: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a module of this checkout."""
        return self.start(sys.executable, "-m", module, *arguments, **environment)

    def lines(self, event: str, *processes: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
        """Return what some processes logged of one kind of event."""
        found = []
        for process in processes:
            for line in self.log_path(process).read_text(errors="replace").splitlines():
                if f'"{event}"' in line and line.startswith("{"):
                    read = json.loads(line)
                    found += [read] if read.get("event") == event else []
        return found

    def complaints(self) -> str:
        """Return the last lines of all logs, for the message of a bench that fails."""
        logs = sorted(self._folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    def stop(self, *processes: subprocess.Popen[bytes]) -> None:
        """End some of them, or all."""
        ending = list(processes or reversed(self._running))
        for process in ending:
            process.send_signal(signal.SIGTERM)
        for process in ending:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self._running = [process for process in self._running if process not in ending]

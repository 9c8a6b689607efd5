"""One child process: started in a session of its own, watched by the guard, its output taken line by line."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from webapp.demo.footing import Account
from webapp.demo.guard import Guard, send_signal, session_members


class ChildProcess:
    """A program that runs beside us until it is told to stop.

    A session of its own keeps the terminal's Ctrl-C away: whoever started it decides what stops when.

    Args:
        name: how people call it.
        command: program and arguments.
        guard: ends the program should we be killed.
        environment: its whole environment.
        folder: its working folder.
        output: a file that its output is appended to, or a function that a thread calls with each line.
        account: whom it runs as; None is ourselves.
        stop_signal: what asks it to stop.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        guard: Guard,
        environment: Mapping[str, str],
        folder: Path,
        output: Path | Callable[[str], None],
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._guard = guard
        self._environment = dict(environment)
        self._folder = folder
        self._output = output
        self._account = account
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self.started_at = 0.0

    @property
    def process_id(self) -> int | None:
        """Return the id of the process that was started last."""
        return None if self._process is None else self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Return how the process ended, as ``subprocess`` says it; None while it runs or before."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        """Say whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; it must not be running."""
        if self.is_running:
            raise RuntimeError(f"{self.name} is running already")
        self._settle()
        if isinstance(self._output, Path):
            handle = os.open(self._output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            try:
                self._process = self._open(handle)
            finally:
                os.close(handle)
        else:
            self._process = self._open(subprocess.PIPE)
            self._reader = threading.Thread(
                target=_read_lines, args=(self._process.stdout, self._output), daemon=True
            )
            self._reader.start()
        self.started_at = time.monotonic()
        self._guard.watch(self._process.pid, self._stop_signal)

    def _open(self, output: int) -> subprocess.Popen[bytes]:
        account = self._account
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=self._environment,
            start_new_session=True,
            user=None if account is None else account.user_id,
            group=None if account is None else account.group_id,
            extra_groups=None if account is None else [],
        )

    def ask_to_stop(self) -> None:
        """Send the stop signal, and do not wait."""
        if self._process is not None and self.is_running:
            send_signal(self._process.pid, self._stop_signal)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; return whether it came in time."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return False
        self._settle()
        return True

    def stop(self, seconds: float) -> bool:
        """Ask the process to stop, end it by force after ``seconds``; return whether it obeyed."""
        self.ask_to_stop()
        obeyed = self.wait(seconds)
        self.kill()
        return obeyed

    def kill(self) -> None:
        """End the process and all that it has started (SIGKILL), and wait until the process is gone."""
        if self._process is None:
            return
        members = session_members(self._process.pid)
        for member in members:
            send_signal(member, signal.SIGKILL)
        self._process.wait()
        self._settle()

    def _settle(self) -> None:
        """Take note that the process has ended."""
        if self._process is None:
            return
        self._guard.release(self._process.pid)
        if self._reader is not None:
            self._reader.join(timeout=2.0)
            self._reader = None


def _read_lines(pipe: IO[bytes], take: Callable[[str], None]) -> None:
    with pipe:
        for line in pipe:
            take(line.decode("utf-8", "replace").rstrip("\r\n"))

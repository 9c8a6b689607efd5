"""What the embedded servers have in common: a folder, a port, a password, one process."""

import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from webapp.demo.footing import find_account
from webapp.demo.guard import Guard
from webapp.demo.ports import new_port, remembered_port
from webapp.demo.processes import ChildProcess

LOG_LIMIT_BYTES = 5_000_000


class EmbeddedServer:
    """A server of our own, kept in one folder and listening on loopback only.

    Args:
        folder: where its data, password, port and log are kept; made on the first start.
        port: 0 chooses a free one on the first start and keeps to it.
        guard: ends the server should we be killed; one is made when none is given.
        programs: where copies of binaries may be kept when the account that runs them cannot read ours.
    """

    label = "server"
    stop_signal = signal.SIGTERM
    stop_seconds = 30.0

    def __init__(
        self, folder: Path, port: int = 0, *, guard: Guard | None = None, programs: Path | None = None
    ) -> None:
        self.folder = folder
        self.port = port
        self._is_port_given = port != 0
        self._account = find_account()
        self._own_guard = Guard() if guard is None else None
        self._guard = guard or self._own_guard
        self._programs = programs or folder.parent / "programs"
        self._password = ""
        self._child: ChildProcess | None = None

    @property
    def is_running(self) -> bool:
        """Say whether the server process is there."""
        return self._child is not None and self._child.is_running

    @property
    def process_id(self) -> int | None:
        """Return the id of the server's (first) process."""
        return None if self._child is None else self._child.process_id

    def start(self) -> None:
        """Start the server and return when it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the server; everything it promised to keep is on disk then."""
        if self._child is not None:
            self._child.stop(self.stop_seconds)

    def kill(self) -> None:
        """Kill the server without warning, as a crash would; ``start`` recovers it."""
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        """Stop the server and the guard, if that is our own."""
        self.stop()
        if self._own_guard is not None:
            self._own_guard.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _choose_port(self) -> None:
        if not self._is_port_given:
            self.port = remembered_port(self.folder / "port")

    def _choose_another_port(self) -> bool:
        """Take another port; False when we were told which one to use."""
        if not self._is_port_given:
            self.port = new_port(self.folder / "port")
        return not self._is_port_given

    def _log_size(self) -> int:
        """Return the size of the log, which begins anew when it has become too long."""
        log = self.folder / "log"
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.unlink()
        return log.stat().st_size if log.exists() else 0

    def _log_since(self, offset: int) -> str:
        with (self.folder / "log").open("rb") as file:
            file.seek(offset)
            return file.read().decode("utf-8", "replace")

    def _launch(self, command: list[str], environment: dict[str, str]) -> ChildProcess:
        if self._guard is None:
            raise RuntimeError(f"{self.label} has no guard")
        self._child = ChildProcess(
            self.label,
            command,
            guard=self._guard,
            environment=environment,
            folder=self.folder,
            output=self.folder / "log",
            account=self._account,
            stop_signal=self.stop_signal,
        )
        self._child.start()
        return self._child

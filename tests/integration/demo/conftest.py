"""A running sink: the real process, on a free port, with a store of its own."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from webapp.demo.store import LetterStore

CHECKOUT = Path(__file__).parents[3]


@dataclass
class RunningSink:
    """The process and how to reach it."""

    process: subprocess.Popen[str]
    port: int
    path: Path

    @classmethod
    def start(cls, path: Path, *, keep: int = 1000) -> Self:
        """Start it and wait for its line."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "webapp.demo.sink", "--host", "127.0.0.1", "--port", "0"),
                *("--store", str(path), "--keep", str(keep)),
            ],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("mail sink ready on 127.0.0.1:"), line
        return cls(process, int(line.split(",")[0].rpartition(":")[2]), path)

    @property
    def store(self) -> LetterStore:
        """What the inbox page would read."""
        return LetterStore(self.path)

    def connect(self) -> socket.socket:
        """A raw connection, for conversations that smtplib would not hold."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=15)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture
def start_sink() -> Iterator[Callable[..., RunningSink]]:
    """Start sinks that are stopped after the test."""
    running: list[RunningSink] = []

    def start(path: Path, **options: int) -> RunningSink:
        running.append(RunningSink.start(path, **options))
        return running[-1]

    yield start
    for sink in running:
        sink.stop()


@pytest.fixture
def sink(start_sink: Callable[..., RunningSink], tmp_path: Path) -> RunningSink:
    """A running sink with an empty store."""
    return start_sink(tmp_path / "inbox.sqlite3")

"""CPU that processes use while they are watched: on a machine that others use too, time alone tells little."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

_BACKENDS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type IN ('client backend', 'parallel worker')"
)


@dataclass(frozen=True, slots=True)
class Took:
    """What one request took, in milliseconds: on the clock, and of CPU in the web server and in the database."""

    wall: float
    web: float
    database: float

    @property
    def cpu(self) -> float:
        """Return the CPU of both."""
        return self.web + self.database


def cpu_of(pid: int) -> float:
    """Return the CPU that a process has used so far with all its threads, in milliseconds; 0 when it is gone.

    Linux lets anybody read the CPU clock of a process, whose number follows from the process's (clock_getcpuclockid).
    """
    try:
        return time.clock_gettime((~pid << 3) | 2) * 1000
    except OSError:
        return 0.0


def find_children(pid: int) -> list[int]:
    """Return the processes that a process has started: the workers of a web server."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Watch:
    """Reads how much CPU the web server and the database's backends have used.

    Args:
        find_web: finds the web server's processes.
        engine: of the database, for asking which backends there are; the one that is asked is left out.
    """

    def __init__(self, find_web: Callable[[], Collection[int]], engine: Engine) -> None:
        self._find_web = find_web
        self._web: Collection[int] = ()
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._backends: Collection[int] = ()

    def look(self) -> tuple[float, float]:
        """Return the milliseconds of CPU so far, of the web server and of the backends that ``refresh`` found."""
        return sum(map(cpu_of, self._web)), sum(map(cpu_of, self._backends))

    def refresh(self) -> None:
        """See which processes there are by now."""
        self._web = self._find_web()
        self._backends = list(self._connection.scalars(_BACKENDS))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

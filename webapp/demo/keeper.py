"""Keeps one program running: starts it again when it ends by itself, later and later if that goes on."""

import time
from collections.abc import Callable

from webapp.core.errors import OperatorError
from webapp.demo.processes import ChildProcess

STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0


class Keeper:
    """Restarts a program that ends without being asked.

    Args:
        child: the program.
        say: tells the person at the terminal.
        death_limit: give up after so many ends in a row; None never does.
    """

    def __init__(
        self, child: ChildProcess, say: Callable[[str], None], death_limit: int | None = None
    ) -> None:
        self.child = child
        self._say = say
        self._death_limit = death_limit
        self._death_count = 0
        self._next_start: float | None = None

    def look(self) -> None:
        """See whether the program runs, and start it when it is time to.

        Raises:
            OperatorError: it has ended too often.
        """
        now = time.monotonic()
        if self._next_start is not None:
            if now >= self._next_start:
                self._next_start = None
                self.child.start()
            return
        if self.child.is_running:
            return
        if now - self.child.started_at > STEADY_SECONDS:
            self._death_count = 0
        self._death_count += 1
        how = f"{self.child.name} ended unexpectedly ({describe_exit(self.child.exit_code)})"
        self.child.kill()  # what it may have left behind
        if self._death_limit is not None and self._death_count >= self._death_limit:
            raise OperatorError(
                f"{how}, for the {self._death_count}th time in a row. Its last lines above say why."
            )
        pause = min(2.0 ** (self._death_count - 1), LONGEST_PAUSE_SECONDS)
        self._next_start = now + pause
        self._say(f"{how}; it starts again in {pause:.0f} s.")


def describe_exit(code: int | None) -> str:
    """Say in words how a process ended, from the code that ``subprocess`` gives."""
    if code is None:
        return "still running"
    return f"signal {-code}" if code < 0 else f"exit code {code}"

"""Starts modules as processes that find the libraries in memory: reading them costs each new Python two seconds.

What runs is what ``python -m`` runs, in a process of its own; only the imports have happened before. That the
commands also start without this help is what the tests of settings and of the supervisor show.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.preloaded"])


class ForkedModule:
    """A module that runs as a process; it answers like a `subprocess.Popen`.

    Args:
        module: as ``python -m`` takes it.
        arguments: behind the module's name.
        environment: all that it gets.
        log: gets what it says.
        errors: gets what it says on its standard error; None for the log, too.
        stdin: what it reads.
    """

    def __init__(
        self,
        module: str,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        log: Path,
        *,
        errors: Path | None = None,
        stdin: Path = Path(os.devnull),
    ) -> None:
        files = (str(stdin), str(log), str(errors or log))
        self._process = _context.Process(
            target=_run, args=(module, arguments, dict(environment), files), name=module
        )
        self._process.start()
        self.pid = self._process.pid or 0
        self.name = module

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs; a signal's number is negative."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Args:
            timeout: seconds.

        Returns:
            How it ended.

        Raises:
            TimeoutExpired: it has not.
        """
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _run(
    module: str, arguments: tuple[str, ...], environment: dict[str, str], files: tuple[str, str, str]
) -> None:
    """Become what ``python -m module arguments`` would be: a session, an environment, a folder of its own."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream, path in enumerate(files):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND if stream else os.O_RDONLY
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    sys.stdin = os.fdopen(0)  # multiprocessing has given it nothing to read
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(CHECKOUT)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)

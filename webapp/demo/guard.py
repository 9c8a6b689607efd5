"""Ends what a process has started when that process itself is gone, however it went (even by SIGKILL).

The guard is a small process at the other end of a pipe. It is told which children there are; the pipe's end
tells it that their parent is gone. Portable, and unlike Linux's parent-death signal it reaches grandchildren.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 10.0


class Guard:
    """The parent's side of the pipe.

    Args:
        pass_files: descriptors that the guard keeps open, so that a lock is held until its work is done.
    """

    def __init__(self, pass_files: tuple[int, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=pass_files,
            cwd="/",
        )

    def watch(self, process_id: int, stop_signal: signal.Signals) -> None:
        """Have a child, started in a session of its own, ended by that signal once we are gone."""
        self._tell(f"watch {process_id} {int(stop_signal)}")

    def release(self, process_id: int) -> None:
        """Forget a child that has ended."""
        self._tell(f"release {process_id}")

    def remove_file(self, path: Path) -> None:
        """Have a file removed once we are gone."""
        self._tell(f"remove {path}")

    def keep_file(self, path: Path) -> None:
        """Take back ``remove_file``."""
        self._tell(f"keep {path}")

    def close(self) -> None:
        """End the guard, after it has ended what is still watched."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            raise RuntimeError("the guard is closed")
        try:
            pipe.write(f"{line}\n".encode())
            pipe.flush()
        except BrokenPipeError:
            print("The process that would clean up after a crash is gone.", file=sys.stderr)


def session_members(session_id: int) -> list[int]:
    """Return the living processes of a session; its leader alone where there is no /proc."""
    proc = Path("/proc")
    if not (proc / "self" / "stat").exists():
        return [session_id] if _exists(session_id) else []
    found = []
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                # pid (name, which may hold anything) state ppid pgrp session ...
                words = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we were reading
            if words[0] not in "ZX" and int(words[3]) == session_id:
                found.append(int(entry.name))
    return found


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except OSError:
        return False
    return True


def send_signal(process_id: int, number: int) -> None:
    """Signal a process that may have ended already."""
    try:
        os.kill(process_id, number)
    except (ProcessLookupError, PermissionError):
        return


def _end(watched: dict[int, int]) -> None:
    for process_id, number in reversed(watched.items()):
        if session_members(process_id):
            send_signal(process_id, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(session_members(one) for one in watched):
        time.sleep(0.05)
    for process_id in watched:
        for member in session_members(process_id):
            send_signal(member, signal.SIGKILL)


def main() -> None:
    """Listen to the parent until it is gone, then end what it had started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, int] = {}
    files: set[str] = set()
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "watch":
            process_id, _, stop_signal = rest.partition(" ")
            watched[int(process_id)] = int(stop_signal)
        elif word == "release":
            watched.pop(int(rest), None)
        elif word == "remove":
            files.add(rest)
        elif word == "keep":
            files.discard(rest)
    _end(watched)
    for name in files:
        Path(name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()

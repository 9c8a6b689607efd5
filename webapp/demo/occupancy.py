"""At most one `make run` per data folder: a lock that the system itself lets go of, and who holds it."""

import fcntl
import json
import os
import time
from pathlib import Path

from webapp.core.errors import OperatorError
from webapp.demo.guard import session_members

WAIT_SECONDS = 20.0


class Occupancy:
    """The lock of a data folder.

    Args:
        file: the lock file; it also says who holds the lock, and at which address.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.handle = -1

    def take(self) -> None:
        """Take the lock; wait a little where a killed run is still being cleaned up.

        Raises:
            OperatorError: another run holds it; the message says where it is.
        """
        self.handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._try():
            holder = self._read()
            process_id = int(holder.get("process", 0))
            if (process_id and _is_alive(process_id)) or time.monotonic() > deadline:
                os.close(self.handle)
                where = holder.get("address") or "just starting"
                raise OperatorError(
                    f"it is running already ({where}, process {process_id}). "
                    f"Stop that one first: Ctrl-C where it runs, or kill {process_id}."
                )
            time.sleep(0.1)
        self.write("")

    def write(self, address: str) -> None:
        """Write down that we hold the lock, and our address once there is one."""
        content = json.dumps({"process": os.getpid(), "address": address}).encode()
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, content, 0)

    def leave(self) -> None:
        """Let the lock go."""
        os.ftruncate(self.handle, 0)
        os.close(self.handle)

    def _try(self) -> bool:
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _read(self) -> dict[str, str]:
        try:
            holder = json.loads(self._file.read_text())
        except ValueError:
            return {}
        return {str(name): str(value) for name, value in holder.items()}


def _is_alive(process_id: int) -> bool:
    try:
        session = os.getsid(process_id)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process_id in session_members(session)  # a zombie is not

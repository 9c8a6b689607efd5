"""A disk of our own below the database, in memory, that can be full from one instant to the next."""

import ctypes
import os
import subprocess
from pathlib import Path

from webapp.demo.footing import find_account, make_private_folder

ROOM = 6 << 30  # bytes that it may grow to; it takes only as much memory as there are files on it
_CLONE_NEWNS = 0x00020000  # of unshare(2)


def _has_own_mounts() -> bool:
    """Take what is mounted for our own from now on: nobody else sees our disk, and it ends with our processes."""
    if ctypes.CDLL(None).unshare(_CLONE_NEWNS):
        return False
    command = ["mount", "--make-rprivate", "/"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


class SmallDisk:
    """A mounted tmpfs, whose size is changed while it is in use.

    Args:
        folder: where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def mount(cls, folder: Path) -> "SmallDisk | None":
        """Mount one, or return None where that is not allowed."""
        if os.geteuid() != 0 or not _has_own_mounts():
            return None
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return None
        make_private_folder(folder, find_account())
        return cls(folder)

    def fill(self) -> None:
        """Leave no room for another page."""
        used = os.statvfs(self.folder)
        self._resize((used.f_blocks - used.f_bfree) * used.f_frsize)

    def make_room(self) -> None:
        """Let there be room again."""
        self._resize(ROOM)

    def unmount(self) -> None:
        """Take it away with all that is on it; should we be killed, the kernel does it."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)

"""A disk of our own below the database, in memory, that can be full from one instant to the next."""

import os
import subprocess
from pathlib import Path

from webapp.demo.footing import find_account, make_private_folder

ROOM = 6 << 30  # bytes that it may grow to; it takes only as much memory as there are files on it


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
        if os.geteuid() != 0:
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
        """Take it away with all that is on it."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)

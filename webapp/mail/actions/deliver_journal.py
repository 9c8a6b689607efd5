"""A worker's journal: one byte a letter in a mapped file, so that a successor on the same host knows how far each came.

The kernel keeps what was written to a mapping when its process is killed; nothing is ever flushed or waited for, so
a letter costs two stores into memory. A journal tells nothing after the host itself was lost: then what was marked is
listed as uncertain.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webapp.mail.domain.journal import LeftPage
from webapp.mail.models.shoot import CHUNK_SIZE
from webapp.mail.queries.lease import Lease

PAGES = 256  # chunks that one worker holds at once and keeps a journal of; it mostly holds one or two
_HEAD = struct.Struct(">QIIB")  # shoot, chunk, lease, whether the page is in use
_PAGE_BYTES = _HEAD.size + CHUNK_SIZE
_SUFFIX = ".journal"


@dataclass(slots=True)
class Page:
    """Where one chunk's letters are followed.

    Args:
        marks: one byte for each letter of the chunk, in the order of their numbers.
        number: of the page in its journal; None where there is no journal behind it.
    """

    marks: memoryview
    number: int | None = None


class Journal:
    """The journal of one slice of work; as long as it is open its file is locked.

    Args:
        folder: where journals of this installation are kept on this host.
        owner: the name under which leases are taken.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, folder: Path, owner: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{owner.replace('/', '~')}{_SUFFIX}"
        being_made = self._path.with_suffix(".new")
        with being_made.open("xb+") as file:
            # Locked before it bears its name, or a successor could take it for one that was left behind.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(PAGES * _PAGE_BYTES)
            self._map = mmap.mmap(file.fileno(), PAGES * _PAGE_BYTES)
            self._lock = os.dup(file.fileno())
        being_made.rename(self._path)
        self._free = list(range(PAGES - 1, -1, -1))

    def open_page(self, lease: Lease) -> Page:
        """Begin to follow a chunk; every letter of it is marked and not handed over."""
        if not self._free:
            return blank_page()
        number = self._free.pop()
        start = number * _PAGE_BYTES
        self._map[start + _HEAD.size : start + _PAGE_BYTES] = bytes(CHUNK_SIZE)
        _HEAD.pack_into(self._map, start, lease.shoot_id, lease.number, lease.lease_number, 1)
        return Page(memoryview(self._map)[start + _HEAD.size : start + _PAGE_BYTES], number)

    def close_page(self, page: Page) -> None:
        """Forget a chunk: what became of its letters is in the database."""
        if page.number is not None:
            start = page.number * _PAGE_BYTES
            self._map[start : start + _HEAD.size] = bytes(_HEAD.size)
            self._free.append(page.number)
            page.number = None
            page.marks = memoryview(bytearray(CHUNK_SIZE))

    def close(self) -> None:
        """Remove the journal where nothing is left in it; what could not be recorded stays for a successor."""
        if len(self._free) == PAGES:
            self._path.unlink(missing_ok=True)
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)


def blank_page() -> Page:
    """Return a page that nobody will read: where journals are off, or cannot be written."""
    return Page(memoryview(bytearray(CHUNK_SIZE)))


def left_journals(folder: Path) -> Iterator[tuple[Path, list[LeftPage]]]:
    """Yield the journals whose worker is gone, each locked while it is looked at.

    Args:
        folder: where journals of this installation are kept on this host.
    """
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            file = path.open("rb+")
        except FileNotFoundError:
            continue
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # its worker lives
            yield path, _read_pages(path.name.removesuffix(_SUFFIX).replace("~", "/"), file.read())


def _read_pages(owner: str, content: bytes) -> list[LeftPage]:
    found = []
    for start in range(0, len(content) - _PAGE_BYTES + 1, _PAGE_BYTES):
        shoot_id, chunk, lease_number, is_used = _HEAD.unpack_from(content, start)
        if is_used:
            marks = content[start + _HEAD.size : start + _PAGE_BYTES]
            found.append(LeftPage(owner, shoot_id, chunk, lease_number, marks))
    return found

"""Write the letters that the demo's mail server takes into its file, in batches, in a thread of its own."""

import json
import sqlite3
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from webapp.demo.letter_reading import fold_for_search, read_headline
from webapp.demo.store import Arrival, open_for_writing

BLOCK_BYTES = 256 * 1024
FLUSH_EVERY_S = 0.2
WAKE_AT_BYTES = 4 * 1024 * 1024
FULL_AT_BYTES = 64 * 1024 * 1024
_INSERT_ROWS = (
    "INSERT INTO letters SELECT "
    + ", ".join(f"json_extract(value, '$[{position}]')" for position in range(11))
    + " FROM json_each(?)"
)


class LetterWriter:
    """Takes letters from the conversations and writes them in batches, in a thread of its own."""

    def __init__(
        self,
        path: Path,
        *,
        keep_count: int,
        on_flushed: Callable[[], None],
        on_failed: Callable[[Exception], None],
    ) -> None:
        """Open or create the file and start the thread.

        Args:
            path: the SQLite file; its folder exists.
            keep_count: how many of the newest letters stay.
            on_flushed, on_failed: called in the writer's thread after a batch, or when writing is impossible.

        Raises:
            sqlite3.Error: the file cannot be opened or written.
        """
        self._keep_count = keep_count
        self._on_flushed = on_flushed
        self._on_failed = on_failed
        self._queue: deque[Arrival] = deque()
        self._taken_bytes = 0
        self._written_bytes = 0
        self._wake = threading.Event()
        self._is_closing = False
        self._database = open_for_writing(path)
        self._next_letter, self._next_block, self._oldest = self._database.execute(
            "SELECT (SELECT coalesce(max(id), 0) + 1 FROM letters),"
            " (SELECT coalesce(max(id), 0) + 1 FROM blocks),"
            " (SELECT coalesce(min(id), 1) FROM letters)"
        ).fetchone()
        self._thread = threading.Thread(target=self._run, name="letter-writer")
        self._thread.start()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of letters in memory that are not written yet."""
        return self._taken_bytes - self._written_bytes

    def add(self, arrival: Arrival) -> None:
        """Take a letter; it is on disk within about ``FLUSH_EVERY_S``. From one thread only; never blocks."""
        self._queue.append(arrival)
        self._taken_bytes += len(arrival.content)
        if self.waiting_bytes >= WAKE_AT_BYTES:
            self._wake.set()

    def close(self) -> None:
        """Write what is waiting, leave exactly ``keep_count`` letters, close the file."""
        self._is_closing = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with closing(self._database):
                while not self._is_closing:
                    self._wake.wait(FLUSH_EVERY_S)
                    self._wake.clear()
                    self._flush(slack=self._keep_count // 10)
                self._flush(slack=0)
        except sqlite3.Error as error:
            self._on_failed(error)

    def _flush(self, *, slack: int) -> None:
        batch = [self._queue.popleft() for _ in range(len(self._queue))]
        is_work = bool(batch) or self._next_letter - self._oldest > self._keep_count + slack
        if not is_work:
            return
        with self._database:
            self._database.execute("BEGIN")
            self._write(batch)
            self._prune(slack)
        self._written_bytes += sum(len(arrival.content) for arrival in batch)
        self._on_flushed()

    def _write(self, batch: Sequence[Arrival]) -> None:
        """Write a batch; one statement for all its rows, in which SQLite never needs Python's lock.

        A statement per row would hand the lock to and fro with the conversations, which slows both.
        """
        rows: list[tuple[int | str | float, ...]] = []
        for block in _cut_into_blocks(batch):
            packed = zlib.compress(b"".join([arrival.content for arrival in block]), 1)
            self._database.execute("INSERT INTO blocks VALUES (?, ?)", (self._next_block, packed))
            start = 0
            for arrival in block:
                for row in _rows_of(arrival):
                    rows.append((self._next_letter, *row, self._next_block, start))
                    self._next_letter += 1
                start += len(arrival.content)
            self._next_block += 1
        self._database.execute(_INSERT_ROWS, (json.dumps(rows),))

    def _prune(self, slack: int) -> None:
        """Take away the oldest letters in one sweep, once ``slack`` more than wanted are there."""
        if self._next_letter - self._oldest <= self._keep_count + slack:
            return
        self._oldest = self._next_letter - self._keep_count
        self._database.execute("DELETE FROM letters WHERE id < ?", (self._oldest,))
        self._database.execute(
            "DELETE FROM blocks WHERE id < (SELECT block_id FROM letters ORDER BY id LIMIT 1)",
        )


def _rows_of(arrival: Arrival) -> Iterator[tuple[int | str | float, ...]]:
    """Make a row for each recipient, in the order of the table's columns from received_at to size."""
    subject, from_header = read_headline(arrival.content)
    for rcpt_to in arrival.recipients:
        haystack = fold_for_search(f"{rcpt_to}\n{subject}\n{from_header}\n{arrival.mail_from}")
        yield (
            arrival.received_at,
            arrival.mail_from,
            rcpt_to,
            rcpt_to.lower(),
            subject,
            from_header,
            haystack,
            len(arrival.content),
        )


def _cut_into_blocks(batch: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    block: list[Arrival] = []
    size = 0
    for arrival in batch:
        if block and size + len(arrival.content) > BLOCK_BYTES:
            yield block
            block, size = [], 0
        block.append(arrival)
        size += len(arrival.content)
    if block:
        yield block

"""Keep the letters that the demo's mail server took in one SQLite file, and find them again for its inbox.

Letters lie in compressed blocks of up to ``BLOCK_BYTES``: the letters of one shoot are nearly alike, so one of
them takes a fraction of the space that it would take alone. A letter's id is its running number since the file
began, so the newest id is the count of all letters ever accepted.
"""

import json
import sqlite3
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from webapp.demo.letter_reading import fold_for_search, read_headline

BLOCK_BYTES = 256 * 1024
FLUSH_EVERY_S = 0.2
WAKE_AT_BYTES = 4 * 1024 * 1024
FULL_AT_BYTES = 64 * 1024 * 1024
SCHEMA_VERSION = 1

_SCHEMA = """
    CREATE TABLE blocks (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
    CREATE TABLE letters (
        id INTEGER PRIMARY KEY,
        received_at REAL NOT NULL,
        mail_from TEXT NOT NULL,
        rcpt_to TEXT NOT NULL,
        rcpt_key TEXT NOT NULL,
        subject TEXT NOT NULL,
        from_header TEXT NOT NULL,
        haystack TEXT NOT NULL,
        size INTEGER NOT NULL,
        block_id INTEGER NOT NULL,
        start INTEGER NOT NULL
    );
    CREATE INDEX letters_by_recipient ON letters (rcpt_key, id);
"""
_INSERT_ROWS = (
    "INSERT INTO letters SELECT "
    + ", ".join(f"json_extract(value, '$[{position}]')" for position in range(11))
    + " FROM json_each(?)"
)
_COLUMNS = "id, received_at, mail_from, rcpt_to, subject, from_header, size"


class Arrival(NamedTuple):
    """A letter as it came in: Unix time, envelope addresses, and the content without its doubled dots."""

    received_at: float
    mail_from: str
    recipients: tuple[str, ...]
    content: bytes


class StoredLetter(NamedTuple):
    """A line of the inbox: one letter to one recipient; ``size`` in bytes."""

    id: int
    received_at: datetime
    mail_from: str
    rcpt_to: str
    subject: str
    from_header: str
    size: int


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
        self._database = _open_for_writing(path)
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


class LetterStore:
    """The reading side, for the inbox page; opens the file anew for each question, if it is there."""

    def __init__(self, path: Path) -> None:
        """Remember where the file is, or will be."""
        self._path = path

    def page(
        self,
        *,
        recipient: str | None = None,
        text: str | None = None,
        before_id: int | None = None,
        limit: int = 50,
    ) -> list[StoredLetter]:
        """Return a page of letters, newest first.

        Args:
            recipient: the whole envelope address, letter case does not matter.
            text: words that are part of an address, the subject or the From header, in any script.
            before_id: the last id of the page before (keyset).
            limit: how many at most.
        """
        wanted: list[str] = []
        values: list[int | str] = []
        if recipient:
            wanted.append("rcpt_key = ?")
            values.append(recipient.strip().lower())
        for word in fold_for_search(text or "").split():
            wanted.append("instr(haystack, ?) > 0")
            values.append(word)
        if before_id is not None:
            wanted.append("id < ?")
            values.append(before_id)
        where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
        statement = f"SELECT {_COLUMNS} FROM letters {where} ORDER BY id DESC LIMIT ?"
        with self._reading() as database:
            if database is None:
                return []
            return [_as_letter(row) for row in database.execute(statement, (*values, limit))]

    def letter(self, letter_id: int) -> tuple[StoredLetter, bytes] | None:
        """Return a letter and its raw RFC 5322 content, or None when it is not there (any more)."""
        statement = (
            f"SELECT {_COLUMNS.replace('id,', 'letters.id,', 1)}, start, content"
            " FROM letters JOIN blocks ON blocks.id = block_id WHERE letters.id = ?"
        )
        with self._reading() as database:
            row = None if database is None else database.execute(statement, (letter_id,)).fetchone()
        if row is None:
            return None
        *columns, start, packed = row
        found = _as_letter(columns)
        return found, zlib.decompress(packed)[start : start + found.size]

    def count_kept(self) -> int:
        """Count the letters that can be read."""
        return self._number("SELECT count(*) FROM letters")

    def count_accepted(self) -> int:
        """Count all letters ever accepted, one for each recipient, those that were pruned since included."""
        return self._number("SELECT coalesce(max(id), 0) FROM letters")

    def _number(self, statement: str) -> int:
        with self._reading() as database:
            return 0 if database is None else int(database.execute(statement).fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file for reading; None while the sink has not made it yet."""
        if not self._path.exists():
            yield None
            return
        with closing(
            sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        ) as database:
            is_ready = database.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
            yield database if is_ready else None


def _open_for_writing(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    # A power cut may cost the last letters of a demo; a process that dies costs none that were written.
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA journal_size_limit = 33554432")
    if database.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        # Letters of another version of the demo are not worth a migration.
        database.executescript(
            "BEGIN; DROP TABLE IF EXISTS letters; DROP TABLE IF EXISTS blocks;"
            f"{_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    return database


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


def _as_letter(row: Sequence[int | float | str]) -> StoredLetter:
    letter_id, received_at, *words, size = row
    mail_from, rcpt_to, subject, from_header = (str(word) for word in words)
    moment = datetime.fromtimestamp(float(received_at), UTC)
    return StoredLetter(int(letter_id), moment, mail_from, rcpt_to, subject, from_header, int(size))

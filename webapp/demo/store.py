"""The file of the letters that the demo's mail server took: its tables, and how the inbox finds them again.

Letters lie in compressed blocks: the letters of one shoot are nearly alike, so one of them takes a fraction
of the space that it would take alone. A letter's id is its running number since the file began: the newest
id is the count of all letters ever accepted.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from webapp.demo.letter_reading import fold_for_search

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
_LAST_ID = 2**63 - 1  # what SQLite can count to
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
        if letter_id > _LAST_ID:
            return None
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


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the file for the one process that writes it, and create what is missing.

    Raises:
        sqlite3.Error, OSError: it cannot be written.
    """
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


def _as_letter(row: Sequence[int | float | str]) -> StoredLetter:
    letter_id, received_at, *words, size = row
    mail_from, rcpt_to, subject, from_header = (str(word) for word in words)
    moment = datetime.fromtimestamp(float(received_at), UTC)
    return StoredLetter(int(letter_id), moment, mail_from, rcpt_to, subject, from_header, int(size))

"""Rows as a CSV file that Excel reads, streamed, and in which no cell can act as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from flask import Response, stream_with_context

from webapp.mail.domain.brakes import CLOSED
from webapp.mail.domain.report_log import LetterLine
from webapp.mail.domain.report_words import reason_words
from webapp.web.states import LETTER

HEADINGS = (
    "Letter",
    "Name",
    "Address",
    "State",
    "Reason",
    "Tries",
    "Handed over (UTC)",
    "Settled (UTC)",
    "Next try (UTC)",
    "What the other side said",
)
_ACTS = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection): led by an apostrophe."""
    return f"'{cell}" if cell.startswith(_ACTS) else cell


def _written(at: datetime | None) -> str:
    """Return an instant as spreadsheets read it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _cells(line: LetterLine) -> list[str]:
    """Return a letter's cells in the order of ``HEADINGS``."""
    return [
        str(line.seq),
        safe(line.name or ""),
        safe(line.address or ""),
        LETTER[line.state].label if line.state in LETTER else safe(line.state),
        safe(reason_words(line.state, line.reason)),
        str(line.attempt),
        _written(line.handed_at),
        _written(line.settled_at),
        _written(None if line.next_at == CLOSED else line.next_at),
        safe(line.detail or ""),
    ]


def _lines(batches: Iterable[list[LetterLine]]) -> Iterator[bytes]:
    """Yield the file piece by piece, led by the mark by which Excel knows UTF-8."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(HEADINGS)
    yield b"\xef\xbb\xbf" + buffer.getvalue().encode()
    for batch in batches:
        buffer.seek(0)
        buffer.truncate()
        writer.writerows(_cells(line) for line in batch)
        yield buffer.getvalue().encode("utf-8", "replace")


def stream_csv(batches: Iterable[list[LetterLine]], name: str) -> Response:
    """Return an answer that streams the rows as a file.

    Args:
        batches: of rows.
        name: of the file; letters, digits, dots and dashes only.
    """
    answer = Response(stream_with_context(_lines(batches)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""Tables for download: CSV that a spreadsheet opens with the right letters and without running anything in it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

FORMULA_STARTS = frozenset("=+-@\t\r")
PIECE = 1 << 15  # characters that are gathered before they leave
FAULT_HEADINGS = ("Row in the file", "Why it was refused")


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe before what could begin one."""
    return f"'{cell}" if cell[:1] in FORMULA_STARTS and cell else cell


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a CSV file (RFC 4180) some lines at a time, with a BOM so that Excel reads it as UTF-8.

    Args:
        rows: the heading first.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        if buffer.tell() >= PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def fault_rows(
    headings: Sequence[str], faults: Iterable[tuple[int, str, Sequence[str]]]
) -> Iterator[list[str]]:
    """Yield the refused rows as they came, with number and reason behind them: to be mended and imported again.

    Args:
        headings: one a column of the file; an empty one is named by its place.
        faults: (row number, reason, cells).
    """
    width = len(headings)
    yield [heading or f"Column {place}" for place, heading in enumerate(headings, start=1)] + list(
        FAULT_HEADINGS
    )
    for number, reason, cells in faults:
        padded = [str(cell) for cell in cells[:width]] + [""] * (width - len(cells))
        yield [*padded, str(number), reason]

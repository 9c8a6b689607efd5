"""What kind of file somebody gave us, and its rows one after the other, whichever kind it is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, BinaryIO, TypeAlias

from webapp.core.errors import StaffError
from webapp.people.domain.import_csv import guess_delimiter, guess_encoding, is_lossy, read_csv
from webapp.people.domain.import_pasted import read_pasted
from webapp.people.domain.import_xlsx import check_archive, read_xlsx

Row: TypeAlias = tuple[int, list[str]]  # number as a spreadsheet counts (the first is 1), cells

MAX_SIZE = 64 * 1024 * 1024  # bytes
MAX_COLUMNS = 500
MAX_CELL = 10_000  # characters
_HEAD = 65_536  # bytes looked at to tell what it is

# What neither text of PostgreSQL nor JSON of it can hold.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 26})  # what a text table does not contain

_MAGIC = (
    (
        b"\xd0\xcf\x11\xe0",
        "This is an old Excel file (.xls), or one with a password. Save it as .xlsx or CSV without a password.",
    ),
    (b"%PDF", "This is a PDF. Export the table as .xlsx or CSV."),
    (b"\x89PNG", "This is a picture. Export the table as .xlsx or CSV."),
    (b"\xff\xd8\xff", "This is a picture. Export the table as .xlsx or CSV."),
    (b"\x1f\x8b", "This file is compressed (gzip). Unpack it first."),
    (b"{\\rtf", "This is a text document. Export the table as .xlsx or CSV."),
)


class FileKind(StrEnum):
    """How the rows are written down."""

    CSV = "csv"
    XLSX = "xlsx"
    PASTED = "pasted"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read.

    Args:
        kind: what it is.
        encoding: Python's name of its encoding; empty for a workbook.
        delimiter: between the cells of a CSV.
        is_lossy: some bytes mean nothing in that encoding and are shown as �.
    """

    kind: FileKind
    encoding: str = ""
    delimiter: str = ""
    is_lossy: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Reading":
        """Return what ``as_data`` gave."""
        return cls(FileKind(data["kind"]), data["encoding"], data["delimiter"], data["is_lossy"])


def sniff(file: BinaryIO, size: int) -> Reading:
    """Tell how a file is to be read.

    Args:
        file: seekable, at any place.
        size: bytes in it.

    Raises:
        StaffError: it is empty, too large, or no table that we can read.
    """
    if size > MAX_SIZE:
        raise StaffError(f"The file is larger than {MAX_SIZE >> 20} MB. Split it in parts.", field="file")
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip():
        raise StaffError("The file is empty.", field="file")
    for magic, sentence in _MAGIC:
        if head.startswith(magic):
            raise StaffError(sentence, field="file")
    if head.startswith(b"PK\x03\x04"):
        check_archive(file)
        return Reading(FileKind.XLSX)
    encoding = guess_encoding(file)
    controls = len(head) - len(head.translate(None, _CONTROL))
    if not encoding.startswith("utf-16") and controls * 50 > len(head):
        raise StaffError(
            "This is neither a spreadsheet (.xlsx) nor a text table (CSV). Export the table as one of these.",
            field="file",
        )
    return Reading(FileKind.CSV, encoding, guess_delimiter(file, encoding), is_lossy(file, encoding))


def read_rows(file: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows that are not blank, the heading included, holding one at a time in memory.

    Args:
        file: seekable, at any place; stays open.
        reading: how it is read.

    Raises:
        StaffError: while reading, when the file turns out to be broken; the message names the row.
    """
    match reading.kind:
        case FileKind.CSV:
            rows = read_csv(file, reading.encoding, reading.delimiter)
        case FileKind.XLSX:
            rows = read_xlsx(file)
        case FileKind.PASTED:
            rows = read_pasted(file)
    return _storable(rows)


def _storable(rows: Iterable[Row]) -> Iterator[Row]:
    """Drop blank rows and, from the others, characters that no database takes."""
    for number, cells in rows:
        if any(cells) and any(cell.strip() for cell in cells):
            yield (
                number,
                [_UNSTORABLE.sub("", cell) if _UNSTORABLE.search(cell) else cell for cell in cells],
            )


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at a file told.

    Args:
        first: the first rows that are not blank, the heading among them.
        row_count: all rows that are not blank, or None when only the first were looked at.
    """

    first: list[Row]
    row_count: int | None


def survey(file: BinaryIO, reading: Reading, *, first: int = 50, is_whole: bool) -> Survey:
    """Look at a file before anything is done with it.

    Args:
        file: seekable.
        reading: how it is read.
        first: how many rows to return.
        is_whole: read it to its end, which finds out whether it is broken anywhere.

    Raises:
        StaffError: it is broken, has no rows, or more columns than we read.
    """
    found: list[Row] = []
    count = 0
    for row in read_rows(file, reading):
        count += 1
        if count <= first:
            found.append(row)
        elif not is_whole:
            return Survey(found, None)
    if not found:
        raise StaffError("There are no rows in it.", field="file")
    if len(found[0][1]) > MAX_COLUMNS:
        raise StaffError(f"The table has more than {MAX_COLUMNS} columns. Leave out some.", field="file")
    return Survey(found, count)

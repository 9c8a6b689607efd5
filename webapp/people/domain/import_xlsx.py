"""Workbooks: the rows of the first sheet of an XLSX file (ECMA-376), without trusting anything it says of itself."""

import warnings
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel

from webapp.core.errors import StaffError
from webapp.people.domain.import_sheet import SheetReader

MAX_UNPACKED = 1 << 30  # bytes, all parts together
MAX_STRINGS = 128 << 20  # bytes of XML; the one part that has to be held in memory
MAX_RATIO = 400  # unpacked to packed; a sheet of real people packs to a fifth or a tenth
_MAX_PARTS = 10_000
_BROKEN = "The workbook is damaged. Open it in a spreadsheet program, save it again and try once more."


def check_archive(file: BinaryIO) -> None:
    """Look at the table of contents of the archive before anything of it is unpacked.

    Raises:
        StaffError: it is damaged, no workbook, or would unpack to far more than it looks.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            is_encrypted = any(part.flag_bits & 1 for part in parts)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, UnicodeError) as error:
        raise StaffError(_BROKEN, field="file") from error
    if "xl/workbook.xml" not in names:
        raise StaffError(
            "This archive is no Excel workbook. Export the table as .xlsx or CSV; unpack a ZIP first.",
            field="file",
        )
    if is_encrypted:
        raise StaffError("The workbook has a password. Save it without one.", field="file")
    # Nothing unpacks to more than the size that stands here: the reader stops there.
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if (
        unpacked > MAX_UNPACKED
        or strings > MAX_STRINGS
        or len(parts) > _MAX_PARTS
        or (unpacked > (16 << 20) and unpacked > packed * MAX_RATIO)
    ):
        raise StaffError(
            "The workbook unpacks to far more than a table of people needs. Save the table as CSV.",
            field="file",
        )


def _open_sheet(file: BinaryIO) -> tuple[SheetReader, BinaryIO]:
    """Return a reader for the first sheet that has cells, and what it reads.

    openpyxl reads what surrounds a sheet (strings, styles, which epoch). The sheet itself we read on our own:
    in half the time, and without making up rows that are not there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and rules that it does not know
        book: Any = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    if not book.worksheets:
        raise StaffError("There is no sheet in the workbook.", field="file")
    sheet = book.worksheets[0]
    reader = SheetReader(
        sheet._shared_strings,
        frozenset(book._date_formats),
        partial(from_excel, epoch=book.epoch),
    )
    return reader, sheet._get_source()


def read_xlsx(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells) of the first sheet; a formula counts as the value that it had when saved.

    Args:
        file: seekable; stays open.

    Raises:
        StaffError: the workbook is damaged.
    """
    check_archive(file)
    file.seek(0)
    number = 0
    try:
        reader, source = _open_sheet(file)
        for number, cells in reader.rows(source):
            yield number, cells
    except StaffError:
        raise
    except Exception as error:
        # Whatever a damaged file makes the libraries stumble over: KeyError, ExpatError, zlib.error, ...
        place = f" (after row {number})" if number else ""
        raise StaffError(_BROKEN.replace(".", f"{place}.", 1), field="file") from error

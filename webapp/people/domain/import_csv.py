"""Text tables: which encoding and delimiter somebody's CSV uses, and its rows (RFC 4180 as people really write it)."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from webapp.core.errors import StaffError

DELIMITERS = (",", ";", "\t", "|")
MAX_LINE = 1_000_000  # characters; 64 MB without a line break are no table
_PIECE = 1 << 20  # bytes read at a time
_SAMPLE = 32_768  # characters in which the delimiter is looked for
_UNDEFINED_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
# Fed to the reader as a last line. It comes back as a row of its own unless a quotation mark was left open,
# in which case everything from there on would silently be one cell.
_END = "\x00end of file"


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in pieces, from its start."""
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def guess_encoding(file: BinaryIO) -> str:
    """Return the name of the encoding: a BOM tells, else UTF-8 if all of it is, else Windows-1252."""
    file.seek(0)
    head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # UTF-16 without a BOM: every other byte of text in Latin letters is zero.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd * 4 > len(head) and even * 50 < len(head):
        return "utf-16-le"
    if even * 4 > len(head) and odd * 50 < len(head):
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def is_lossy(file: BinaryIO, encoding: str) -> bool:
    """Say whether some bytes mean nothing in this encoding, so that what they stood for is lost."""
    if encoding == "cp1252":
        return any(piece != piece.translate(None, _UNDEFINED_IN_CP1252) for piece in _pieces(file))
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False


def _open(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def guess_delimiter(file: BinaryIO, encoding: str) -> str:
    """Return the delimiter under which the heading has most columns and the rows after it have as many."""
    text = _open(file, encoding)
    try:
        sample = text.read(_SAMPLE)
    finally:
        with suppress(
            ValueError
        ):  # whoever opened the file may have closed it before the last row was asked for
            text.detach()
    if sample[:4].lower() == "sep=" and sample[4:5] in DELIMITERS:
        return sample[4]
    lines = sample.splitlines(keepends=True)[:30]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        agreeing = sum(1 for width in widths[:20] if width == widths[0]) / len(widths[:20])
        score = agreeing * 1000 + min(widths[0], 500)
        if score > most:
            best, most = delimiter, score
    return best


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines of bearable length, then the mark of the end."""
    number = 0
    while line := text.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise StaffError(
                f"Line {number} of the file is longer than {MAX_LINE:,} characters. That is no table of people.",
                field="file",
            )
        if number == 1 and line[:4].lower() == "sep=":
            continue  # Excel's own way to name the delimiter; it does not show it as a row
        yield line
    yield _END


def read_csv(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells); a quoted cell may hold line breaks, which does not change the numbers.

    Args:
        file: seekable; stays open.
        encoding: bytes that mean nothing in it become �.
        delimiter: one character.

    Raises:
        StaffError: a quotation mark is never closed, or a line or cell is longer than any table's.
    """
    text = _open(file, encoding)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(_lines(text), delimiter=delimiter), start=1):
            if cells and cells[-1].endswith(_END):
                if cells == [_END]:
                    return
                raise StaffError(
                    f"A quotation mark in row {number} is never closed. Close it and try again.",
                    field="file",
                )
            yield number, cells
    except csv.Error as error:
        raise StaffError(
            f"Row {number + 1} cannot be read; perhaps a quotation mark is not closed ({error}).",
            field="file",
        ) from error
    finally:
        with suppress(
            ValueError
        ):  # whoever opened the file may have closed it before the last row was asked for
            text.detach()

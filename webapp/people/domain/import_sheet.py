"""One sheet of a workbook as rows of text, parsed as it streams by (ECMA-376 part 1, 18.3.1)."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import BinaryIO, Protocol, TypeAlias
from xml.parsers import expat

from webapp.core.errors import StaffError

MAX_ROWS = 1_048_576  # what a sheet can have; a made-up row number would count for ever
MAX_COLUMN = 16_384
_MAX_TEXT = 1_000_000  # characters of one cell; Excel's own limit is 32,767
_PIECE = 65_536  # bytes
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]*")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")  # how a character that XML cannot hold is written (22.9.2.19)

Row: TypeAlias = tuple[int, list[str]]


class FromExcel(Protocol):
    """Turns a day number into a date, a time or both."""

    def __call__(self, value: float) -> object: ...


class DamagedError(Exception):
    """The sheet says something that no sheet can."""


def date_text(value: object) -> str:
    """Return a date as ISO 8601 has it, without a time where there is none."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _number_text(text: str) -> str:
    """Return a number as a person would write it; whole ones without decimal point or exponent."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


class SheetReader:
    """Collects rows while expat calls.

    Args:
        strings: the workbook's shared strings.
        date_styles: style numbers under which a number is a date.
        from_excel: turns such a number into a date.
    """

    def __init__(self, strings: Sequence[str], date_styles: frozenset[int], from_excel: FromExcel) -> None:
        self._strings, self._date_styles, self._from_excel = strings, date_styles, from_excel
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._columns: dict[str, int] = {}
        self._local: dict[str, str] = {}
        self._ready: list[Row] = []
        self._number = 0  # of the row
        self._cells: list[str] = []
        self._column = 0  # of the cell, from 1
        self._type = self._style = ""
        self._held: list[str] | None = None  # text of the cell; None outside of what counts
        self._value = ""

    def rows(self, source: BinaryIO) -> Iterator[Row]:
        """Yield (row number, cells) of the rows with anything in them.

        Raises:
            DamagedError, expat.ExpatError: the sheet is broken.
            StaffError: it has more rows than a sheet can have.
        """
        while piece := source.read(_PIECE):
            self._parser.Parse(piece, False)
            yield from self._ready
            self._ready.clear()
        self._parser.Parse(b"", True)
        yield from self._ready

    def _doctype(self, *_: object) -> None:
        raise DamagedError("a workbook has no document type")

    def _name(self, name: str) -> str:
        """Return an element's name without its prefix."""
        if name not in self._local:
            self._local[name] = name.rpartition(":")[2]
        return self._local[name]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = self._name(name)
        if name == "c":
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._value = ""
            reference = attributes.get("r")
            self._column = self._column_of(reference) if reference else self._column + 1
        elif name in ("v", "t"):
            self._held = []
        elif name == "rPh":  # how it is pronounced, not what is written
            self._held = None
        elif name == "row":
            self._number = int(attributes.get("r", self._number + 1))
            if self._number > MAX_ROWS:
                raise StaffError(
                    f"The sheet has more than {MAX_ROWS:,} rows. Split it in parts.", field="file"
                )
            self._cells, self._column = [], 0

    def _column_of(self, reference: str) -> int:
        """Return the number of a cell's column, from 1."""
        match = _REFERENCE.fullmatch(reference)
        letters = match[1] if match else ""
        if letters not in self._columns:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - 64
            if not 0 < number <= MAX_COLUMN:
                raise DamagedError(f"no such cell: {reference[:20]}")
            self._columns[letters] = number
        return self._columns[letters]

    def _text(self, text: str) -> None:
        if self._held is not None:
            self._held.append(text)
            if len(self._held) > 1000 and sum(map(len, self._held)) > _MAX_TEXT:
                raise DamagedError("a cell without end")

    def _end(self, name: str) -> None:
        name = self._name(name)
        if name in ("v", "t"):
            if self._held is not None:
                self._value += "".join(self._held)
            self._held = None
        elif name == "c":
            if self._value:
                place = self._column
                if place > len(self._cells):
                    self._cells.extend([""] * (place - len(self._cells)))
                self._cells[place - 1] = self._cell_text()
        elif name == "row" and self._cells:
            self._ready.append((self._number, self._cells))

    def _cell_text(self) -> str:
        """Return what the cell shows, by its type."""
        value = self._value
        match self._type:
            case "s":
                value = self._strings[int(value)]
            case "n" if self._style and int(self._style) in self._date_styles:
                return self._date(value)
            case "n":
                return _number_text(value)
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case _:
                pass
        if "_x" in value:
            return _ESCAPE.sub(_unescape, value)
        return value

    def _date(self, value: str) -> str:
        try:
            return date_text(self._from_excel(float(value)))
        except (ValueError, OverflowError):
            return value


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))

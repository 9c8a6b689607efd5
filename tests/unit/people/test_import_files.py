"""Files as people send them: encodings, delimiters, workbooks, and what is no table at all."""

import io
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from webapp.core.errors import StaffError
from webapp.people.domain import import_files
from webapp.people.domain.import_files import FileKind, Reading, read_rows, sniff, survey


def read(content: bytes) -> tuple[Reading, list[tuple[int, list[str]]]]:
    """Return how a file is read and all its rows."""
    file = io.BytesIO(content)
    reading = sniff(file, len(content))
    return reading, list(read_rows(file, reading))


def workbook(*rows: list[object]) -> bytes:
    """Return an XLSX file."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


AT = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 -- a spreadsheet knows no zones
TEXT = "E-Mail;Name\r\nada@example.org;Žofie Nováková\r\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encodings(encoding: str, name: str) -> None:
    reading, rows = read(TEXT.encode(encoding))
    assert (reading.encoding, reading.delimiter, reading.is_lossy) == (name, ";", False)
    assert rows == [(1, ["E-Mail", "Name"]), (2, ["ada@example.org", "Žofie Nováková"])]


def test_what_is_no_utf8_is_read_as_windows_writes_it() -> None:
    reading, rows = read("email,name\na@b.org,René “Né” Müller\n".encode("cp1252"))
    assert reading.encoding == "cp1252"
    assert not reading.is_lossy
    assert rows[1][1][1] == "René “Né” Müller"


def test_bytes_that_mean_nothing_are_admitted() -> None:
    reading, rows = read(b"email,name\na@b.org,\x81\xff\n")
    assert reading.is_lossy
    assert rows[1][1] == ["a@b.org", "�ÿ"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    heading = delimiter.join(["email", '"name, and; more\tor|less"', "x"])
    reading, rows = read(f"{heading}\n{delimiter.join(['a@b.org', 'A', ''])}\n".encode())
    assert reading.delimiter == delimiter
    assert rows == [(1, ["email", "name, and; more\tor|less", "x"]), (2, ["a@b.org", "A", ""])]


def test_a_comma_in_the_heading_does_not_win_against_the_rows() -> None:
    reading, _ = read(b"Name, whole;E-mail\nAda;a@b.org\nBob;b@b.org\n")
    assert reading.delimiter == ";"


def test_excel_may_name_the_delimiter_itself() -> None:
    reading, rows = read(b"sep=|\nemail|name\na@b.org|A, B; C\n")
    assert reading.delimiter == "|"
    assert rows == [(1, ["email", "name"]), (2, ["a@b.org", "A, B; C"])]


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    _, rows = read(b'email,note\n\n"a@b.org","two\nlines"\n , \nb@b.org,""\n')
    assert rows == [(1, ["email", "note"]), (3, ["a@b.org", "two\nlines"]), (5, ["b@b.org", ""])]


def test_old_line_ends_and_zero_bytes() -> None:
    _, rows = read(b"email,name\ra@b.org,A\r")
    assert [number for number, _ in rows] == [1, 2]
    _, rows = read("email,name\na@b.org,A\0B\n".encode("utf-16"))
    assert rows[1][1] == ["a@b.org", "AB"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b'email,name\na@b.org,"Ada\nb@b.org,Bob\n', "never closed"),
        (b'email,name\na@b.org,"' + b"x\n" * 70_000, "not closed"),
        (b"x" * 1_100_000, "longer than"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"\x89PNG\r\n", "picture"),
        (bytes(range(256)) * 20, "neither"),
        (b"PK\x03\x04 broken", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(StaffError, match=words) as refusal:
        read(content)
    assert refusal.value.field == "file"


def test_size_and_columns_are_limited() -> None:
    with pytest.raises(StaffError, match="64 MB"):
        sniff(io.BytesIO(b"a"), import_files.MAX_SIZE + 1)
    content = (",".join(f"c{n}" for n in range(501)) + "\n").encode()
    with pytest.raises(StaffError, match="500 columns"):
        survey(io.BytesIO(content), sniff(io.BytesIO(content), len(content)), is_whole=True)


def test_workbooks() -> None:
    reading, rows = read(
        workbook(
            ["E-mail", "Name", "Day", "At", "Number", "Share", "Yes", "Sum"],
            ["a@b.org", "Žofie <b>", date(2026, 1, 2), AT, 7.0, 0.5, True, "=1+1"],
            [],
            [None, "no address"],
        )
    )
    assert reading.kind is FileKind.XLSX
    assert rows[1] == (2, ["a@b.org", "Žofie <b>", "2026-01-02", "2026-01-02 03:04:00", "7", "0.5", "TRUE"])
    assert rows[2] == (4, ["", "no address"])


def _archive(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _with_sheet(xml: str) -> bytes:
    """Return a workbook whose only sheet is this XML."""
    book = zipfile.ZipFile(io.BytesIO(workbook(["email"])))
    parts = {name: book.read(name) for name in book.namelist()}
    return _archive({**parts, "xl/worksheets/sheet1.xml": xml.encode()})


_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (_SHEET.format('<row r="99999999999"><c r="A1"><v>1</v></c></row>'), "rows"),
        (_SHEET.format('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'), "damaged"),
        (_SHEET.format('<row r="1"><c r="A1" t="s"><v>77</v></c></row>'), "damaged"),
        (_SHEET.format('<row r="1"><c r="A1">'), "damaged"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + _SHEET.format("&b;"), "damaged"),
    ],
)
def test_damaged_sheets_are_refused(xml: str, words: str) -> None:
    began = time.monotonic()
    with pytest.raises(StaffError, match=words):
        read(_with_sheet(xml))
    assert time.monotonic() - began < 2


def test_a_sheet_may_leave_out_its_references() -> None:
    _, rows = read(
        _with_sheet(_SHEET.format('<row><c t="inlineStr"><is><t>a@b.org</t></is></c><c><v>2</v></c></row>'))
    )
    assert rows == [(1, ["a@b.org", "2"])]


def test_archives_that_are_no_workbook_and_bombs() -> None:
    with pytest.raises(StaffError, match="no Excel workbook"):
        read(_archive({"content.xml": b"<x/>"}))
    with pytest.raises(StaffError, match="unpacks"):
        read(_archive({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * (40 << 20)}))


def test_reading_survives_json() -> None:
    reading = Reading(FileKind.CSV, "utf-8", ";", True)
    assert Reading.from_data(reading.as_data()) == reading

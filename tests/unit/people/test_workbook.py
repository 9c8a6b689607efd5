"""A workbook that is written as it is downloaded: whole for whoever reads it, and never whole in memory."""

import io
from collections.abc import Iterator
from hashlib import sha512

from openpyxl import load_workbook

from webapp.people.domain.workbook import CELL_LIMIT, PIECE, xlsx_pieces


def read(pieces: Iterator[bytes]) -> list[tuple[object, ...]]:
    """Return the cells of a workbook's only sheet."""
    book = load_workbook(io.BytesIO(b"".join(pieces)))
    assert book.sheetnames == ["People & more"]
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} <= {
        "s",
        "inlineStr",
        "n",
    }
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_every_cell_is_the_text_it_was_and_none_acts() -> None:
    rows = [
        ["Name", "Words"],
        ["Zażółć <b>&amp;</b> 王", "a\nb\tc  "],
        ["=1+1", "\x00bell\x07\x1f, half a pair \ud800"],
        ["@me", "x" * (CELL_LIMIT + 5)],
    ]
    assert read(xlsx_pieces(rows, "People & more")) == [
        ("Name", "Words"),
        ("Zażółć <b>&amp;</b> 王", "a\nb\tc  "),
        ("'=1+1", "bell, half a pair "),
        ("'@me", "x" * CELL_LIMIT),
    ]


def test_what_is_written_leaves_before_the_last_row_is_asked_for() -> None:
    asked = 0

    def rows() -> Iterator[list[str]]:
        nonlocal asked
        for number in range(1, 3001):
            asked = number
            yield [str(number), sha512(str(number).encode()).hexdigest() * 2]

    pieces = xlsx_pieces(rows(), "People & more")
    first = next(pieces)
    assert PIECE <= len(first) < 3 * PIECE
    assert asked < 1500, "the rest is not yet made"
    sheet = io.BytesIO(first + b"".join(pieces))
    assert load_workbook(sheet).worksheets[0].max_row == asked == 3000

"""Quoted-printable pieces: any row of them decodes to the row of their texts, within every limit of a line."""

import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.mail.domain.quoted_printable import LINE_LIMIT, encode_piece

_SALT = st.sampled_from(
    ["\n", ".", "=", " ", "\t", "From ", "x" * 74, "é", "漢", "😀", "e\u0301", "\u200f", "=3D"]
)
_TEXTS = st.lists(
    _SALT | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=5),
    max_size=10,
)


def decoded(pieces: list[bytes]) -> str:
    return quopri.decodestring(b"".join(pieces)).replace(b"\r\n", b"\n").decode()


def assert_sound(encoded: bytes) -> None:
    assert encoded.isascii()
    assert encoded == b"" or encoded.endswith(b"\r\n")
    for line in encoded.split(b"\r\n"):
        assert len(line) <= LINE_LIMIT
        assert b"\n" not in line
        assert b"\r" not in line
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@given(st.lists(_TEXTS.map("".join), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_pieces_in_a_row_decode_to_their_texts_in_a_row(texts: list[str]) -> None:
    pieces = [encode_piece(text) for text in texts]
    for piece in pieces:
        assert_sound(piece)
    assert decoded(pieces) == "".join(texts)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", b""),
        ("a", b"a=\r\n"),
        ("a\n", b"a\r\n"),
        ("a=b", b"a=3Db=\r\n"),
        ("a \n\tb\t", b"a=20\r\n\tb\t=\r\n"),
        (".", b"=2E=\r\n"),
        (".a\n.b\n", b"=2Ea\r\n=2Eb\r\n"),
        ("From here\nFrom", b"=46rom here\r\nFrom=\r\n"),
        ("é\n", b"=C3=A9\r\n"),
        ("\n\n", b"\r\n\r\n"),
        ("\x7f", b"=7F=\r\n"),
    ],
)
def test_examples(text: str, encoded: bytes) -> None:
    assert encode_piece(text) == encoded


def test_a_line_of_76_is_not_broken_and_one_of_77_is() -> None:
    assert encode_piece("x" * 76 + "\n") == b"x" * 76 + b"\r\n"
    assert encode_piece("x" * 77 + "\n") == b"x" * 75 + b"=\r\nxx\r\n"


@pytest.mark.parametrize("character", ["é", "漢", "😀"])
def test_no_line_break_falls_into_a_character(character: str) -> None:
    for offset in range(12):
        for line in encode_piece("x" * offset + character * 60).split(b"=\r\n"):
            quopri.decodestring(line).decode()

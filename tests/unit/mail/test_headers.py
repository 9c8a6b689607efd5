"""Headers: folded and encoded within their limits, and closed to whatever could break out of them."""

from email import message_from_bytes, policy
from email.header import decode_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.mail.specimens import mailbox_of
from webapp.mail.domain.headers import (
    address_header,
    ascii_address,
    clean_line,
    structured_header,
    text_header,
)
from webapp.mail.domain.values import PoisonError

# All scripts, with what bites in headers mixed in.
_BITING = r"""=?utf-8?q?x?= " \ , ; : < > ( ) @ . é ё 漢字 😀 עברית 👩‍👩‍👧 ß ' _ = ? O’Neill"""
_SALT = st.sampled_from([*_BITING.split(), " ", "  ", "e\u0301", "\u200f", "\u00a0", "x" * 70])
_LINES = st.lists(
    _SALT | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), max_size=6), max_size=8
).map("".join)


def assert_sound(line: bytes) -> None:
    assert line.endswith(b"\r\n")
    assert line.isascii()
    rows = line[:-2].split(b"\r\n")
    for row in rows:
        assert len(row) <= 998
        assert row.strip()
        assert b"\n" not in row
        assert b"\r" not in row
    assert all(row.startswith(b" ") for row in rows[1:])
    for word in line.split():
        if word.startswith(b"=?"):
            assert len(word) <= 75


@given(_LINES)
@settings(max_examples=60, deadline=None)
def test_free_text_parses_back(text: str) -> None:
    line = text_header("Subject", text)
    if not clean_line(text, "It"):
        return
    assert_sound(line)
    assert message_from_bytes(line + b"\r\n", policy=policy.default)["Subject"] == clean_line(text, "It")
    for word in line.decode().split():
        if word.startswith("=?") and word.endswith("?="):
            raw, charset = decode_header(word)[0]
            assert isinstance(raw, bytes)
            assert charset is not None
            raw.decode(charset)  # no character is split between words


@given(_LINES)
@settings(max_examples=60, deadline=None)
def test_names_parse_back(name: str) -> None:
    line = address_header("To", name, "someone@example.org")
    assert_sound(line)
    assert mailbox_of(line + b"\r\n", "To") == (clean_line(name, "It"), "someone@example.org")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", b"To: a@e.org\r\n"),
        ("Ann Smith", b"To: Ann Smith <a@e.org>\r\n"),
        ("Smith, Ann", b'To: "Smith, Ann" <a@e.org>\r\n'),
        ('Ann "A" \\ Smith', b'To: "Ann \\"A\\" \\\\ Smith" <a@e.org>\r\n'),
        ("José", b"To: =?utf-8?q?Jos=C3=A9?= <a@e.org>\r\n"),
        ("Иван", b"To: =?utf-8?b?0JjQstCw0L0=?= <a@e.org>\r\n"),
        ("=?utf-8?q?x?=", b"To: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <a@e.org>\r\n"),
    ],
)
def test_names(name: str, line: bytes) -> None:
    assert address_header("To", name, "a@e.org") == line


def test_long_subjects_are_folded_at_spaces() -> None:
    line = text_header("Subject", "word " * 40)
    assert max(map(len, line.split(b"\r\n"))) <= 76
    assert line.replace(b"\r\n ", b" ").strip() == b"Subject: " + b"word " * 39 + b"word"


def test_a_subject_without_spaces_is_encoded_rather_than_too_long() -> None:
    assert_sound(text_header("Subject", "x" * 2000))


@pytest.mark.parametrize(
    "bad",
    ["a\r\nBcc: x@e.org", "a\nb", "a\rb", "a\x00b", "a\tb", "a\x85b", "a\u2028b", "a\u2029b", "a\ud800b"],
)
def test_control_characters_are_refused_with_the_reason(bad: str) -> None:
    for build in (lambda: text_header("Subject", bad), lambda: address_header("To", bad, "a@e.org")):
        with pytest.raises(PoisonError, match=r"no header can carry \(U\+"):
            build()
    with pytest.raises(PoisonError):
        structured_header("Message-ID", bad)
    with pytest.raises(PoisonError):
        structured_header(bad, "x")


def test_direction_overrides_are_taken_out_of_names() -> None:
    assert clean_line("a\u202egnp.exe\u2066", "It") == "agnp.exe"


@pytest.mark.parametrize(
    ("address", "encoded"),
    [
        ("a.b+c@example.org", "a.b+c@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@пример.рф", "a@xn--e1afmkfd.xn--p1ai"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
    ],
)
def test_addresses_in_ascii(address: str, encoded: str) -> None:
    assert ascii_address(address) == encoded


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("zoë@example.org", "needs SMTPUTF8"),
        ("a@b@c", "not an e-mail address"),
        ("a", "not an e-mail address"),
        ("", "not an e-mail address"),
        ("a..b@e.org", "not an e-mail address"),
        ("a.@e.org", "not an e-mail address"),
        (".a@e.org", "not an e-mail address"),
        ("a@e.org\r\nBcc: b@e.org", "not an e-mail address"),
        ("a@e.org>, <b@e.org", "not an e-mail address"),
        ("a b@e.org", "not an e-mail address"),
        ("a@bü cher.example", "cannot exist"),
    ],
)
def test_what_is_no_address_is_refused(address: str, words: str) -> None:
    with pytest.raises(PoisonError) as refused:
        ascii_address(address)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)

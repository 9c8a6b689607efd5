"""What an SMTP client writes, read."""

import pytest

from webapp.demo.sink_commands import RefusedError, read_recipient, read_sender, unstuff


@pytest.mark.parametrize(
    ("rest", "address"),
    [
        (b"FROM:<a@b.org>", "a@b.org"),
        (b"from:<a@b.org> SIZE=1000 BODY=8BITMIME", "a@b.org"),
        (b"FROM: <a@b.org>", "a@b.org"),
        (b"FROM:<>", ""),
    ],
)
def test_sender(rest: bytes, address: str) -> None:
    assert read_sender(rest) == address


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        (b"TO:<a@b.org>", b"501"),
        (b"FROM:a@b.org", b"501"),
        (b"FROM:<nobody>", b"501"),
        (b"FROM:<@b.org>", b"501"),
        (b"FROM:<a@b.org> SIZE=99999999999", b"552"),
        (b"FROM:<a@b.org> SIZE=" + b"9" * 5000, b"555"),
        (b"FROM:<a@b.org> SMTPUTF8", b"555"),
        ("FROM:<gr\u00fc\u00dfe@b.org>".encode(), b"553"),
    ],
)
def test_a_sender_is_refused_in_its_own_words(rest: bytes, code: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        read_sender(rest)
    assert refused.value.reply.startswith(code)
    assert refused.value.reply.endswith(b"\r\n")


def test_recipient() -> None:
    assert read_recipient(b"TO:<ada@example.org>") == "ada@example.org"
    for rest in (b"TO:<>", b"TO:<ada@example.org> NOTIFY=NEVER"):
        with pytest.raises(RefusedError):
            read_recipient(rest)


def test_dots_are_taken_away_once() -> None:
    assert unstuff(b"..a\r\n...b\r\nc.\r\n..\r\n") == b".a\r\n..b\r\nc.\r\n.\r\n"
    assert unstuff(b"") == b""

"""Letters read for people, well formed or not."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from webapp.demo.letter_reading import (
    decode_words,
    find_links,
    open_links_outside,
    read_headline,
    read_letter,
)


def letter(subject: str = "Grüße aus Łódź", html: str = "<p>Hallo</p>") -> bytes:
    """Write a letter with both alternatives."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Zoë Ångström <zoe@example.org>"
    message["To"] = "ada@example.org"
    message["Subject"] = subject
    message["List-Unsubscribe"] = "<mailto:out@example.org>, <https://post.example.org/o/abc>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Hallo, Welt\n")
    message.add_alternative(html, subtype="html")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="pdf", filename="Плакат.pdf")
    return message.as_bytes()


@pytest.mark.parametrize(
    "subject",
    ["Plain", "Grüße aus Łódź", "数学の夏の学校へようこそ", "مرحبا بكم", "🎉 " + "long words " * 30],
)
def test_headline_is_decoded(subject: str) -> None:
    found, sender = read_headline(letter(subject))
    assert found == subject.strip()
    assert sender == "Zoë Ångström <zoe@example.org>"


def test_headline_reads_no_further_than_the_header() -> None:
    assert read_headline(b"X: 1\r\n\r\nSubject: not this\r\n") == ("", "")
    assert read_headline(b"") == ("", "")
    assert read_headline(b"subject:\r\n folded\r\n words\r\nSubject: second\r\n\r\n")[0] == "folded words"


@pytest.mark.parametrize("value", ["=?utf-8?q?=ZZ?=", "=?nonsense?q?caf=E9?=", "=?utf-8?b?####?=", "=?"])
def test_broken_encoded_words_do_not_raise(value: str) -> None:
    assert isinstance(decode_words(value), str)


def test_a_letter_is_taken_apart() -> None:
    reading = read_letter(letter())
    assert reading.text == "Hallo, Welt\n"
    assert reading.html is not None
    assert "<p>Hallo</p>" in reading.html
    assert [(part.name, part.content_type, part.size) for part in reading.attachments] == [
        ("Плакат.pdf", "application/pdf", 2)
    ]
    assert reading.header("subject") == "Grüße aus Łódź"
    assert reading.one_click_address == "https://post.example.org/o/abc"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"From: \xff\xfe <a@b>\r\nSubject: \xe9\r\n\r\nbody \xff",
        b"Content-Type: text/html; charset=nonsense\r\n\r\n<p>caf\xc3\xa9",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n#",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b'Content-Type: text/html; charset="\r\n\r\n<p>x',
        b"Content-Disposition: attachment; filename*=utf-8''%ZZ%FF\r\n\r\nx",
        b"To: " + b"(" * 500 + b"\r\n\r\nx",
    ],
)
def test_malformed_letters_can_be_read(raw: bytes) -> None:
    reading = read_letter(raw)
    assert isinstance(reading.source, str)
    for name, value in reading.headers:
        assert f"{name}{value}".encode()  # nothing in it that a page could not be written with
    read_headline(raw)


def test_no_one_click_without_its_header() -> None:
    assert read_letter(b"List-Unsubscribe: <https://a.example/>\r\n\r\n").one_click_address is None
    only_mail = (
        b"List-Unsubscribe: <mailto:a@b.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
    )
    assert read_letter(only_mail).one_click_address is None


def test_links_are_listed_once_and_only_web_links_can_be_opened() -> None:
    links = find_links(
        '<a href="https://a.example/?x=1&amp;y=2">One <b>link</b></a><a href="javascript:alert(1)">Bad</a>'
        '<a href="https://a.example/?x=1&amp;y=2">again</a><a href=" https://b.example "><img alt="Logo"></a>'
        "<a name=x>anchor</a><a href='https://c.example'>never closed"
    )
    assert [(link.label, link.address, link.can_open) for link in links] == [
        ("One link", "https://a.example/?x=1&y=2", True),
        ("Bad", "javascript:alert(1)", False),
        ("Logo", "https://b.example", True),
        ("never closed", "https://c.example", True),
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<!doctype html><html><head><title>", '<!doctype html><html><head><base target="_blank"><title>'),
        ("<!DOCTYPE html><p>", '<!DOCTYPE html><base target="_blank"><p>'),
        ("<header>", '<base target="_blank"><header>'),
    ],
)
def test_the_base_element_does_not_come_before_the_doctype(given: str, shown: str) -> None:
    assert open_links_outside(given) == shown

"""A letter of ours taken apart again."""

from webapp.mail.domain.letter_copy import open_links_outside, read_copy

RAW = (
    b"From: Desk <desk@example.org>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_aus_Krak=C3=B3w?=\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Hello =E2=9C=93\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<html><head><title>x</title></head><body>Hello</body></html>\r\n--b--\r\n"
)


def test_headers_are_decoded_and_in_order() -> None:
    copy = read_copy(RAW)
    assert copy.headers[:2] == (("From", "Desk <desk@example.org>"), ("Subject", "Grüße aus Kraków"))


def test_both_bodies_and_the_source_are_there() -> None:
    copy = read_copy(RAW)
    assert copy.text == "Hello ✓"
    assert copy.html is not None
    assert "<body>Hello</body>" in copy.html
    assert copy.source == RAW.decode().replace("\r\n", "\n")


def test_links_open_outside_the_frame_whatever_the_head_is_like() -> None:
    assert open_links_outside('<head lang="en"><p>') == '<head lang="en"><base target="_blank"><p>'
    assert open_links_outside("<header>x</header>") == '<base target="_blank"><header>x</header>'

"""Files that go with letters, read back by the standard library: names in any script, contents to the last octet."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from fast_mail_parser import parse_email_tree, walk

from tests.unit.mail.specimens import compiled
from webapp.mail.domain.attachments import AttachedFile, encode_files
from webapp.mail.domain.mime import LetterBuilder, SenderLine
from webapp.mail.domain.values import PoisonError

LETTER = compiled("<p>Dear {{ person.name }}</p>", text="Dear {{ person.name }}", subject="News")
ICS = AttachedFile(
    "krakow-3.ics", "text/calendar; method=PUBLISH; charset=utf-8", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
)


def maker(*files: AttachedFile) -> Callable[[str], bytes]:
    """Return what makes one letter after another, by the recipient's name."""
    options: dict[str, Any] = {"files": files} if files else {}
    builder = LetterBuilder(
        LETTER,
        sender=SenderLine("desk@example.org"),
        domain="example.org",
        boundary_seed="shoot 1",
        is_bulk=False,
        **options,
    )
    return lambda name: builder.build(
        address="a@example.org",
        name=name,
        values=[name],
        date=datetime(2026, 11, 21, tzinfo=UTC),
        message_id="m1",
    )


def letter_with(*files: AttachedFile, name: str = "Zażółć") -> bytes:
    return maker(*files)(name)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def test_files_stand_beside_the_whole_letter() -> None:
    files = (ICS, AttachedFile("plan.pdf", "application/pdf", bytes(range(256)) * 40))
    message = read(letter_with(*files))
    assert message.get_content_type() == "multipart/mixed"
    letter, *parts = message.iter_parts()
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Dear Zażółć"
    assert [part.get_filename() for part in parts] == ["krakow-3.ics", "plan.pdf"]
    assert [part.get_content_disposition() for part in parts] == ["attachment"] * 2
    assert [part.get_payload(decode=True) for part in parts] == [file.content for file in files]
    assert parts[0]["content-type"].params == {"method": "PUBLISH", "charset": "utf-8"}


@pytest.mark.parametrize(
    "name",
    [
        "Łódź 2.ics",
        "القاهرة.ics",
        "台北工作坊.ics",
        'a"b;c=d%.ics',
        "उत्सव " * 15 + ".ics",
        "🌻" * 30 + ".pdf",
        "plain name (1).txt",
    ],
)
def test_names_survive_in_any_script(name: str) -> None:
    raw = letter_with(AttachedFile(name, "text/calendar", b"x"))
    [part] = [p for p in read(raw).walk() if p.get_content_disposition() == "attachment"]
    assert part.get_filename() == name
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_folders_are_left_out_of_names_and_control_characters_refused() -> None:
    [part] = [
        p
        for p in read(letter_with(AttachedFile("../../etc/passwd", "text/plain", b"x"))).walk()
        if p.get_content_disposition() == "attachment"
    ]
    assert part.get_filename() == "passwd"
    for name in ("a\r\nBcc: all@example.org", "", "..", "x" * 121):
        with pytest.raises(PoisonError):
            letter_with(AttachedFile(name, "text/plain", b"x"))
    with pytest.raises(PoisonError):
        letter_with(AttachedFile("a.txt", "text/plain\r\nX: y", b"x"))


def test_an_empty_file_is_a_file() -> None:
    [part] = [
        p
        for p in read(letter_with(AttachedFile("empty.txt", "text/plain", b""))).walk()
        if p.get_content_disposition() == "attachment"
    ]
    assert part.get_payload(decode=True) == b""


def test_a_letter_without_files_is_what_it_was() -> None:
    message = read(letter_with())
    assert message.get_content_type() == "multipart/alternative"
    assert b"mixed" not in letter_with()
    assert letter_with(ICS) == letter_with(ICS)


LOGO = AttachedFile("logo.png", "image/png", bytes(range(256)), "logo@example.org")


def test_pictures_stand_with_the_html_that_shows_them() -> None:
    tree = parse_email_tree(letter_with(ICS, LOGO))
    kinds = [(part.content_type, part.content_id, part.disposition) for part in walk(tree)]
    assert kinds == [
        ("multipart/mixed", None, None),
        ("multipart/alternative", None, None),
        ("text/plain", None, None),
        ("multipart/related", None, None),
        ("text/html", None, None),
        ("image/png", "logo@example.org", "inline"),
        ("text/calendar", None, "attachment"),
    ]
    assert read(letter_with(LOGO)).get_content_type() == "multipart/alternative"
    for wrong in ("logo", "a b@example.org", "a@example.org>\r\nBcc: b@example.org"):
        with pytest.raises(PoisonError, match="what a letter calls a picture"):
            letter_with(AttachedFile("logo.png", "image/png", b"x", wrong))


def test_files_are_encoded_once_and_held_once_however_many_letters_are_made() -> None:
    files = [
        AttachedFile(f"{number}.png", "image/png", bytes(300_000), f"{number}@x.org") for number in range(2)
    ]
    encoded = sum(len(encode_files([file], "b")) for file in files)
    tracemalloc.start()
    try:
        build = maker(*files)
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        letters = [build(f"Person {number}")[-1] for number in range(20)]
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(letters) == 20
    assert held < 1.1 * encoded
    assert left - held < 0.1 * encoded, "a letter leaves nothing behind"
    assert peak - held < 1.1 * encoded, "only the letter that is being made is another copy"

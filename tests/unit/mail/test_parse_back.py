"""Whatever is built parses back to what was meant, with two parsers that share no code, and is sound on the wire.

Each test looks a few dozen letters through; HYPOTHESIS_LETTERS=20000 makes it as many.
"""

import re
from binascii import a2b_base64, a2b_qp
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP

from fast_mail_parser import PyMail, parse_email
from hypothesis import given

from tests.unit.mail.made_letters import MadeLetter, letters, thorough
from tests.unit.mail.specimens import mailbox_of
from tests.unit.mail.test_mime import parsed

_WORD = re.compile(rb"=\?utf-8\?([qb])\?([^?]*)\?=")
_ONCE = ("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type")


def unix(text: str) -> str:
    """Return text with the line ends of a preview."""
    return text.replace("\r\n", "\n")


def assert_sound(raw: bytes) -> None:
    """Check what RFC 5321, 5322, 2045 and 2047 ask of every line."""
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        assert len(line) <= (76 if _WORD.search(line) else 998)
        assert line.strip()
    for line in body.split(b"\r\n"):
        assert len(line) <= 78 if line.startswith(b" filename*") else len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
    for found in _WORD.finditer(head):
        assert len(found[0]) <= 75
        kind, content = found.groups()
        (a2b_qp(content, header=True) if kind == b"q" else a2b_base64(content)).decode()  # whole characters
    names = [line.partition(b":")[0].lower().decode() for line in re.split(rb"\r\n(?! )", head)]
    assert [names.count(name) for name in _ONCE] == [1] * len(_ONCE)


def read_with_stdlib(raw: bytes) -> tuple[object, ...]:
    """Return subject, mailboxes, date, text, HTML and files as the standard library finds them."""
    message = parsed(raw)
    assert message.defects == []
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(text, MIMEPart)
    assert isinstance(html, MIMEPart)
    files = [
        (
            part.get_filename(),
            part.get_content_type(),
            part.get_content(),
            str(part["content-id"] or "").strip("<>"),
        )
        for part in message.walk()
        if part.get_content_disposition() in ("attachment", "inline")
    ]
    return (
        message["Subject"],
        mailbox_of(raw, "From"),
        mailbox_of(raw, "To"),
        message["Date"].datetime,
        unix(text.get_content()),
        unix(html.get_content()),
        files,
    )


def read_with_rust(raw: bytes) -> tuple[object, ...]:
    """Return the same as fast-mail-parser finds it (Rust's mailparse)."""
    mail = parse_email(raw, strict=True)
    files = [(file.filename, file.mimetype, file.content, file.content_id or "") for file in mail.attachments]
    return mail.subject, *rust_mailboxes(mail), mail.date_parsed, *rust_bodies(mail), files


def rust_mailboxes(mail: PyMail) -> list[tuple[str, str]]:
    """Return From and To."""
    assert mail.from_ is not None
    return [(one.display_name or "", one.address) for one in (mail.from_, *mail.to)]


def rust_bodies(mail: PyMail) -> tuple[str, ...]:
    """Return text and HTML, of which there is one each."""
    return tuple(unix(body) for body in (*mail.text_plain, *mail.text_html))


@given(letters(most_files=2))
@thorough(50)
def test_two_parsers_read_what_was_meant(made: MadeLetter) -> None:
    assert_sound(made.raw)
    meant = (
        made.subject,
        made.sender_on_the_wire,
        made.recipient_on_the_wire,
        made.date,
        made.text,
        made.html,
        made.files,
    )
    assert read_with_stdlib(made.raw) == meant
    assert read_with_rust(made.raw) == meant


def email_message(made: MadeLetter) -> EmailMessage:
    """Return the letter as the standard library would have been asked for it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(made.sender[0], addr_spec=made.sender_on_the_wire[1])
    message["To"] = Address(made.recipient[0], addr_spec=made.recipient_on_the_wire[1])
    message["Subject"] = made.subject
    message.set_content(made.text, cte="base64")
    message.add_alternative(made.html, subtype="html", cte="base64")
    return message


@given(letters())
@thorough(20)
def test_a_reader_finds_what_email_message_would_have_carried(made: MadeLetter) -> None:
    ours = parse_email(made.raw, strict=True)
    theirs = email_message(made)
    assert rust_bodies(ours) == rust_bodies(parse_email(theirs.as_bytes()))
    if "=?" not in made.subject:  # given such a text, EmailMessage takes it for encoded and holds another one
        assert ours.subject == theirs["Subject"]
    # Its headers are compared as it holds them: Python 3.11 writes some of them so that readers find others.
    [sender], [recipient] = theirs["From"].addresses, theirs["To"].addresses
    assert rust_mailboxes(ours) == [(one.display_name, one.addr_spec) for one in (sender, recipient)]

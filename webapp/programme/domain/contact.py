"""What a visitor writes to a programme, as it is stored; and what a reply to it quotes."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from webapp.core.errors import StaffError
from webapp.core.words import say
from webapp.people.domain.addresses import normalise_address, normalise_name

LONGEST_NAME = 200  # characters
LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
LONGEST_QUOTE = 1_500  # characters of a message in a mailto: link; mail programs cut off longer ones


class ContactKind(StrEnum):
    """Whom a message is for."""

    EVENT = "event"  # the organizers of an event
    SUPPORT = "support"  # never organizers


@dataclass(frozen=True, slots=True)
class Written:
    """A visitor's message.

    Args:
        name: who wrote; may be "".
        address: where answers go.
        subject: in one line; may be "".
        body: the words.
    """

    name: str
    address: str
    subject: str
    body: str


def read_written(*, name: str, address: str, subject: str, body: str) -> Written:
    """Return what was typed as it is stored.

    Raises:
        StaffError: something is missing or too long; ``field`` says which.
    """
    try:
        email = normalise_address(address)
    except StaffError as error:
        raise StaffError(error.message, field="address") from error
    written = Written(normalise_name(name), email, normalise_name(subject), _read_body(body))
    for field, value, longest in (
        ("name", written.name, LONGEST_NAME),
        ("subject", written.subject, LONGEST_SUBJECT),
        ("body", written.body, LONGEST_BODY),
    ):
        if len(value) > longest:
            raise StaffError(say("At most %(count)s characters, please.", count=longest), field=field)
    if not written.body:
        raise StaffError(say("Write your message."), field="body")
    return written


def _read_body(text: str) -> str:
    """Return several lines in NFC without what no page can show."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return kept.strip()


def answer_link(written: Written) -> str:
    """Return the ``mailto:`` link (RFC 6068) that begins an answer with what it answers quoted."""
    body = written.body[:LONGEST_QUOTE] + ("\n…" if len(written.body) > LONGEST_QUOTE else "")
    lines = [f"{written.name or written.address} wrote:", *(f"> {line}" for line in body.split("\n"))]
    subject = written.subject or "Your message"
    fields = {
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "body": "\r\n" * 2 + "\r\n".join(lines),
    }
    return f"mailto:{quote(written.address, safe='@')}?{urlencode(fields, quote_via=quote)}"

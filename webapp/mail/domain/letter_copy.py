"""Take one of our own letters apart again, for people to look at it as it went out."""

import email
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LetterCopy:
    """A letter taken apart.

    Args:
        headers: name and value, decoded and unfolded, in their order.
        html: the HTML part, None where there is none.
        text: the plain-text part, None where there is none.
        source: the whole of it as it was handed over.
    """

    headers: tuple[tuple[str, str], ...]
    html: str | None
    text: str | None
    source: str


def read_copy(raw: bytes) -> LetterCopy:
    """Take a letter apart (RFC 5322, RFC 2045, RFC 2047).

    Args:
        raw: as it was handed over, with CRLF.
    """
    message = email.message_from_bytes(raw)
    bodies: dict[str, str] = {}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in {"text/html", "text/plain"} and kind not in bodies:
            bodies[kind] = _content(part)
    return LetterCopy(
        headers=tuple((name, _decoded(str(value))) for name, value in message.items()),
        html=bodies.get("text/html"),
        text=bodies.get("text/plain"),
        source=raw.decode("utf-8", "replace").replace("\r\n", "\n"),
    )


def open_links_outside(html: str) -> str:
    """Return a letter's HTML with its links opening in a window of their own, not in the frame around it."""
    head = _HEAD.search(html)
    end = head.end() if head else 0
    return f'{html[:end]}<base target="_blank">{html[end:]}'


def _content(part: Message) -> str:
    """Return a part's text."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    return raw.decode("utf-8", "replace").replace("\r\n", "\n")


def _decoded(value: str) -> str:
    """Return a header's value unfolded, its encoded words decoded."""
    flat = "".join(value.splitlines())
    try:
        return str(make_header(decode_header(flat)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return flat

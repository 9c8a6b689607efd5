"""Read a letter that arrived at the demo's mail server, whatever state it is in, for people to look at.

Always with the ``compat32`` policy: it raises on no letter, where ``email.policy.default`` raises on some.
"""

import email
import html
import re
import unicodedata
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from functools import lru_cache
from html.parser import HTMLParser

_FOLD = re.compile(r"\r?\n[ \t]*|\r")
_WANTED = re.compile(
    rb"^(subject|from):[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE
)
_HEAD_TAG = re.compile(r"<head\b[^>]*>|<html\b[^>]*>|<!doctype\b[^>]*>", re.IGNORECASE)
_ANGLED = re.compile(r"<([^<>\s]+)>")
MAX_LINKS = 200


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a letter: what it says and where it leads; ``can_open`` only for http and https."""

    label: str
    address: str
    can_open: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is neither the text nor the HTML; ``size`` in bytes."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A letter taken apart; ``html`` and ``text`` are None where the letter has no such part."""

    headers: tuple[tuple[str, str], ...]
    html: str | None
    text: str | None
    attachments: tuple[Attachment, ...]
    links: tuple[Link, ...]
    source: str

    def header(self, name: str) -> str:
        """Return the first header of that name, decoded, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def one_click_address(self) -> str | None:
        """Where a mailbox's own unsubscribe button would POST to (RFC 8058, 3.1), if the letter offers it."""
        if self.header("List-Unsubscribe-Post").strip().lower() != "list-unsubscribe=one-click":
            return None
        found = _ANGLED.findall(self.header("List-Unsubscribe"))
        return next((address for address in found if address.lower().startswith(("https:", "http:"))), None)


def read_headline(raw: bytes) -> tuple[str, str]:
    """Return (subject, from), decoded, of a raw letter; a header that is not there is an empty string.

    Reads no further than the header: this runs for every letter of a shoot of a million.
    """
    end = raw.find(b"\r\n\r\n")
    values = {b"subject": "", b"from": ""}
    for match in _WANTED.finditer(raw[: end + 2] if end >= 0 else raw[:65536]):
        name = match[1].lower()
        values[name] = values[name] or decode_words(match[2].decode("utf-8", "replace"))
    return values[b"subject"], values[b"from"]


@lru_cache(maxsize=2048)
def decode_words(value: str) -> str:
    """Decode the encoded words (RFC 2047) of a header's value and unfold it; what cannot be decoded stays."""
    value = _FOLD.sub(" ", value).strip()
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except HeaderParseError:
        return value
    return "".join(_decode(piece, charset or "ascii") for piece, charset in pieces)


def fold_for_search(text: str) -> str:
    """Bring text to the form in which letters are searched: NFKC, letter case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def read_letter(raw: bytes) -> Reading:
    """Take a raw RFC 5322 letter apart; never raises on a malformed one."""
    message = email.message_from_bytes(raw)
    body: dict[str, str] = {}
    attachments = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if kind in ("text/html", "text/plain") and kind not in body and part.get_filename() is None:
            body[kind] = _content(part)
        else:
            attachments.append(Attachment(_name(part), kind, len(_payload(part))))
    letter_html, text = body.get("text/html"), body.get("text/plain")
    return Reading(
        headers=tuple((name, decode_words(_plain(value))) for name, value in message.items()),
        html=letter_html,
        text=text,
        attachments=tuple(attachments),
        links=find_links(letter_html) if letter_html is not None else (),
        source=raw.decode("utf-8", "replace"),
    )


def open_links_outside(letter_html: str) -> str:
    """Return the letter's HTML with its links opening in a window of their own, not in its frame."""
    base = '<base target="_blank">'
    last = None
    for last in _HEAD_TAG.finditer(letter_html, 0, 100_000):
        if last[0][:5].lower() == "<head":
            break
    if last is None:
        return base + letter_html
    return letter_html[: last.end()] + base + letter_html[last.end() :]


def find_links(letter_html: str) -> tuple[Link, ...]:
    """List the links of a letter in their order, each address once, at most ``MAX_LINKS``."""
    collector = _LinkCollector()
    collector.feed(letter_html)
    collector.close()
    collector.finish_link()
    return tuple(list(collector.found.values())[:MAX_LINKS])


class _LinkCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Link] = {}
        self._address: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.finish_link()
            self._address = (values.get("href") or "").strip() or None
        elif tag == "img" and self._address is not None:
            self._words.append(values.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.finish_link()

    def handle_data(self, data: str) -> None:
        if self._address is not None:
            self._words.append(data)

    def finish_link(self) -> None:
        if self._address is not None and self._address not in self.found:
            label = " ".join("".join(self._words).split())
            can_open = self._address.lower().startswith(("https://", "http://"))
            self.found[self._address] = Link(label, self._address, can_open)
        self._address, self._words = None, []


def _decode(raw: str | bytes, charset: str) -> str:
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode(charset, "replace")
    except LookupError:  # a charset that nobody knows
        return raw.decode("utf-8", "replace")


def _plain(value: str | Header) -> str:
    """A header with raw 8-bit bytes comes as a Header or with surrogates: make it text."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _content(part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    return _decode(_payload(part), "utf-8" if charset == "us-ascii" else charset).replace("\r\n", "\n")


def _name(part: Message) -> str:
    return decode_words(_plain(html.unescape(part.get_filename() or "without a name")))

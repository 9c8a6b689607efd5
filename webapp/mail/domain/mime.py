"""Puts one recipient's letter together as bytes (RFC 5322, 2045, 2046, 8058) from parts encoded once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from typing import NamedTuple

from webapp.mail.domain.attachments import AttachedFile, encode_files
from webapp.mail.domain.compiled import CompiledLetter, Fork, Program, Slot
from webapp.mail.domain.encoded import EncodedFork, Gatherer, PieceWriter, encode_program
from webapp.mail.domain.headers import address_header, ascii_address, structured_header, text_header
from webapp.mail.domain.values import Context, PoisonError

LONGEST_LINKS = 800  # characters of both links together
KEPT_SUBJECTS = 1000  # a few hundred bytes each
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "mime-version"}
    | {"content-type", "content-transfer-encoding", "list-id", "list-unsubscribe", "list-unsubscribe-post"}
)
_LEFT = re.compile(r"[A-Za-z0-9_-]{1,64}+")  # of a Message-ID as we make them
_STRUCTURED = frozenset({"auto-submitted", "feedback-id", "precedence", "in-reply-to", "references"})
# Printable ASCII but for what would end or bend the header line that a link stands in.
_LINK = re.compile(r"http[!#-+\-./0-9:=?@A-Z\[\]^_`a-z{|}~]*+")


@dataclass(frozen=True, slots=True)
class SenderLine:
    """Who a letter is from.

    Args:
        address: bare address of the From header.
        display_name: the name before it; may be "".
        reply_to: bare address for answers, if it is another one; several are separated by commas.
    """

    address: str
    display_name: str = ""
    reply_to: str | None = None


class Copy(NamedTuple):
    """What one recipient's copy of a letter is made of.

    Args:
        address: bare address of the To header.
        name: display name; may be "".
        values: in the order of ``CompiledLetter.fields``; None where there is none.
        date: of the Date header, aware.
        message_id: without angle brackets; ``left@right`` or only the left side.
        opt_out_link: the recipient's own page; None in essential letters.
        one_click_link: the recipient's own RFC 8058 address, https; None in essential letters.
    """

    address: str
    name: str
    values: Sequence[str | None]
    date: datetime
    message_id: str
    opt_out_link: str | None = None
    one_click_link: str | None = None


class LetterBuilder:
    """Builds the letters of one shoot; holds no more than the letter itself, however many it builds.

    Args:
        compiled: the letter.
        sender: who it is from.
        domain: right side of Message-IDs that are given without one.
        list_id: of the List-Id header (RFC 2919), for example ``news.example.org``; bulk only.
        extra_headers: further headers, the same in every letter, for example ``Feedback-ID``.
        boundary_seed: makes the boundary; the same seed gives the same bytes again.
        is_bulk: List-Unsubscribe (RFC 8058) and an opt-out link are then required of every letter.
        files: go with every letter; encoded here, once.

    Raises:
        PoisonError: the sender, a header or a file's name cannot be written, for anybody.
    """

    def __init__(
        self,
        compiled: CompiledLetter,
        *,
        sender: SenderLine,
        domain: str,
        list_id: str | None = None,
        extra_headers: Mapping[str, str] | None = None,
        boundary_seed: str = "",
        is_bulk: bool,
        files: Sequence[AttachedFile] = (),
    ) -> None:
        self._compiled = compiled
        self._domain = ascii_address(f"x@{domain}")[2:]
        self._is_bulk = is_bulk
        self._writer = PieceWriter(compiled)
        self._date: tuple[datetime | None, bytes] = (None, b"")
        self._line_slots = [slot if slot.landing.context is Context.LINE else None for slot in compiled.slots]
        self._subject_fields = sorted(_fields_of(compiled.subject, compiled.slots))
        self._subjects: dict[tuple[str, ...], bytes] = {}
        boundary = "=_" + blake2b(boundary_seed.encode(), digest_size=12).hexdigest()
        self._gatherer = Gatherer(
            (
                self._sender_headers(sender),
                len(compiled.slots),  # the piece behind those of the slots: the recipient's own header lines
                self._fixed_headers(list_id, extra_headers or {}),
                *_entity(compiled, boundary, files),
            )
        )

    @property
    def fixed_size(self) -> int:
        """The bytes of a letter's fixed parts, at most; what is a recipient's own comes to them."""
        return self._gatherer.fixed_size

    def build_all(self, copies: Sequence[Copy]) -> list[bytes]:
        """Build some recipients' letters.

        One kind of work is done for all of them before the next: what that needs of a processor's caches is then
        there, which makes a letter about a third cheaper than one after the other.

        Returns:
            Each message with CRLF, not dot-stuffed; no line begins with a dot.

        Raises:
            PoisonError: one of the letters cannot be written; the message says why, but not whose it is.
        """
        written = [self._writer.write(copy.values, copy.opt_out_link) for copy in copies]
        tos = [address_header("To", copy.name, ascii_address(copy.address)) for copy in copies]
        subjects = [self._subject_header(values) for values, _ in written]
        dates = [self._date_header(copy.date) for copy in copies]
        ids = [self._message_id_header(copy.message_id) for copy in copies]
        opt_outs = [self._opt_out_headers(copy.opt_out_link, copy.one_click_link) for copy in copies]
        heads = map(b"".join, zip(tos, subjects, dates, ids, opt_outs, strict=True))
        return [
            self._gatherer.gather([*pieces, head], values)
            for (values, pieces), head in zip(written, heads, strict=True)
        ]

    def build(
        self,
        *,
        address: str,
        name: str,
        values: Sequence[str | None],
        date: datetime,
        message_id: str,
        opt_out_link: str | None = None,
        one_click_link: str | None = None,
    ) -> bytes:
        """Build one recipient's letter; see `Copy` and `build_all`.

        Raises:
            PoisonError: this recipient's letter cannot be written; the message says why.
        """
        return self.build_all([Copy(address, name, values, date, message_id, opt_out_link, one_click_link)])[
            0
        ]

    def _sender_headers(self, sender: SenderLine) -> bytes:
        lines = address_header("From", sender.display_name, ascii_address(sender.address))
        if sender.reply_to:
            answers = [ascii_address(address.strip()) for address in sender.reply_to.split(",")]
            if len(answers) == 1:
                lines += address_header("Reply-To", "", answers[0])
            else:  # one a line: no line grows beyond what RFC 5322 allows, however many there are
                lines += ("Reply-To: " + ",\r\n ".join(answers) + "\r\n").encode("ascii")
        return lines

    def _fixed_headers(self, list_id: str | None, extra: Mapping[str, str]) -> bytes:
        lines = [structured_header("MIME-Version", "1.0")]
        if self._is_bulk and list_id:
            lines.append(structured_header("List-Id", f"<{ascii_address(f'x@{list_id}')[2:]}>"))
        for name, value in extra.items():
            if name.lower() in _OURS:
                raise PoisonError(f"The header {name} is written by Postroom and cannot be given.")
            is_structured = name.lower() in _STRUCTURED
            lines.append(structured_header(name, value) if is_structured else text_header(name, value))
        return b"".join(lines)

    def _subject_header(self, values: Sequence[str]) -> bytes:
        """Write the subject; it mostly names little of a recipient, so the last ones are kept."""
        key = tuple([values[field] for field in self._subject_fields])
        known = self._subjects.get(key)
        if known is None:
            written = [slot.write(values[slot.field]) if slot else "" for slot in self._line_slots]
            known = text_header("Subject", "".join(self._compiled.subject_pieces(written, values)))
            if len(self._subjects) >= KEPT_SUBJECTS:
                self._subjects.clear()
            self._subjects[key] = known
        return known

    def _date_header(self, date: datetime) -> bytes:
        """Write the Date header; letters of one window share it."""
        if date != self._date[0]:
            if date.tzinfo is None:
                raise ValueError("The date of a letter must know its zone.")
            self._date = (date, structured_header("Date", format_datetime(date)))
        return self._date[1]

    def _message_id_header(self, given: str) -> bytes:
        if _LEFT.fullmatch(given):
            return f"Message-ID: <{given}@{self._domain}>\r\n".encode("ascii")
        whole = given if "@" in given else f"{given}@{self._domain}"
        return f"Message-ID: <{ascii_address(whole)}>\r\n".encode("ascii")

    def _opt_out_headers(self, opt_out_link: str | None, one_click_link: str | None) -> bytes:
        """Write the RFC 8058 headers of a bulk letter; an essential one has none."""
        if not self._is_bulk:
            return b""
        if not opt_out_link or not one_click_link:
            raise PoisonError("A bulk letter needs its recipient's own opt-out links.")
        if (
            _LINK.fullmatch(opt_out_link) is None
            or _LINK.fullmatch(one_click_link) is None
            or len(opt_out_link) + len(one_click_link) >= LONGEST_LINKS
        ):
            raise PoisonError("The opt-out link is not an address that can be followed.")
        return f"List-Unsubscribe: <{one_click_link}>\r\n{_ONE_CLICK}".encode("ascii")


_ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def _entity(
    compiled: CompiledLetter, boundary: str, files: Sequence[AttachedFile]
) -> list[bytes | int | EncodedFork]:
    """Return the Content-Type and body of the message: the letter alone, or before the files (RFC 2046, 5.1.3)."""
    inline = [file for file in files if file.content_id]
    beside = [file for file in files if not file.content_id]
    letter = [_opening("alternative", boundary), *_alternative(compiled, boundary, inline)]
    if not beside:
        return letter
    outer = f"{boundary}.m"
    return [_opening("mixed", outer), _delimiter(outer), *letter, encode_files(beside, outer)]


def _alternative(
    compiled: CompiledLetter, boundary: str, pictures: Sequence[AttachedFile]
) -> list[bytes | int | EncodedFork]:
    """Return the blank line and body of the multipart: plain text first, HTML last, as RFC 2046 5.1.4 wants.

    Pictures stand with the HTML that shows them (RFC 2387). No boundary inside another begins like it, since readers
    need not compare more than that (RFC 2046, 5.1.1).
    """
    html = [_text_head("html"), *encode_program(compiled.html)]
    if pictures:
        inner = f"=_r{boundary.removeprefix('=_')}"
        opening = _opening('related; type="text/html"', inner)
        html = [opening, _delimiter(inner), *html, encode_files(pictures, inner)]
    return [
        _delimiter(boundary) + _text_head("plain"),
        *encode_program(compiled.text),
        _delimiter(boundary),
        *html,
        f"\r\n--{boundary}--\r\n".encode("ascii"),
    ]


def _opening(kind: str, boundary: str) -> bytes:
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n'.encode("ascii")


def _delimiter(boundary: str) -> bytes:
    return f"\r\n--{boundary}\r\n".encode("ascii")


def _text_head(kind: str) -> bytes:
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")


def _fields_of(program: Program, slots: Sequence[Slot]) -> set[int]:
    """Return which values a program writes or asks about, by their numbers."""
    found: set[int] = set()
    for step in program:
        if isinstance(step, int):
            found.add(slots[step].field)
        elif isinstance(step, Fork):
            for asked, branch in step.branches:
                found |= {asked.field} if asked else set()
                found |= _fields_of(branch, slots)
    return found

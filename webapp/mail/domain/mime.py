"""Puts one recipient's letter together as bytes (RFC 5322, 2045, 2046, 8058) from parts encoded once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from operator import itemgetter

from webapp.mail.domain.compiled import CompiledLetter, Fork, Program, Slot
from webapp.mail.domain.headers import address_header, ascii_address, structured_header, text_header
from webapp.mail.domain.links import LINK_LENGTH_LIMIT, is_followable
from webapp.mail.domain.quoted_printable import encode_piece, simple_piece
from webapp.mail.domain.values import Context, PoisonError

_OURS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "mime-version"}
    | {"content-type", "content-transfer-encoding", "list-id", "list-unsubscribe", "list-unsubscribe-post"}
)
_STRUCTURED = frozenset({"auto-submitted", "feedback-id", "precedence", "in-reply-to", "references"})
_AS_IT_IS = frozenset({Context.PLAIN, Context.HTML, Context.ATTRIBUTE})


@dataclass(frozen=True, slots=True)
class SenderLine:
    """Who a letter is from.

    Args:
        address: bare address of the From header.
        display_name: the name before it; may be "".
        reply_to: bare address for answers, if it is another one.
    """

    address: str
    display_name: str = ""
    reply_to: str | None = None


_Steps = tuple["bytes | int | _Fork", ...]


@dataclass(frozen=True, slots=True)
class _Fork:
    """A fork of which the fixed parts are encoded."""

    fork: Fork
    branches: tuple[_Steps, ...]


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

    Raises:
        PoisonError: the sender or a header cannot be written, for anybody.
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
    ) -> None:
        self._compiled = compiled
        self._domain = ascii_address(f"x@{domain}")[2:]
        self._is_bulk = is_bulk
        self._pieces = [_piece_writer(slot) for slot in compiled.slots]
        self._dates: tuple[datetime | None, bytes] = (None, b"")
        self._subject = None if _varies(compiled.subject) else self._subject_header([], [])
        boundary = "=_" + blake2b(boundary_seed.encode(), digest_size=12).hexdigest()
        steps: list[bytes | int | _Fork] = [self._sender_headers(sender)]
        steps.append(len(self._pieces))  # the recipient's own header lines
        steps.append(self._fixed_headers(list_id, extra_headers or {}, boundary))
        # The one entity so far. Attachments will enclose it: a multipart whose other parts are one more piece.
        steps += _alternative(compiled, boundary)
        self._steps = _merged(steps)
        self._gather = _gatherer(self._steps)

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
        """Build one recipient's letter.

        Args:
            address: bare address of the To header.
            name: display name; may be "".
            values: in the order of ``compiled.fields``; None where there is none.
            date: of the Date header, aware.
            message_id: without angle brackets; ``left@right`` or only the left side.
            opt_out_link: the recipient's own page; None in essential letters.
            one_click_link: the recipient's own RFC 8058 address, https; None in essential letters.

        Returns:
            The message with CRLF, not dot-stuffed; no line begins with a dot.

        Raises:
            PoisonError: this recipient's letter cannot be written; the message says why.
        """
        cleaned = self._compiled.clean(values, opt_out_link)
        simple = [simple_piece(value) for value in cleaned]
        try:
            pieces = [write(cleaned, simple) for write in self._pieces]
        except UnicodeEncodeError as error:
            raise PoisonError("A value holds half a character and cannot be sent.") from error
        subject = self._subject or self._subject_header(
            [slot.write(cleaned[slot.field]) for slot in self._compiled.slots], cleaned
        )
        pieces.append(
            address_header("To", name, ascii_address(address))
            + subject
            + self._date_header(date)
            + structured_header("Message-ID", self._message_id(message_id))
            + self._opt_out_headers(opt_out_link, one_click_link)
        )
        if self._gather is not None:
            return b"".join(self._gather(pieces))
        out: list[bytes] = []
        _walk(self._steps, pieces, cleaned, out)
        return b"".join(out)

    def _sender_headers(self, sender: SenderLine) -> bytes:
        lines = address_header("From", sender.display_name, ascii_address(sender.address))
        if sender.reply_to:
            lines += address_header("Reply-To", "", ascii_address(sender.reply_to))
        return lines

    def _fixed_headers(self, list_id: str | None, extra: Mapping[str, str], boundary: str) -> bytes:
        lines = [structured_header("MIME-Version", "1.0")]
        if self._is_bulk and list_id:
            lines.append(structured_header("List-Id", f"<{ascii_address(f'x@{list_id}')[2:]}>"))
        for name, value in extra.items():
            if name.lower() in _OURS:
                raise PoisonError(f"The header {name} is written by Postroom and cannot be given.")
            is_structured = name.lower() in _STRUCTURED
            lines.append(structured_header(name, value) if is_structured else text_header(name, value))
        lines.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode("ascii"))
        return b"".join(lines)

    def _subject_header(self, written: Sequence[str], values: Sequence[str]) -> bytes:
        return text_header("Subject", "".join(self._compiled.subject_pieces(written, values)))

    def _date_header(self, date: datetime) -> bytes:
        """Write the Date header; letters of one second share it."""
        if date is not self._dates[0]:
            if date.tzinfo is None:
                raise ValueError("The date of a letter must know its zone.")
            self._dates = (date, structured_header("Date", format_datetime(date)))
        return self._dates[1]

    def _message_id(self, given: str) -> str:
        return f"<{ascii_address(given if '@' in given else f'{given}@{self._domain}')}>"

    def _opt_out_headers(self, opt_out_link: str | None, one_click_link: str | None) -> bytes:
        """Write the RFC 8058 headers of a bulk letter; an essential one has none."""
        if not self._is_bulk:
            return b""
        if not opt_out_link or not one_click_link:
            raise PoisonError("A bulk letter needs its recipient's own opt-out links.")
        for link in (opt_out_link, one_click_link):
            if not is_followable(link) or len(link) > LINK_LENGTH_LIMIT // 4 or not link.isascii():
                raise PoisonError("The opt-out link is not an address that can be followed.")
        return structured_header("List-Unsubscribe", f"<{one_click_link}>") + _ONE_CLICK


_ONE_CLICK = structured_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def _varies(program: Program) -> bool:
    return any(not isinstance(step, str) for step in program)


def _piece_writer(slot: Slot) -> Callable[[list[str], list[bytes | None]], bytes]:
    """Return a function that writes a slot's encoded piece from the cleaned values and their simple pieces."""
    field = slot.field
    fallback = encode_piece(slot.write(""))
    is_as_it_is = slot.landing.context in _AS_IT_IS and not slot.landing.is_in_comment
    is_url = slot.landing.context is Context.URL and not slot.landing.is_in_comment

    def write(values: list[str], simple: list[bytes | None]) -> bytes:
        piece = simple[field]
        if piece is not None and (is_as_it_is or (is_url and is_followable(values[field]))):
            return piece
        return encode_piece(slot.write(values[field])) if values[field] else fallback

    return write


def _alternative(compiled: CompiledLetter, boundary: str) -> list[bytes | int | _Fork]:
    """Return the blank line and body of the multipart: plain text first, HTML last, as RFC 2046 5.1.4 wants."""

    def head(kind: str) -> bytes:
        return (
            f"\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ).encode("ascii")

    return [
        head("plain"),
        *_encoded(compiled.text),
        head("html"),
        *_encoded(compiled.html),
        f"\r\n--{boundary}--\r\n".encode("ascii"),
    ]


def _encoded(program: Program) -> _Steps:
    return tuple(
        encode_piece(step)
        if isinstance(step, str)
        else _Fork(step, tuple(_encoded(branch) for _, branch in step.branches))
        if isinstance(step, Fork)
        else step
        for step in program
    )


def _merged(steps: Sequence[bytes | int | _Fork]) -> _Steps:
    merged: list[bytes | int | _Fork] = []
    for step in steps:
        if isinstance(step, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += step
        else:
            merged.append(step)
    return tuple(merged)


def _gatherer(steps: _Steps) -> Callable[[list[bytes]], tuple[bytes, ...]] | None:
    """Return a function that lines up fixed and own pieces in one step, where the letter has no forks."""
    if any(isinstance(step, _Fork) for step in steps):
        return None
    fixed = tuple(step for step in steps if isinstance(step, bytes))
    order: list[int] = []
    seen = 0
    for step in steps:
        order.append(step + len(fixed) if isinstance(step, int) else seen)
        seen += isinstance(step, bytes)
    pick = itemgetter(*order)
    return lambda pieces: pick((*fixed, *pieces))


def _walk(steps: _Steps, pieces: list[bytes], values: list[str], out: list[bytes]) -> None:
    for step in steps:
        if isinstance(step, bytes):
            out.append(step)
        elif isinstance(step, int):
            out.append(pieces[step])
        else:
            for (asked, _), branch in zip(step.fork.branches, step.branches, strict=True):
                if asked is None or asked.holds(values):
                    _walk(branch, pieces, values, out)
                    break

"""A letter's parts encoded once (quoted-printable), and a recipient's own pieces that go between them."""

import re
from binascii import b2a_qp
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from unicodedata import is_normalized

from webapp.mail.domain.compiled import CompiledLetter, Fork, Program
from webapp.mail.domain.links import is_followable
from webapp.mail.domain.quoted_printable import LINE_LIMIT, encode_piece
from webapp.mail.domain.values import Context, PoisonError

# Values, one a line, that are the same cleaned, in plain text and in HTML: without <>&, control characters and
# turned directions, not beginning as no encoded line may begin.
_SPECIAL = "<>&\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff"
_PLAIN = rf"(?!\.|From )[^{_SPECIAL}]*+"
_NEEDS_CARE = re.compile("[<>&\n]")  # in a cleaned value: written in another way in HTML than in text
_ALL_PLAIN = re.compile(rf"{_PLAIN}(?:\n{_PLAIN})*+")
_END = b"=\r\n"
_LONGEST = LINE_LIMIT - 1 + len(_END)  # of an encoded value that fits one line, with its soft break
_WRITTEN_SAME = frozenset({Context.PLAIN, Context.LINE, Context.HTML})
_SAME_BUT_QUOTES = frozenset({Context.ATTRIBUTE, Context.URL})


@dataclass(frozen=True, slots=True)
class EncodedFork:
    """A fork of which the fixed parts are encoded."""

    fork: Fork
    branches: tuple["Steps", ...]


Steps = tuple[bytes | int | EncodedFork, ...]  # fixed bytes, number of a piece, or a fork


class PieceWriter:
    """Writes the pieces of one recipient, one for each slot of a letter."""

    def __init__(self, compiled: CompiledLetter) -> None:
        self._compiled = compiled
        slots = compiled.slots
        self._fallbacks = [(slot.field, encode_piece(slot.write(""))) for slot in slots]
        self._each = [
            (slot, field, fallback, slot.landing.context in _WRITTEN_SAME and not slot.landing.is_in_comment)
            for slot, (field, fallback) in zip(slots, self._fallbacks, strict=True)
        ]
        link = len(
            compiled.fields
        )  # the opt-out link, which is ours and looked at where its header is written
        self._urls = sorted({s.field for s in slots if s.landing.context is Context.URL} - {link})
        self._quoted = sorted({s.field for s in slots if s.landing.context in _SAME_BUT_QUOTES} - {link})
        self._pick: Callable[[Sequence[bytes]], tuple[bytes, ...]] | None = None
        same = _WRITTEN_SAME | _SAME_BUT_QUOTES
        if all(slot.landing.context in same and not slot.landing.is_in_comment for slot in slots):
            self._pick = picker([slot.field for slot in slots])

    def write(self, values: Sequence[str | None], opt_out_link: str | None) -> tuple[list[str], list[bytes]]:
        """Return a recipient's cleaned values, the opt-out link last, and the pieces in the order of the slots.

        Raises:
            PoisonError: a value cannot be carried by any letter.
            ValueError: there are not as many values as fields.
        """
        if self._pick is not None and len(values) == len(self._compiled.fields):
            plain = [value or "" for value in values]
            plain.append(opt_out_link or "")
            pieces = self._write_same(plain)
            if pieces is not None:
                return plain, pieces
        cleaned = self._compiled.clean(values, opt_out_link)
        try:
            same = [None if _NEEDS_CARE.search(value) else encode_piece(value) for value in cleaned]
            return cleaned, [
                fallback
                if not cleaned[field]
                else (is_same and same[field]) or encode_piece(slot.write(cleaned[field]))
                for slot, field, fallback, is_same in self._each
            ]
        except UnicodeEncodeError as error:
            raise PoisonError("A value holds half a character and cannot be sent.") from error

    def _write_same(self, values: list[str]) -> list[bytes] | None:
        """Write one piece for each value where none reads otherwise in text than in HTML; None where one does.

        All values are looked at and encoded in one go, each on a line of its own.
        """
        joined = "\n".join(values)
        if self._pick is None or joined.count("\n") >= len(values):  # a value of several lines
            return None
        if _ALL_PLAIN.fullmatch(joined) is None:
            return None
        for field in self._quoted:
            if '"' in values[field] or "'" in values[field]:
                return None
        raw = joined.encode()
        if not joined.isascii() or "=" in joined or " \n" in joined or joined[-1:] == " ":
            if not is_normalized("NFC", joined):
                return None
            raw = b2a_qp(raw).replace(b"=\n", b"")  # its line breaks may fall into a character
        same = raw.replace(b"\n", b"=\r\n\0").split(b"\0")
        same[-1] += _END
        if max(map(len, same)) > _LONGEST:
            same = [
                piece if len(piece) <= _LONGEST else encode_piece(value)
                for piece, value in zip(same, values, strict=True)
            ]
        for url in self._urls:
            if values[url] and not is_followable(values[url]):
                return None
        if "" not in values:
            return list(self._pick(same))
        return [same[field] if values[field] else fallback for field, fallback in self._fallbacks]


def encode_program(program: Program) -> Steps:
    """Encode the fixed parts of a program."""
    return tuple(
        encode_piece(step)
        if isinstance(step, str)
        else EncodedFork(step, tuple(encode_program(branch) for _, branch in step.branches))
        if isinstance(step, Fork)
        else step
        for step in program
    )


class Gatherer:
    """Puts fixed parts and pieces together.

    Args:
        steps: the whole message.

    Attributes:
        fixed_size: bytes of the fixed parts of a message, at most.
    """

    def __init__(self, steps: Sequence[bytes | int | EncodedFork]) -> None:
        self._steps = _merged(steps)
        self.fixed_size = _fixed_size(self._steps)
        self._fixed: tuple[bytes, ...] = ()
        self._pick: Callable[[Sequence[bytes]], tuple[bytes, ...]] | None = None
        if not any(isinstance(step, EncodedFork) for step in self._steps):
            self._fixed = tuple(step for step in self._steps if isinstance(step, bytes))
            # Without forks the order is always the same, so one call lines up everything.
            numbers = iter(range(len(self._fixed)))
            self._pick = picker(
                [
                    step + len(self._fixed) if isinstance(step, int) else next(numbers)
                    for step in self._steps
                    if not isinstance(step, EncodedFork)
                ]
            )

    def gather(self, pieces: Sequence[bytes], values: Sequence[str]) -> bytes:
        """Return the whole message.

        Args:
            pieces: by number.
            values: cleaned, for the questions of forks.
        """
        if self._pick is not None:
            return b"".join(self._pick((*self._fixed, *pieces)))
        out: list[bytes] = []
        _walk(self._steps, pieces, values, out)
        return b"".join(out)


def picker(order: Sequence[int]) -> Callable[[Sequence[bytes]], tuple[bytes, ...]]:
    """Return a function that picks items by their numbers, in one call, always as a tuple."""
    if len(order) > 1:
        return itemgetter(*order)
    return lambda items: tuple(items[number] for number in order)


def _merged(steps: Sequence[bytes | int | EncodedFork]) -> Steps:
    merged: list[bytes | int | EncodedFork] = []
    for step in steps:
        last = merged[-1] if merged else None
        if isinstance(step, bytes) and isinstance(last, bytes):
            merged[-1] = last + step
        else:
            merged.append(step)
    return tuple(merged)


def _fixed_size(steps: Steps) -> int:
    """Return the bytes of fixed parts, with the longest branch of each fork."""
    size = 0
    for step in steps:
        if isinstance(step, bytes):
            size += len(step)
        elif isinstance(step, EncodedFork):
            size += max(map(_fixed_size, step.branches), default=0)
    return size


def _walk(steps: Steps, pieces: Sequence[bytes], values: Sequence[str], out: list[bytes]) -> None:
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

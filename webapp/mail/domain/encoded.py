"""A letter's parts encoded once (quoted-printable), and a recipient's own pieces that go between them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from unicodedata import is_normalized

from webapp.mail.domain.compiled import CompiledLetter, Fork, Program
from webapp.mail.domain.links import is_followable
from webapp.mail.domain.quoted_printable import LINE_LIMIT, encode_piece
from webapp.mail.domain.values import Context, PoisonError

# Values, one a line, that are the same cleaned, in plain text, in HTML and in quoted-printable: printable ASCII
# without <>&"' and =, not beginning as no encoded line may begin, not ending with a space.
_SIMPLE = r"(?:(?![. ]|From )[ !#$%()*+,\-./0-9:;?@A-Z\[\\\]^_`a-z{|}~]++(?<! ))?+"
_ALL_SIMPLE = re.compile(rf"{_SIMPLE}(?:\n{_SIMPLE})*+")
# What is taken out of a value, or written in another way in HTML than in text.
_NEEDS_CARE = re.compile(
    "[<>&\"'\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_SAME = frozenset({Context.PLAIN, Context.LINE, Context.HTML, Context.ATTRIBUTE, Context.URL})


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
        # A piece for the subject is never used: headers are encoded in another way.
        is_line = [slot.landing.context is Context.LINE for slot in slots]
        self._each = list(zip(slots, self._fallbacks, is_line, strict=True))
        self._urls = sorted({slot.field for slot in slots if slot.landing.context is Context.URL})
        self._pick: Callable[[Sequence[bytes]], tuple[bytes, ...]] | None = None
        if all(slot.landing.context in _SAME and not slot.landing.is_in_comment for slot in slots):
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
            return cleaned, [
                encode_piece(slot.write(cleaned[field])) if cleaned[field] and not is_line else fallback
                for slot, (field, fallback), is_line in self._each
            ]
        except UnicodeEncodeError as error:
            raise PoisonError("A value holds half a character and cannot be sent.") from error

    def _write_same(self, values: list[str]) -> list[bytes] | None:
        """Write one piece for each value where none reads otherwise in text than in HTML; None where one does."""
        joined = "\n".join(values)
        if self._pick is None or joined.count("\n") >= len(values):  # a value of several lines
            return None
        if _ALL_SIMPLE.fullmatch(joined) is not None:
            same = (joined.replace("\n", "=\r\n\0") + "=\r\n").encode("ascii").split(b"\0")
            for number, value in enumerate(values):
                if len(value) >= LINE_LIMIT:
                    same[number] = encode_piece(value)
        elif _NEEDS_CARE.search(joined) is None and is_normalized("NFC", joined):
            same = [encode_piece(value) for value in values]
        else:
            return None
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
    """

    def __init__(self, steps: Sequence[bytes | int | EncodedFork]) -> None:
        self._steps = _merged(steps)
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

"""What is wrong with a letter, and exactly where: faults are data, so that all can be shown at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

FAULT_LIMIT = 50  # nobody reads more, and a broken megabyte must not make a megabyte of faults
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that has to be put right before a letter can be sent.

    Args:
        place: "subject", "preheader", "slot:main", "text" or "layout".
        line: counted from 1, within that place.
        column: counted from 1, in characters.
        excerpt: the words there, shortened.
        message: one sentence for the author.
    """

    place: str
    line: int
    column: int
    excerpt: str
    message: str


def fault_at(place: str, source: str, offset: int, message: str, length: int = _EXCERPT) -> Fault:
    """Describe a fault by where it is in a source.

    Args:
        place: see `Fault`.
        source: the whole text of that place.
        offset: where the fault begins, in characters.
        message: one sentence for the author.
        length: how many characters belong to it.
    """
    line_start = source.rfind("\n", 0, offset) + 1
    excerpt = " ".join(source[offset : offset + min(length, _EXCERPT)].split())
    return Fault(place, source.count("\n", 0, offset) + 1, offset - line_start + 1, excerpt, message)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean “…”?" for a mistyped name, or "" where nothing is near."""
    near = get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return f" Did you mean “{near[0]}”?" if near else ""

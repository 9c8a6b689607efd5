"""Two versions of a letter's words side by side, place by place and line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT = 3  # unchanged lines shown around a change
LINE_LIMIT = 5000  # lines that are compared; difflib takes its time over more


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line side by side.

    Args:
        kind: ``same``, ``changed``, ``added``, ``removed`` or ``gap`` (lines left out between changes).
        before: as the earlier words say it.
        after: as the later ones say it.
    """

    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PlaceDiff:
    """What is different in one place of a letter."""

    label: str
    lines: list[DiffLine]


def compare_places(before: Mapping[str, str], after: Mapping[str, str]) -> list[PlaceDiff]:
    """Return the places that differ, in the order of the page.

    Args:
        before: the earlier words by what their place is called.
        after: the later ones.
    """
    return [
        PlaceDiff(label, compare_lines(before.get(label, ""), after.get(label, "")))
        for label in dict.fromkeys((*before, *after))
        if before.get(label, "") != after.get(label, "")
    ]


def compare_lines(before: str, after: str) -> list[DiffLine]:
    """Return two texts side by side, line by line, with only a little around each change."""
    old, new = before.splitlines()[:LINE_LIMIT], after.splitlines()[:LINE_LIMIT]
    lines: list[DiffLine] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        if lines:
            lines.append(DiffLine("gap", "", ""))
        for kind, old_start, old_end, new_start, new_end in group:
            lines += _side_by_side(kind, old[old_start:old_end], new[new_start:new_end])
    return lines


def _side_by_side(kind: str, old: list[str], new: list[str]) -> list[DiffLine]:
    """Return the lines of one step of difflib, the shorter side filled up."""
    length = max(len(old), len(new))
    pairs = zip(old + [""] * (length - len(old)), new + [""] * (length - len(new)), strict=True)
    if kind == "equal":
        return [DiffLine("same", left, right) for left, right in pairs]
    found = []
    for index, (left, right) in enumerate(pairs):
        is_both = index < len(old) and index < len(new)
        found.append(
            DiffLine("changed" if is_both else "removed" if index < len(old) else "added", left, right)
        )
    return found

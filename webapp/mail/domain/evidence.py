"""What may tell whether an uncertain letter arrived, and what all of it together says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Weight(StrEnum):
    """How much a piece of evidence says."""

    ARRIVED = "arrived"  # it can hardly be without the letter
    CAME_BACK = "came_back"  # the other side gave the letter back
    HINT = "hint"  # worth knowing, and says nothing about this letter


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that was found about a letter.

    Args:
        weight: how much it says.
        words: what it is, in a sentence for staff.
        at: when it happened; None where it has no time of its own.
    """

    weight: Weight
    words: str
    at: datetime | None = None


class Standing(StrEnum):
    """What is known of an uncertain letter."""

    ARRIVED = "arrived"
    CAME_BACK = "came_back"
    UNKNOWN = "unknown"


STANDING_WORDS = {
    Standing.ARRIVED: "probably arrived",
    Standing.CAME_BACK: "probably came back",
    Standing.UNKNOWN: "nothing known",
}


def weigh(found: Iterable[Evidence]) -> Standing:
    """Return what evidence says together: what came back weighs more than a link that was used, hints weigh nothing."""
    weights = {one.weight for one in found}
    if Weight.CAME_BACK in weights:
        return Standing.CAME_BACK
    return Standing.ARRIVED if Weight.ARRIVED in weights else Standing.UNKNOWN

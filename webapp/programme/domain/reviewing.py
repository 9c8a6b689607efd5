"""How a list of applications is divided, sorted and counted, whoever looks at it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LOWEST, HIGHEST = 1, 5  # scores
LONGEST_COMMENT = 4000  # characters
LONGEST_TAG = 40


class View(StrEnum):
    """Where an application stands, in the words of the list's filters. Each is in exactly one."""

    TO_REVIEW = "to-review"
    NOT_TOLD = "not-told"
    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    NO_ANSWER = "no-answer"
    WAITING = "waiting"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


VIEW_NAMES = {
    View.TO_REVIEW: "To review",
    View.NOT_TOLD: "Decided, not told",
    View.INVITED: "Invited",
    View.CONFIRMED: "Confirmed",
    View.DECLINED: "Declined",
    View.NO_ANSWER: "No answer",
    View.WAITING: "Waiting list",
    View.REJECTED: "Rejected",
    View.WITHDRAWN: "Withdrawn",
}


class SortBy(StrEnum):
    """What a list of applications is sorted by."""

    NUMBER = "number"
    NAME = "name"
    MEAN = "mean"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which applications of an event are listed, and how.

    Args:
        view: where they stand; None is all.
        tag: that they have; "" is any.
        text: in the name or address, or exactly the number; "" is any.
        sort: by what.
        is_descending: the other way round.
    """

    view: View | None = None
    tag: str = ""
    text: str = ""
    sort: SortBy = SortBy.NUMBER
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """One application as a list shows it to one member of staff.

    Args:
        review_count: how many have looked at it, abstentions included.
        mean, deviation: of the scores, the deviation that of a sample; None where there is none, or it is
            still hidden from this member of staff.
        is_hidden: others' scores are kept from this member of staff until they have given their own.
        has_own: they have looked at it.
        own_score: their score; None too where they abstained.
    """

    id: int
    number: int
    person_id: int
    name: str
    email: str | None
    view: View
    decision: str
    announced: str
    rsvp: str
    waitlist_rank: int | None
    tags: tuple[str, ...]
    submitted_at: datetime
    review_count: int
    mean: float | None
    deviation: float | None
    is_hidden: bool
    has_own: bool
    own_score: int | None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """What one reviewer thinks."""

    user_id: int
    name: str
    score: int | None
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """All that has been thought of one application, as far as one member of staff may know it.

    Args:
        own: their own; None before they have given it.
        others: those of the others; empty while ``is_hidden``.
        count: how many have looked at it, whether shown or not.
        mean, deviation: of all scores; None while hidden or where there is none.
        is_hidden: what the others think is kept until one's own review exists.
    """

    own: ReviewLine | None
    others: tuple[ReviewLine, ...] = field(default=())
    count: int = 0
    mean: float | None = None
    deviation: float | None = None
    is_hidden: bool = False

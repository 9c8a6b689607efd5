"""What a concern is: something that wants a person's decision, of a kind that is one file in the catalog."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from webapp.core.registry import Shelf
from webapp.people.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Way:
    """Where a link leads. Only the pages know addresses, so it is a page by its name.

    Args:
        page: for example ``log.show``.
        about: what it is about.
        then: where one goes when one is done there; None is wherever that page leads.
    """

    page: str
    about: Mapping[str, int | str] = field(default_factory=dict)
    then: "Way | None" = None


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that wants a decision.

    Args:
        title: what it is about, in a few words.
        words: what is the matter, in a sentence.
        action: what its one button says.
        way: where that button leads.
        programme_id, event_id: where it belongs, to be named on the page.
        since: since when it is so.
    """

    title: str
    words: str
    action: str
    way: Way
    programme_id: int | None = None
    event_id: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a kind.

    Args:
        concerns: the first few.
        count: all of them, counted and not read.
        rest: the list that has them all; None where there is none but this.
    """

    concerns: tuple[Concern, ...] = ()
    count: int = 0
    rest: Way | None = None


class ConcernKind(ABC):
    """A kind of concern.

    ``rank`` says where it stands on the page, the smallest first.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    rank: ClassVar[int] = 50

    @abstractmethod
    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return what there is of this kind, in a handful of statements however much there is.

        Args:
            scope: who asks; never reach beyond it.
            now: the time, aware.
            limit: how many concerns at most; the rest is counted.
        """


CONCERNS: Shelf[ConcernKind] = Shelf("concern")


def register_concern(kind: type[ConcernKind]) -> type[ConcernKind]:
    """Decorate a kind's class to put one of it on the shelf.

    Raises:
        ValueError: the name is taken.
    """
    CONCERNS.put(kind.name, kind())
    return kind


def ranked_kinds() -> list[ConcernKind]:
    """Return the kinds in the order in which a page shows them."""
    return sorted((kind for _, kind in CONCERNS.items()), key=lambda kind: (kind.rank, kind.name))

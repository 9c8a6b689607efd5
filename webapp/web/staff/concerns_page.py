"""What needs attention, as pages show it: by kind, each with its first few and the way to the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from webapp.core.clock import now
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, ranked_kinds
from webapp.people.domain.scope import Scope
from webapp.web.staff.place_names import PlaceNames

SHOWN = 4  # of one kind; the rest is counted


def address_of(way: Way) -> str:
    """Return the address that a way leads to."""
    about: dict[str, Any] = dict(way.about)
    if way.then is not None:
        about["url"] = address_of(way.then)
    return url_for(way.page, **about)


@dataclass(frozen=True, slots=True)
class Line:
    """One concern with the name of its place and the address of its button."""

    concern: Concern
    place: str
    href: str


@dataclass(frozen=True, slots=True)
class Group:
    """The concerns of one kind: the first few, how many there are, and where all of them are."""

    name: str
    label: str
    count: int
    lines: Sequence[Line]
    rest_url: str | None

    @property
    def more(self) -> int:
        """Return how many are not shown."""
        return self.count - len(self.lines)


def gather_concerns(scope: Scope) -> list[Group]:
    """Return what needs attention, by kind; kinds of which there is nothing are left out."""
    at = now()
    found = [(kind, kind.find(scope, at, SHOWN)) for kind in ranked_kinds()]
    names = PlaceNames((one.programme_id, one.event_id) for _, what in found for one in what.concerns)
    return [_group(kind, what, names) for kind, what in found if what.count]


def _group(kind: ConcernKind, found: Found, names: PlaceNames) -> Group:
    return Group(
        name=kind.name,
        label=kind.label,
        count=found.count,
        lines=[
            Line(one, names.of(one.programme_id, one.event_id), address_of(one.way)) for one in found.concerns
        ],
        rest_url=address_of(found.rest) if found.rest else None,
    )

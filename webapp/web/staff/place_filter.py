"""The filter by which lists of people are narrowed to an event or a newsletter."""

from collections.abc import Iterator
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from sqlalchemy import ColumnElement, and_

from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.queries.memberships import visible_memberships
from webapp.programme.queries.events import find_events, find_programmes
from webapp.web.forms.choices import Choices, read_id
from webapp.web.staff.access import current_scope

KIND_WORDS = {
    MembershipKind.REGISTERED: "registered",
    MembershipKind.ORGANIZER: "organizer",
    MembershipKind.NEWSLETTER: "newsletter",
}


def place_choices() -> Choices:
    """Return the events and newsletters that the person at the screen may choose from."""
    scope = current_scope()
    newsletters = [(f"programme-{p.id}", f"{p.name} newsletter") for p in find_programmes(scope)]
    return [*((f"event-{event.id}", event.name) for event in find_events(scope)), *newsletters]


def belonging_choices() -> Choices:
    """Return the same places, each with every kind in which one can belong there."""
    scope = current_scope()
    found = []
    for event in find_events(scope):
        for kind in (MembershipKind.REGISTERED, MembershipKind.ORGANIZER):
            found.append((f"event-{event.id}-{kind.value}", f"{event.name} – {KIND_WORDS[kind]}"))
    return [*found, *((f"programme-{p.id}", f"{p.name} – newsletter") for p in find_programmes(scope))]


def read_place(text: str) -> tuple[str, int, str] | None:
    """Return (``event`` or ``programme``, its id, the rest) of a choice; None for anything else."""
    what, _, rest = text.partition("-")
    number, _, kind = rest.partition("-")
    key = read_id(number)
    return (what, key, kind) if what in {"event", "programme"} and key is not None else None


def belongs_to(text: str) -> ColumnElement[bool]:
    """Return the condition for memberships of a chosen place, of those that may be seen."""
    place = read_place(text)
    assert place is not None  # noqa: S101 -- ``validate`` has seen it
    what, key, _ = place
    here = (
        Membership.event_id == key
        if what == "event"
        else and_(Membership.programme_id == key, Membership.event_id.is_(None))
    )
    return and_(here, visible_memberships(current_scope()))


class _Offer:
    """The places to choose from, asked for anew by every page: Flask-Admin keeps what a filter says at the start."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(place_choices())


class PlaceFilter(BaseSQLAFilter):  # type: ignore[misc]  # published without types
    """Narrows memberships to a place."""

    def get_options(self, view: Any) -> Any:
        """Return the places that the person at the screen may choose from."""
        return _Offer()

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        """Return the query for those of the place."""
        return query.filter(belongs_to(value))

    def validate(self, value: str) -> bool:
        """Say whether it is a place at all."""
        return read_place(value) is not None

    def operation(self) -> str:
        """Return the word between column and value."""
        return "is"

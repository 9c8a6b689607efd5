"""Merge fields from a registration: columns of the imported file that are kept beside a person's place."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from webapp.mail.domain.merge_fields import FieldKind, MergeField, register_field
from webapp.mail.queries.merge_values import EXPRESSIONS, JOINS, Joined
from webapp.mail.queries.segments import Place
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person

# Columns that registers of events commonly have. Others are kept too and get a field here when wanted.
COLUMNS = {
    "ticket": ("Ticket", "Workshop"),
    "table": ("Table", "7"),
    "group": ("Group", "Beginners"),
    "role": ("Role", "Coach"),
    "city": ("Their city", "Gdańsk"),
    "company": ("Company", "Example Ltd"),
}


def _expression(key: str) -> Callable[[Place], ColumnElement[str | None]]:
    """Return the expression for one column of the registration for the letter's event."""

    def value(place: Place) -> ColumnElement[str | None]:
        return (
            select(Membership.details[key].astext)
            .where(
                Membership.person_id == Person.id,
                Membership.event_id == place.event_id,
                Membership.kind == MembershipKind.REGISTERED,
            )
            .correlate(Person)
            .scalar_subquery()
        )

    return value


@JOINS.register("registration")
def join_registration(place: Place) -> Joined:
    """Return the registrations for the letter's event: a person has one there at most."""
    registration = aliased(Membership, name="registration")
    is_theirs = and_(
        registration.person_id == Person.id,
        registration.event_id == place.event_id,
        registration.kind == MembershipKind.REGISTERED,
    )
    return Joined(registration, is_theirs, lambda key: registration.details[key].astext)


for _key, (_label, _example) in COLUMNS.items():
    register_field(MergeField(f"registration.{_key}", f"Registration: {_label}", FieldKind.TEXT, _example))
    EXPRESSIONS.put(f"registration.{_key}", _expression(_key))

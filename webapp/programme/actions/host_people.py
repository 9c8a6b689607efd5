"""Whoever applies to host becomes known, and belongs to the programme so that its support sees them."""

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from webapp.core.transaction import transaction
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person


def ensure_person(address: str, name: str, locale: str = "") -> Person:
    """Return the person with a normalised address, made known where they were not.

    What is known of somebody is never changed by what a visitor types; only what is missing is filled in.
    """
    with transaction() as session:
        made: Person | None = session.scalar(
            insert(Person)
            .values(email=address, name=name, locale=locale)
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(Person)
        )
        if made is not None:
            return made
        person = session.scalars(select(Person).where(Person.email == address)).one()
        if not person.name and name:
            person.name = name
        if not person.locale and locale:
            person.locale = locale
        return person


def ensure_host(person: Person, programme_id: int) -> None:
    """Enter somebody as one who applied to host an event of a programme, if they are not."""
    with transaction() as session:
        session.execute(
            insert(Membership)
            .values(person_id=person.id, programme_id=programme_id, kind=MembershipKind.HOST)
            .on_conflict_do_nothing(
                index_elements=["programme_id", "kind", "person_id"], index_where=text("event_id IS NULL")
            )
        )

"""The people a rule would write to, as staff see them before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from webapp.core.database import db
from webapp.mail.domain.states import ShootKind
from webapp.mail.queries.audience import skip_reason
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event
from webapp.programme.queries.rules_audience import Reader


@dataclass(frozen=True, slots=True)
class KnownReader:
    """Somebody whom a rule would write to.

    Args:
        person_id, name, address: who.
        locale: the language of their letter.
        skip_reason: why they would be left out; None when they get it.
    """

    person_id: int
    name: str
    address: str | None
    locale: str
    skip_reason: str | None


def find_known_readers(readers: Sequence[Reader], event: Event) -> list[KnownReader]:
    """Return readers with their names, in the order of ``readers``; people that are gone have none."""
    reason = skip_reason(
        Person.id.expression,
        Person.email.expression,
        kind=ShootKind.ESSENTIAL,
        programme_id=event.programme_id,
        event_id=event.id,
    )
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email, Person.locale, reason.label("reason")).where(
            Person.id.in_([reader.person_id for reader in readers]), Person.erased_at.is_(None)
        )
    )
    known = {row.id: row for row in rows}
    return [
        KnownReader(row.id, row.name, row.email, reader.locale or row.locale or event.locale, row.reason)
        for reader in readers
        if (row := known.get(reader.person_id)) is not None
    ]

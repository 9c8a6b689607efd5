"""Registers to import, and ways to import them."""

import csv
import io
from collections.abc import Iterable

from sqlalchemy import select

from webapp.core.database import db
from webapp.people.actions.import_steps import get_import, queue_import, upload_import
from webapp.people.actions.imports import run_due_imports
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.membership import Membership
from webapp.people.models.people_import import PeopleImport
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event

HEADING = ["E-mail", "Name", "Language", "Company"]


def register_of(rows: Iterable[list[str]], heading: list[str] | None = None) -> bytes:
    """Return a CSV file."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([heading or HEADING, *rows])
    return buffer.getvalue().encode()


def many(number: int, prefix: str = "p") -> bytes:
    """Return a CSV file of so many people."""
    return register_of([f"{prefix}{i}@example.org", f"Person {i}", "pl", "Example"] for i in range(number))


def upload(event: Event, content: bytes, scope: Scope = SYSTEM, kind: str = "registered") -> int:
    """Upload a file for an event."""
    return upload_import(
        scope=scope,
        filename="register.csv",
        content=content,
        programme_id=event.programme_id,
        event_id=event.id,
        membership_kind=kind,
    )


def do_import(event: Event, content: bytes) -> PeopleImport:
    """Import a file as a worker does."""
    import_id = upload(event, content)
    queue_import(scope=SYSTEM, import_id=import_id)
    run_due_imports(must_stop=lambda: False)
    return get_import(SYSTEM, import_id)


def counts(row: PeopleImport) -> tuple[int, ...]:
    """Return (rows, new, known, duplicates, refused) after making sure that they balance."""
    db.session.refresh(row)
    parts = (row.new_count, row.known_count, row.duplicate_count, row.refused_count)
    assert row.row_count == sum(parts)
    return row.row_count, *parts


def person(email: str) -> Person:
    """Return the person of an address as the database has them."""
    db.session.expire_all()
    return db.session.scalars(select(Person).where(Person.email == email)).one()


def details(email: str, event: Event) -> dict[str, str]:
    """Return what is kept beside a registration."""
    db.session.expire_all()
    query = (
        select(Membership.details).join(Person).where(Person.email == email, Membership.event_id == event.id)
    )
    return db.session.scalars(query).one()

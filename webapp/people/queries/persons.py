"""Questions about people: who may be seen by whom, who they are, where they belong."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership
from webapp.people.models.people_import import ImportedPerson, PeopleImport
from webapp.people.models.person import Person
from webapp.people.models.user import User
from webapp.people.queries.imports import visible_imports
from webapp.people.queries.scope import within


def visible_people(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for people who may be seen: those of one's places, and those one has imported."""
    is_there = Person.erased_at.is_(None)
    if scope.is_administrator:
        return is_there
    members = select(Membership.person_id).where(within(scope, Membership.programme_id, Membership.event_id))
    imported = (
        select(ImportedPerson.person_id)
        .join(PeopleImport, PeopleImport.id == ImportedPerson.import_id)
        .where(visible_imports(scope))
    )
    return and_(is_there, or_(Person.id.in_(members), Person.id.in_(imported)))


def matching_people(text: str) -> ColumnElement[bool]:
    """Return the condition for people whose name or address holds every word of a text.

    It is written as the trigram index wants it: lower case on both sides.
    """
    words = unicodedata.normalize("NFC", text).lower().split()
    if not words:
        return true()
    return and_(
        *(
            or_(
                func.lower(Person.name).contains(word, autoescape=True),
                Person.email.contains(word, autoescape=True),
            )
            for word in words
        )
    )


def find_person_by_address(address: str) -> Person | None:
    """Return the person with a normalised address, whoever asks."""
    return db.session.scalar(select(Person).where(Person.email == address))


def sees_person(scope: Scope, person_id: int) -> bool:
    """Say whether somebody may be seen."""
    return (
        db.session.scalar(select(Person.id).where(Person.id == person_id, visible_people(scope))) is not None
    )


def get_person(scope: Scope, person_id: int, *, for_update: bool = False) -> Person:
    """Return one person.

    Args:
        scope: who asks.
        person_id: who is meant.
        for_update: hold the row until the transaction ends.

    Raises:
        NotFoundError: there is none, or they are not for this member of staff.
    """
    query = select(Person).where(Person.id == person_id, visible_people(scope))
    if for_update:
        query = query.with_for_update(of=Person).execution_options(populate_existing=True)
    person = db.session.scalar(query)
    if person is None:
        raise NotFoundError("There is no such person, or they are not yours to see.")
    return person


def find_account(person_id: int) -> User | None:
    """Return somebody's staff account, if they have one."""
    return db.session.scalar(select(User).where(User.person_id == person_id))


def is_shared(scope: Scope, person_id: int) -> bool:
    """Say whether others than those of this reach have to do with a person, too: other places, or sign-in."""
    if scope.is_administrator:
        return False
    elsewhere = exists().where(
        Membership.person_id == person_id,
        # coalesced, since a newsletter has no event: what is not known to be ours is somebody else's
        ~func.coalesce(within(scope, Membership.programme_id, Membership.event_id), False),
    )
    imported = exists().where(
        ImportedPerson.person_id == person_id,
        PeopleImport.id == ImportedPerson.import_id,
        ~func.coalesce(visible_imports(scope), False),
    )
    signs_in = exists().where(User.person_id == person_id)
    return bool(db.session.scalar(select(or_(elsewhere, imported, signs_in))))


def find_memberships_of(scope: Scope, person_ids: Collection[int]) -> dict[int, list[Membership]]:
    """Return where people belong, by person, of the places that may be seen; the latest first."""
    found: dict[int, list[Membership]] = {person_id: [] for person_id in person_ids}
    if person_ids:
        rows = db.session.scalars(
            select(Membership)
            .where(
                Membership.person_id.in_(person_ids),
                within(scope, Membership.programme_id, Membership.event_id),
            )
            .order_by(Membership.id.desc())
        )
        for row in rows:
            found[row.person_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One import that somebody was in."""

    id: int
    filename: str
    state: str
    created_at: datetime


def find_imports_of(scope: Scope, person_id: int, limit: int = 20) -> list[ImportLine]:
    """Return the imports that a person was in, of those that may be seen; the latest first."""
    rows = db.session.execute(
        select(PeopleImport.id, PeopleImport.filename, PeopleImport.state, PeopleImport.created_at)
        .join(ImportedPerson, ImportedPerson.import_id == PeopleImport.id)
        .where(ImportedPerson.person_id == person_id, visible_imports(scope))
        .order_by(PeopleImport.id.desc())
        .limit(limit)
    )
    return [ImportLine(*row) for row in rows]

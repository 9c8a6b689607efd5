"""Write down who somebody is, and change it."""

from dataclasses import dataclass

from webapp.core.audit import record
from webapp.core.errors import ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.locale_names import check_locale, check_zone
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.queries.persons import (
    find_account,
    find_person_by_address,
    get_person,
    is_shared,
    sees_person,
)

LONGEST_NAME = 200  # characters; no name that we know of comes near
ADDRESS_TAKEN = "Somebody else has this address already, and an address belongs to one person."


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """What staff write down of a person, as typed.

    Args:
        email: empty only of those who never had one.
        name: as they write it.
        greeting: how a letter addresses them; empty: by their name.
        locale: their language, empty when nobody knows.
        timezone: likewise.
    """

    email: str
    name: str = ""
    greeting: str = ""
    locale: str = ""
    timezone: str = ""


def add_person(*, scope: Scope, details: PersonDetails) -> int:
    """Make somebody known who belongs nowhere yet.

    Returns:
        the person's id.

    Raises:
        ForbiddenError: the one who acts is no administrator; others add people to a place of theirs.
        StaffError: something is wrong with what was typed, or the address is taken.
    """
    if not scope.is_administrator:
        raise ForbiddenError("Add them to an event or a newsletter of yours instead.")
    values = _read(details)
    if values["email"] is None:
        raise StaffError("Write an address; without one nobody can be written to.", field="email")
    with transaction() as session:
        _refuse_taken(scope, values["email"])
        person = Person(**values)
        with refusing("uq_people_email", StaffError(ADDRESS_TAKEN, field="email")):
            session.add(person)
        record("person.added", "person", person.id, actor_id=scope.user_id)
        return person.id


def change_person(*, scope: Scope, person_id: int, details: PersonDetails) -> None:
    """Change what is written down of somebody.

    An address is where letters go, so it is changed only by those who answer for all that is sent there:
    of people who also belong elsewhere or sign in, by administrators. A sign-in address follows it.

    Raises:
        NotFoundError: they are not for this member of staff.
        StaffError: something is wrong with what was typed, or the address is taken or not theirs to change.
    """
    values = _read(details)
    with transaction():
        person = get_person(scope, person_id, for_update=True)
        if values["email"] is None and person.email is not None:
            raise StaffError("Write an address; without one nobody can be written to.", field="email")
        changed = sorted(name for name, value in values.items() if getattr(person, name) != value)
        if not changed:
            return
        if "email" in changed:
            _refuse_foreign_address(scope, person_id)
            _refuse_taken(scope, values["email"])
        with refusing("uq_people_email", StaffError(ADDRESS_TAKEN, field="email")):
            for name, value in values.items():
                setattr(person, name, value)
        account = find_account(person_id)
        if account is not None and values["email"] is not None:
            account.email = values["email"]
        record("person.changed", "person", person_id, actor_id=scope.user_id, fields=changed)


def _read(details: PersonDetails) -> dict[str, str | None]:
    """Return what was typed as it is stored."""
    name, greeting = normalise_name(details.name), normalise_name(details.greeting)
    for field, value in (("name", name), ("greeting", greeting)):
        if len(value) > LONGEST_NAME:
            raise StaffError(f"At most {LONGEST_NAME} characters, please.", field=field)
    return {
        "email": normalise_address(details.email) if details.email.strip() else None,
        "name": name,
        "greeting": greeting,
        "locale": check_locale(details.locale) if details.locale else "",
        "timezone": check_zone(details.timezone) if details.timezone else "",
    }


def _refuse_foreign_address(scope: Scope, person_id: int) -> None:
    """Refuse a change of address to those who do not answer for all that is sent there."""
    if is_shared(scope, person_id):
        raise StaffError("Only an administrator can change this address. Ask one.", field="email")


def _refuse_taken(scope: Scope, address: str | None) -> None:
    """Refuse an address that somebody else has; who that is is told only to those who may see them."""
    known = find_person_by_address(address) if address else None
    if known is None:
        return
    if known.name and sees_person(scope, known.id):
        raise StaffError(
            f"{known.name} has this address already. Search for it in the list of people.", field="email"
        )
    raise StaffError(ADDRESS_TAKEN, field="email")

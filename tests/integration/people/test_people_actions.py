"""People and memberships as actions: guarded, audited, never half done, right for two at once."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.rivals import at_once
from webapp.core.audit import AuditEntry
from webapp.core.errors import NotFoundError, StaffError
from webapp.people.actions.memberships import add_member, remove_member
from webapp.people.actions.persons import PersonDetails, add_person, change_person
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Role


def verbs(database: Session) -> list[str]:
    database.rollback()
    return list(database.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def organizer_of(event: object) -> Scope:
    return factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))  # type: ignore[arg-type]


def test_one_address_is_one_person_however_it_is_spelt(database: Session) -> None:
    add_person(scope=SYSTEM, details=PersonDetails("Ada@Example.org", "Ada"))
    with pytest.raises(StaffError, match="Ada has this address") as refused:
        add_person(scope=SYSTEM, details=PersonDetails("  mailto:ADA@example.ORG"))
    assert refused.value.field == "email"
    assert verbs(database) == ["person.added"]


def test_two_who_add_the_same_person_at_once_make_one(app: Flask, database: Session) -> None:
    def add() -> int:
        return add_person(scope=SYSTEM, details=PersonDetails("ada@example.org", "Ada"))

    answers = at_once(app, *[add] * 4)

    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert all(isinstance(answer, int | StaffError) for answer in answers), answers
    database.rollback()
    assert database.scalar(select(func.count()).select_from(Person)) == 1


def test_who_has_an_address_is_told_only_to_those_who_see_them(database: Session) -> None:
    ours, theirs = factories.make_event(), factories.make_event()
    mine = factories.make_person("mine@example.org", "Mine")
    factories.register(mine, ours)
    factories.register(factories.make_person("secret@example.org", "Secret Person"), theirs)

    with pytest.raises(StaffError) as refused:
        change_person(
            scope=organizer_of(ours), person_id=mine.id, details=PersonDetails("secret@example.org", "Mine")
        )
    assert "Secret" not in refused.value.message
    assert refused.value.field == "email"


def test_an_address_used_elsewhere_is_changed_by_administrators_only(database: Session) -> None:
    ours, theirs = factories.make_event(), factories.make_event()
    shared = factories.make_person("shared@example.org", "Shared")
    factories.register(shared, ours)
    factories.register(shared, theirs)
    scope = organizer_of(ours)

    change_person(scope=scope, person_id=shared.id, details=PersonDetails("shared@example.org", "Renamed"))
    with pytest.raises(StaffError, match="administrator") as refused:
        change_person(scope=scope, person_id=shared.id, details=PersonDetails("evil@example.org", "Other"))
    assert refused.value.field == "email"
    database.expire_all()
    assert (shared.email, shared.name) == ("shared@example.org", "Renamed")
    change_person(scope=SYSTEM, person_id=shared.id, details=PersonDetails("new@example.org", "Renamed"))
    assert shared.email == "new@example.org"


def test_a_newsletter_elsewhere_counts_as_elsewhere_too(database: Session) -> None:
    event = factories.make_event()
    reader = factories.make_person("reader@example.org")
    factories.register(reader, event)
    add_member(
        scope=SYSTEM,
        email=reader.email or "",
        kind=MembershipKind.NEWSLETTER,
        programme_id=event.programme_id,
    )
    with pytest.raises(StaffError, match="administrator"):
        change_person(
            scope=organizer_of(event), person_id=reader.id, details=PersonDetails("evil@example.org")
        )


def test_the_sign_in_address_follows_the_person(database: Session) -> None:
    user = factories.make_staff()
    change_person(scope=SYSTEM, person_id=user.person_id, details=PersonDetails("moved@example.org", "Ola"))
    assert user.email == "moved@example.org"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (PersonDetails("not an address"), "email"),
        (PersonDetails(""), "email"),
        (PersonDetails("a@example.org", "x" * 201), "name"),
        (PersonDetails("a@example.org", locale="xx_nothing"), "locale"),
        (PersonDetails("a@example.org", timezone="../etc/passwd"), "timezone"),
    ],
)
def test_bad_input_is_refused_at_its_field(database: Session, details: PersonDetails, field: str) -> None:
    with pytest.raises(StaffError) as refused:
        add_person(scope=SYSTEM, details=details)
    assert refused.value.field == field
    assert verbs(database) == []


# -- memberships ------------------------------------------------------------------------------------------


def test_a_stranger_becomes_known_and_a_known_name_stays(database: Session) -> None:
    event = factories.make_event()
    factories.make_person("ada@example.org", "Ada")
    for address, name in (("new@example.org", "New"), ("ADA@example.org", "Somebody else")):
        add_member(
            scope=organizer_of(event),
            email=address,
            name=name,
            kind=MembershipKind.REGISTERED,
            programme_id=event.programme_id,
            event_id=event.id,
        )
    names = set(database.scalars(select(Person.name).join(Membership, Membership.person_id == Person.id)))
    assert names == {"New", "Ada"}
    assert verbs(database) == ["person.added", "membership.added", "membership.added"]


def test_nobody_is_entered_in_a_place_of_others(database: Session) -> None:
    ours, theirs = factories.make_event(), factories.make_event()
    scope = organizer_of(ours)
    places = (
        {"programme_id": theirs.programme_id, "event_id": theirs.id, "kind": MembershipKind.REGISTERED},
        {"programme_id": ours.programme_id, "event_id": theirs.id, "kind": MembershipKind.REGISTERED},
        {"programme_id": ours.programme_id, "kind": MembershipKind.NEWSLETTER},
    )
    for place in places:
        with pytest.raises(NotFoundError):
            add_member(scope=scope, email="x@example.org", **place)  # type: ignore[arg-type]
    assert database.scalar(select(Person.id).where(Person.email == "x@example.org")) is None


def test_entered_by_two_at_once_they_belong_once(app: Flask, database: Session) -> None:
    event = factories.make_event()
    place = {"programme_id": event.programme_id, "event_id": event.id}

    def add() -> int:
        return add_member(scope=SYSTEM, email="ada@example.org", kind=MembershipKind.REGISTERED, **place)

    answers = at_once(app, *[add] * 4)

    assert sum(isinstance(answer, int) for answer in answers) == 1, answers
    assert all(isinstance(answer, int | StaffError) for answer in answers), answers
    database.rollback()
    assert database.scalar(select(func.count()).select_from(Membership)) == 1
    assert verbs(database) == ["person.added", "membership.added"]


def test_taken_out_once_and_only_by_those_whose_place_it_is(database: Session) -> None:
    event = factories.make_event()
    person = factories.make_person()
    factories.register(person, event)
    key = database.scalars(select(Membership.id)).one()

    with pytest.raises(NotFoundError):
        remove_member(scope=organizer_of(factories.make_event()), membership_id=key)
    remove_member(scope=organizer_of(event), membership_id=key)
    with pytest.raises(NotFoundError):
        remove_member(scope=SYSTEM, membership_id=key)
    assert database.get(Person, person.id) is not None
    assert verbs(database) == ["membership.removed"]

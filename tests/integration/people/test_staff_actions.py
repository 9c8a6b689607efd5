"""Accounts and roles as actions: guarded, audited, never half done, right for two at once."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.rivals import at_once
from webapp.core.audit import AuditEntry
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.people.actions.staff_accounts import (
    change_profile,
    give_role,
    open_account,
    reset_password,
    switch_account,
    take_role,
)
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User


def verbs(database: Session) -> list[str]:
    database.rollback()
    return list(database.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def organizer_of(event: object) -> Scope:
    return factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))  # type: ignore[arg-type]


# -- accounts ---------------------------------------------------------------------------------------------


def test_an_account_is_opened_with_its_role_and_only_once(database: Session) -> None:
    event = factories.make_event()
    given = {"email": " Ola@Example.ORG ", "name": "Ola", "password_hash": "x", "role": Role.ORGANIZER}

    user_id = open_account(scope=SYSTEM, event_id=event.id, **given)  # type: ignore[arg-type]

    user = database.get_one(User, user_id)
    assert (user.email, user.person.name, user.grants[0].event_id) == ("ola@example.org", "Ola", event.id)
    with pytest.raises(StaffError, match="staff already") as refused:
        open_account(scope=SYSTEM, event_id=event.id, **given)  # type: ignore[arg-type]
    assert refused.value.field == "email"
    assert verbs(database) == ["staff.granted"]


@pytest.mark.parametrize(
    ("role", "place", "field"),
    [
        (Role.SUPPORT, {}, "programme"),
        (Role.SUPPORT, {"programme_id": 999}, "programme"),
        (Role.ORGANIZER, {}, "event"),
        (Role.ORGANIZER, {"event_id": 999}, "event"),
    ],
)
def test_a_role_needs_a_place_that_there_is(
    database: Session, role: Role, place: dict[str, int], field: str
) -> None:
    with pytest.raises(StaffError) as refused:
        open_account(scope=SYSTEM, email="a@example.org", name="", password_hash="x", role=role, **place)
    assert refused.value.field == field
    assert database.scalar(select(func.count()).select_from(Person)) == 0


def test_only_administrators_touch_accounts(database: Session) -> None:
    event = factories.make_event()
    scope = organizer_of(event)
    user = factories.make_staff()
    calls = (
        lambda: open_account(
            scope=scope, email="x@example.org", name="", password_hash="x", role=Role.ADMINISTRATOR
        ),
        lambda: give_role(scope=scope, user_id=user.id, role=Role.ADMINISTRATOR),
        lambda: take_role(scope=scope, user_id=user.id, grant_id=user.grants[0].id),
        lambda: switch_account(scope=scope, user_id=user.id, is_active=False),
        lambda: reset_password(scope=scope, user_id=user.id, password_hash="x"),
    )
    for call in calls:
        with pytest.raises(ForbiddenError):
            call()
    assert verbs(database) == []


def test_a_role_is_given_once_and_sending_can_be_changed(database: Session) -> None:
    event = factories.make_event()
    user = factories.make_staff(Role.ORGANIZER, event=event, may_send=False)

    give_role(scope=SYSTEM, user_id=user.id, role=Role.ORGANIZER, event_id=event.id, may_send=True)
    give_role(scope=SYSTEM, user_id=user.id, role=Role.SUPPORT, programme_id=event.programme_id)

    database.expire_all()
    grants = {(g.role, g.may_send) for g in database.scalars(select(Grant).where(Grant.user_id == user.id))}
    assert grants == {("organizer", True), ("support", False)}


def test_the_last_administrator_stays_one(database: Session) -> None:
    user = factories.make_staff()
    colleague = factories.make_staff()
    scope = factories.scope_of(user)

    switch_account(scope=scope, user_id=colleague.id, is_active=False)
    with pytest.raises(StaffError, match="Nobody else"):
        take_role(scope=scope, user_id=user.id, grant_id=user.grants[0].id)
    with pytest.raises(StaffError, match="Nobody else"):
        switch_account(scope=SYSTEM, user_id=user.id, is_active=False)
    with pytest.raises(StaffError, match="cannot switch yourself off"):
        switch_account(scope=scope, user_id=user.id, is_active=False)


def test_two_administrators_who_remove_each_other_leave_one(app: Flask, database: Session) -> None:
    first, second = factories.make_staff(), factories.make_staff()
    scopes = factories.scope_of(first), factories.scope_of(second)
    ids = (first.id, first.grants[0].id), (second.id, second.grants[0].id)

    answers = at_once(
        app,
        lambda: take_role(scope=scopes[0], user_id=ids[1][0], grant_id=ids[1][1]),
        lambda: take_role(scope=scopes[1], user_id=ids[0][0], grant_id=ids[0][1]),
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "StaffError"]
    database.rollback()
    assert database.scalar(select(func.count()).select_from(Grant)) == 1


def test_switching_off_and_a_new_password_end_the_sessions(database: Session) -> None:
    factories.make_staff()
    user = factories.make_staff()
    keys = {user.fs_uniquifier}

    reset_password(scope=SYSTEM, user_id=user.id, password_hash="new")
    keys.add(user.fs_uniquifier)
    switch_account(scope=SYSTEM, user_id=user.id, is_active=False)
    keys.add(user.fs_uniquifier)

    assert len(keys) == 3
    assert user.active is False
    assert verbs(database) == ["staff.password_reset", "staff.switched_off"]
    switch_account(scope=SYSTEM, user_id=user.id, is_active=True)
    assert user.active is True


def test_a_foreign_grant_is_not_taken(database: Session) -> None:
    user, other = factories.make_staff(), factories.make_staff()
    with pytest.raises(NotFoundError):
        take_role(scope=SYSTEM, user_id=user.id, grant_id=other.grants[0].id)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"theme": "pink"}, "theme"),
    ],
)
def test_a_profile_refuses_at_the_field(database: Session, given: dict[str, str], field: str) -> None:
    user = factories.make_staff()
    with pytest.raises(StaffError) as refused:
        change_profile(
            scope=factories.scope_of(user), **{"name": "Ola", "timezone": "", "theme": "auto", **given}
        )
    assert refused.value.field == field

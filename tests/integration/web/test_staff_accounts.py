"""Accounts and profiles as pages: who signs in, who is signed out, who stays an administrator."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import furnish
from tests.integration.web.house import House, audit
from tests.integration.web.visiting import Visitor
from webapp.people.models.user import Grant, Role, User


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def staff_form(**given: str) -> dict[str, str]:
    return {
        "email": "new@example.org",
        "name": "New Colleague",
        "password": factories.PASSWORD,
        "role": "organizer",
        "event": "",
        "programme": "",
        **given,
    }


def test_a_new_colleague_can_sign_in_and_is_signed_out_when_switched_off(
    house: House, database: Session
) -> None:
    administrator = house.visit(Role.ADMINISTRATOR)

    assert administrator.submit("/staff/new/", staff_form(event=str(house.event.id))).status_code == 302

    colleague = Visitor(house.app).sign_in_by_page("new@example.org")
    assert "Anna" in colleague.get("/people/").text
    user = database.scalars(select(User).where(User.email == "new@example.org")).one()
    off = {"id": user.id, "to": "off"}
    seen_at = f"/staff/details/?id={user.id}"
    assert "cannot sign in any more" in administrator.submit("/staff/switch/", off, seen_at=seen_at).text
    assert colleague.get("/people/").status_code == 200
    administrator.submit("/staff/switch/", {**off, "confirmed": "1"}, seen_at=seen_at)
    assert colleague.get("/people/").status_code == 302
    assert "password" not in str([entry.data for entry in audit("user")])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": ""}, "password"),
        ({"email": "nobody"}, "email"),
        ({}, "event"),
        ({"role": "support"}, "programme"),
        ({"role": "reviewer"}, "event"),
        ({"event": "99999"}, "event"),
    ],
)
def test_an_account_is_refused_at_the_field(house: House, change: dict[str, str], field: str) -> None:
    answer = house.visit(Role.ADMINISTRATOR).submit("/staff/new/", staff_form(**change))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert audit("user") == []


def test_roles_are_given_and_taken_on_the_account(house: House, database: Session) -> None:
    administrator = house.visit(Role.ADMINISTRATOR)
    user = factories.make_staff(Role.ORGANIZER, event=house.foreign)
    seen_at = f"/staff/details/?id={user.id}"
    form = {"id": user.id, "role": "support", "programme": str(house.ours.id), "may_send": "y"}

    assert administrator.submit("/staff/give-role/", form, seen_at=seen_at).status_code == 302
    page = administrator.get(seen_at).text
    assert "Support of Ours" in page
    grant = database.scalars(
        select(Grant.id).where(Grant.user_id == user.id, Grant.role == "organizer")
    ).one()
    take = {"id": user.id, "grant": grant}
    assert "is no longer" in administrator.submit("/staff/take-role/", take, seen_at=seen_at).text
    done = administrator.submit("/staff/take-role/", {**take, "confirmed": "1"}, seen_at=seen_at)
    assert done.status_code == 302
    administrator.get(seen_at)  # says once what was done
    assert "Organizer of Foreign event" not in administrator.get(seen_at).text


def test_the_last_administrator_is_told_why_not(house: House, database: Session) -> None:
    administrator = house.visit(Role.ADMINISTRATOR)
    grant = database.scalars(select(Grant).where(Grant.role == "administrator")).one()
    seen_at = f"/staff/details/?id={grant.user_id}"

    take = {"id": grant.user_id, "grant": grant.id, "confirmed": "1"}
    administrator.submit("/staff/take-role/", take, seen_at=seen_at)
    assert "Nobody else is an administrator" in administrator.get(seen_at).text
    off = {"id": grant.user_id, "to": "off", "confirmed": "1"}
    administrator.submit("/staff/switch/", off, seen_at=seen_at)
    assert "You cannot switch yourself off" in administrator.get(seen_at).text


def test_everybody_keeps_their_own_profile(house: House, database: Session) -> None:
    visitor = house.visit(Role.ORGANIZER)

    answer = visitor.submit("/profile/", {"name": "Ola Nowa", "timezone": "Asia/Tokyo", "theme": "dark"})

    assert answer.status_code == 302
    page = visitor.get("/people/").text
    assert "Ola Nowa" in page
    assert 'data-bs-theme="dark"' in page
    refused = visitor.submit("/profile/", {"name": "", "timezone": "Mars", "theme": "dark"})
    assert refused.status_code == 422
    assert "Write your name" in refused.text


def test_a_reviewer_is_made_for_an_event_and_sees_its_applications_only(
    house: House, database: Session
) -> None:
    furnish(house.event)
    administrator = house.visit(Role.ADMINISTRATOR)
    form = staff_form(role="reviewer", event=str(house.event.id), may_send="y")
    assert administrator.submit("/staff/new/", form).status_code == 302

    user = database.scalars(select(User).where(User.email == "new@example.org")).one()
    assert [(grant.role, grant.event_id, grant.may_send) for grant in user.grants] == [
        ("reviewer", house.event.id, False)
    ]
    page = administrator.get(f"/staff/details/?id={user.id}").text
    assert "Reviewer of Our event" in page
    assert "No, only score applications" in page
    reviewer = Visitor(house.app).sign_in_by_page("new@example.org")
    assert reviewer.get("/").status_code == 302
    assert "Our event" in reviewer.get("/reviewing", follow_redirects=True).text
    assert reviewer.get("/people/").status_code == 403
    assert "score applications" in reviewer.get("/profile/").text
    seen_at = f"/staff/details/?id={user.id}"
    more = {"id": user.id, "role": "reviewer", "event": str(house.foreign.id)}
    assert administrator.submit("/staff/give-role/", more, seen_at=seen_at).status_code == 302
    assert "Reviewer of Foreign event" in administrator.get(seen_at).text
    # Whose applications are read is for administrators to say: an organizer finds no such page.
    organizer = house.visit(Role.ORGANIZER)
    for address in ("/staff/new/", seen_at):
        assert organizer.get(address).status_code in {403, 404}
    assert organizer.submit("/staff/give-role/", more, seen_at="/profile/").status_code in {403, 404}
    database.expire_all()
    assert {grant.event_id for grant in user.grants} == {house.event.id, house.foreign.id}

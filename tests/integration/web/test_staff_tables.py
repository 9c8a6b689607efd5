"""The tables that staff keep, as pages: own and foreign rows, refusals at their field, questions before removing."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House, audit
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.people.models.user import Role

LISTS = ("/people/", "/memberships/", "/events/")


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def membership_of(database: Session, person: Person) -> int:
    return database.scalars(select(Membership.id).where(Membership.person_id == person.id)).one()


# -- whose is what ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.SUPPORT])
@pytest.mark.parametrize("address", LISTS)
def test_lists_show_what_is_theirs_and_count_it(house: House, role: Role, address: str) -> None:
    page = house.visit(role).get(address).text
    ours, theirs = ("Our event", "Foreign event") if address == "/events/" else ("Anna", "Béla")
    assert ours in page
    assert theirs not in page
    number = 2 if address == "/events/" and role == Role.SUPPORT else 1
    noun = {"/people/": "person", "/memberships/": "membership", "/events/": "event"}[address]
    assert f"{number} {noun}" in page


def test_an_administrator_sees_everything(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    for address, name in (("/people/", "Béla"), ("/events/", "Foreign event"), ("/programmes/", "Theirs")):
        assert name in visitor.get(address).text


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.SUPPORT])
def test_foreign_rows_are_not_there(house: House, database: Session, role: Role) -> None:
    visitor = house.visit(role)
    foreign = {
        "/people": house.bela.id,
        "/memberships": membership_of(database, house.bela),
        "/events": house.foreign.id,
        "/programmes": house.theirs.id,
    }
    before = database.scalar(select(func.count()).select_from(Membership))
    for address, key in foreign.items():
        assert visitor.get(f"{address}/details/?id={key}").status_code == 404, address
        if address != "/memberships":
            assert visitor.get(f"{address}/edit/?id={key}").status_code == 404, address
            posted = visitor.submit(f"{address}/edit/?id={key}", {"name": "Taken"}, seen_at="/profile/")
            assert posted.status_code == 404, address
    posted = visitor.submit(
        "/memberships/delete/", {"id": foreign["/memberships"], "confirmed": "1"}, seen_at="/profile/"
    )
    assert posted.status_code == 404
    many = {"action": "delete", "rowid": foreign["/memberships"], "confirmed": "1"}
    assert visitor.submit("/memberships/action/", many, seen_at="/profile/").status_code == 404
    database.rollback()
    assert database.scalar(select(func.count()).select_from(Membership)) == before


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.SUPPORT])
def test_a_posted_place_of_others_is_not_there(house: House, database: Session, role: Role) -> None:
    visitor = house.visit(role)
    for place in (f"event-{house.foreign.id}-registered", f"programme-{house.theirs.id}"):
        form = {"email": "new@example.org", "name": "", "place": place}
        assert visitor.submit("/memberships/new/", form).status_code == 404
    database.rollback()
    assert database.scalar(select(Person.id).where(Person.email == "new@example.org")) is None


def test_a_language_is_chosen_by_its_name_however_it_was_written(house: House) -> None:
    for number, locale in enumerate(("pt-BR", "pt_BR", "pt")):
        person = factories.make_person(f"reader{number}@example.org", f"Reader {number}", locale=locale)
        factories.register(person, house.event)
    page = house.visit(Role.ADMINISTRATOR).get("/people/?fltop0=language_equals&fltval0=pt_BR").text
    assert "Portuguese (Brazil)" in page
    assert [f"reader{number}@" in page for number in range(3)] == [True, True, False]


def test_a_filter_tells_nothing_of_foreign_places(house: House) -> None:
    factories.register(house.anna, house.foreign)
    page = house.visit(Role.ORGANIZER).get(f"/people/?fltop0=belongs_to_is&fltval0=event-{house.foreign.id}")
    assert "Nothing found" in page.text
    assert "Foreign event" not in page.text


def test_accounts_are_for_administrators(house: House) -> None:
    for role in (Role.ORGANIZER, Role.SUPPORT):
        visitor = house.visit(role)
        assert visitor.get("/staff/").status_code == 404
        assert "/staff/" not in visitor.get("/people/").text
        for address in ("switch", "password", "give-role", "take-role"):
            assert visitor.submit(f"/staff/{address}/", {"id": 1}, seen_at="/profile/").status_code == 404


def test_organizers_see_no_programmes(house: House) -> None:
    assert house.visit(Role.ORGANIZER).get("/programmes/").status_code == 404


@pytest.mark.parametrize(
    "address", ["/people/new/", "/memberships/new/", "/events/new/", "/profile/", "/staff/new/"]
)
def test_a_post_without_the_token_does_nothing(house: House, database: Session, address: str) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    assert visitor.post(address, {"email": "new@example.org", "name": "New"}).status_code == 400


# -- people -----------------------------------------------------------------------------------------------


def test_people_are_found_by_every_part_of_name_and_address(house: House) -> None:
    factories.make_person("zazolc@example.org", "Zażółć Gęślą-Jaźńska")
    factories.make_person("percent@example.org", "100%_sure")
    visitor = house.visit(Role.ADMINISTRATOR)
    for text, found in (
        ("ZAŻÓŁĆ", True),
        ("jaźńska zażółć", True),
        ("zazolc@", True),
        ("zażółć bela", False),
        ("0%_s", True),
        ("%", True),
        ("qqq", False),
    ):
        page = visitor.get("/people/", query_string={"search": text}).text
        assert ("Nothing found" not in page) is found, text


def test_who_people_are_is_changed_and_written_down(house: House, database: Session) -> None:
    visitor = house.visit(Role.ORGANIZER)
    form = {
        "email": "ANNA@example.org",
        "name": "Anna <b>Bold</b>",
        "greeting": "",
        "locale": "pl",
        "timezone": "",
    }

    answer = visitor.submit(f"/people/edit/?id={house.anna.id}", form)

    assert answer.status_code == 302
    database.expire_all()
    assert (house.anna.name, house.anna.locale) == ("Anna <b>Bold</b>", "pl")
    assert "Anna &lt;b&gt;Bold&lt;/b&gt;" in visitor.get("/people/").text
    entry = audit("person")[-1]
    assert (entry.verb, entry.data) == ("person.changed", {"fields": ["locale", "name"]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "nobody"}, "@"),
        ({"email": ""}, "Write an address"),
        ({"email": "bela@example.org"}, "Béla has this address already"),
        ({"name": "x" * 201}, "At most 200"),
        ({"locale": "nonsense"}, "There is no such language"),
        ({"timezone": "Mars"}, "There is no such time zone"),
    ],
)
def test_a_person_is_refused_at_the_field(house: House, change: dict[str, str], words: str) -> None:
    form = {
        "email": "anna@example.org",
        "name": "Anna",
        "greeting": "",
        "locale": "",
        "timezone": "",
        **change,
    }
    answer = house.visit(Role.ADMINISTRATOR).submit(f"/people/edit/?id={house.anna.id}", form)
    assert answer.status_code == 422
    field = next(iter(change))
    assert words in answer.text[answer.text.index(f'id="{field}-error"') :]
    assert audit("person") == []


def test_nobody_can_delete_people(house: House, database: Session) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    form = {"id": house.anna.id, "confirmed": "1"}
    assert visitor.submit("/people/delete/", form, seen_at="/profile/").status_code == 403
    many = {"action": "delete", "rowid": house.anna.id, "confirmed": "1"}
    assert visitor.submit("/people/action/", many, seen_at="/profile/").status_code == 404
    database.rollback()
    assert database.get(Person, house.anna.id) is not None


# -- memberships ------------------------------------------------------------------------------------------


def test_somebody_is_entered_and_taken_out_again_after_a_question(house: House, database: Session) -> None:
    visitor = house.visit(Role.ORGANIZER)
    form = {"email": "new@example.org", "name": "New", "place": f"event-{house.event.id}-registered"}

    assert visitor.submit("/memberships/new/", form).status_code == 302
    assert "They belong there already" in visitor.submit("/memberships/new/", form).text

    person = database.scalars(select(Person).where(Person.email == "new@example.org")).one()
    key = membership_of(database, person)
    asked = visitor.submit("/memberships/delete/", {"id": key}, seen_at="/profile/")
    assert asked.status_code == 200
    assert "no longer belongs there" in asked.text
    database.rollback()
    assert database.get(Membership, key) is not None

    gone = visitor.submit("/memberships/delete/", {"id": key, "confirmed": "1"}, seen_at="/profile/")
    assert gone.status_code == 302
    database.rollback()
    assert database.get(Membership, key) is None
    assert [entry.verb for entry in audit("membership")] == ["membership.added", "membership.removed"]

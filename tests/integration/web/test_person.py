"""A person's page: all of one's own places, nothing of others', and why they did or did not get a letter."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import Suppression
from webapp.people.actions.import_steps import paste_people
from webapp.people.actions.imports import import_now
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def send(event: Event, subject: str) -> int:
    """Send a letter to everybody of an event and write its rows."""
    shoot_id = factories.make_shoot(event, subject=subject)
    prepare_shoot(shoot_id)
    return shoot_id


def settle(shoot_id: int, state: str, reason: str | None = None, detail: str = "") -> None:
    """Let a shoot's letters have come to something."""
    with transaction() as session:
        rows = session.scalars(select(EmailLog).where(EmailLog.shoot_id == shoot_id))
        for row in rows:
            row.state, row.reason, row.detail = state, reason, detail


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.SUPPORT])
def test_who_is_not_theirs_is_not_there(house: House, role: Role) -> None:
    visitor = house.visit(role)
    assert visitor.get(f"/people/{house.anna.id}").status_code == 200
    assert visitor.get(f"/people/{house.bela.id}").status_code == 404
    assert visitor.get("/people/999999").status_code == 404
    assert visitor.get("/people/99999999999999999999").status_code == 404


def test_of_a_shared_person_each_sees_their_own_half(house: House, database: Session) -> None:
    factories.register(house.anna, house.foreign, table="Nine")
    send(house.event, "Our letter")
    send(house.foreign, "Foreign letter")
    house.wish("event", programme_id=house.theirs.id, event_id=house.foreign.id)

    page = house.visit(Role.ORGANIZER).get(f"/people/{house.anna.id}").text
    assert "Our letter" in page
    for secret in ("Foreign", "Nine", "No letters of"):
        assert secret not in page

    whole = house.visit(Role.ADMINISTRATOR).get(f"/people/{house.anna.id}").text
    for word in ("Our letter", "Foreign letter", "table: Nine", "No letters of Foreign event"):
        assert word in whole


@pytest.mark.parametrize(
    ("state", "reason", "detail", "words"),
    [
        ("sent", None, "", ("Yes.", "has taken it")),
        (
            "failed",
            "address",
            "550 5.1.1 unknown",
            ("No.", "The mailbox does not exist.", "whether the address"),
        ),
        ("skipped", "opted_out", "", ("No.", "asked not to get such letters")),
        ("uncertain", None, "", ("Open.", "Nobody can know")),
        ("deferred", None, "451 greylisted", ("Open.", "greylisting")),
    ],
)
def test_the_answer_is_a_sentence(
    house: House, state: str, reason: str | None, detail: str, words: tuple[str, ...]
) -> None:
    settle(send(house.event, "News"), state, reason, detail)
    page = house.visit(Role.ORGANIZER).get(f"/people/{house.anna.id}").text
    for word in words:
        assert word in page


def test_a_suppressed_address_is_said_first(house: House) -> None:
    with transaction() as session:
        session.add(Suppression(address="anna@example.org", reason="bounced", detail="550 gone <b>now</b>"))
    page = house.visit(Role.ORGANIZER).get(f"/people/{house.anna.id}").text
    assert "Nothing is sent to anna@example.org: mail to it came back." in page
    assert "550 gone &lt;b&gt;now&lt;/b&gt;" in page


def test_letters_come_in_pages(house: House) -> None:
    for number in range(23):
        send(house.event, f"Letter number {number:02}.")
    visitor = house.visit(Role.ORGANIZER)
    first = visitor.get(f"/people/{house.anna.id}").text
    assert "Letter number 22." in first
    assert "Letter number 02." not in first
    href = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    rest = visitor.get(href.replace("&amp;", "&")).text
    assert "Letter number 02." in rest
    assert "Letter number 22." not in rest
    assert visitor.get(f"/people/{house.anna.id}?before=nonsense").status_code == 200


def test_imported_people_are_seen_by_who_imported_them(house: House, database: Session) -> None:
    mine = factories.make_staff(Role.ORGANIZER, event=house.event)
    scope: Scope = factories.scope_of(mine)
    key = paste_people(scope=scope, text="cleo@example.org")
    import_now(scope=scope, import_id=key)
    database.rollback()
    cleo = db.session.scalars(select(Person).where(Person.email == "cleo@example.org")).one()

    page = Visitor(house.app).sign_in(mine.email).get(f"/people/{cleo.id}")
    assert "Pasted addresses" in page.text
    assert house.visit(Role.SUPPORT).get(f"/people/{cleo.id}").status_code == 404


def test_names_of_every_kind_are_only_names(house: House) -> None:
    for name in (
        "<script>alert(1)</script>",
        '"Bobbie" Smith, Jr.',
        "فاطمة الزهراء",
        "A" * 200,
        "{{ 7 * 7 }}",
    ):
        person = factories.make_person(name=name)
        factories.register(person, house.event, note="<i>x</i>")
        page = house.visit(Role.ORGANIZER).get(f"/people/{person.id}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<i>x</i>" not in page.text
        assert "49" not in page.text.split("<main")[1].split("</h1>")[0]

"""Staff's pages on newsletters."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories_newsletter import make_list, subscribe_person
from tests.integration.web.house import House
from webapp.core.database import db
from webapp.people.models.user import Role
from webapp.programme.models.newsletter import NewsletterList, Subscription

FILE = "address,name,consented_at,source\nnew@example.org,New,2026-03-31,paper\nbad,,2026-03-31,paper\n"
WORDS = {"name": "Circle", "description": "", "locale": "en", "consent_words": "Yes, I want it."}


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def test_support_begins_a_list_and_puts_people_on_it_after_having_counted(house: House) -> None:
    visitor = house.visit(Role.SUPPORT)
    form = {**WORDS, "programme": str(house.ours.id), "slug": "circle", "is_public": "y"}
    assert visitor.submit("/newsletter-lists/new", {**form, "slug": "ö"}).status_code == 422
    page = visitor.submit("/newsletter-lists/new", form).location
    assert "Circle" in visitor.get("/newsletter-lists/").text
    counted = visitor.submit(f"{page}/import", {"text": FILE})
    assert counted.status_code == 200
    assert "Row 3" in counted.text
    assert db.session.scalars(select(Subscription)).all() == []
    assert visitor.submit(f"{page}/import", {"text": FILE, "confirmed": "1"}).status_code == 302
    db.session.rollback()
    row = db.session.scalars(select(Subscription)).one()
    assert row.state == "subscribed"
    shown = visitor.get(f"{page}/people/{row.person_id}").text
    assert "Imported with proof" in shown
    assert "paper" in shown
    assert "<title>New · Circle" in shown, "it is about the subscriber, not about who looks"
    assert "new@example.org" in visitor.get(f"{page}?state=subscribed&search=new").text
    assert "new@example.org" not in visitor.get(f"{page}?state=pending").text
    assert visitor.submit(f"{page}/edit", {**WORDS, "name": "Round"}).status_code == 302
    assert visitor.submit(f"{page}/archive", {}, seen_at=page).status_code == 303
    assert "Archived" in visitor.get(page).text


def test_a_key_is_stored_sealed_and_never_shown(house: House) -> None:
    list_id = make_list(house.ours).id
    visitor, page = house.visit(Role.SUPPORT), f"/newsletter-lists/{list_id}"
    assert visitor.submit(f"{page}/remote", {"audience": "a1"}, seen_at=page).status_code == 422
    key = "0123456789abcdef-us6"
    assert visitor.submit(f"{page}/remote", {"audience": "a1", "key": key}, seen_at=page).status_code == 303
    text = visitor.get(page).text
    assert key not in text
    assert "Waiting" in text
    assert visitor.submit(f"{page}/sync", {"stop": "1"}, seen_at=page).status_code == 303
    db.session.rollback()
    row = db.session.get_one(NewsletterList, list_id, populate_existing=True)
    assert (row.remote_state, row.remote_key) == ("off", "")


def test_lists_are_for_those_of_the_programme_only(house: House) -> None:
    foreign = make_list(house.theirs)
    person_id = subscribe_person(foreign).person_id
    support, organizer = house.visit(Role.SUPPORT), house.visit(Role.ORGANIZER)
    assert foreign.name not in support.get("/newsletter-lists/").text
    assert support.get(f"/newsletter-lists/{foreign.id}").status_code == 404
    assert support.get(f"/newsletter-lists/{foreign.id}/people/{person_id}").status_code == 404
    assert organizer.get("/newsletter-lists/").status_code == 404

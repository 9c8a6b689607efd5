"""Programmes and events as pages: a proposed short address, refusals at their field, whose they are."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House, audit
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event, Programme

PROGRAMME = {
    "name": "Ours",
    "support_email": "",
    "locale": "en",
    "timezone": "UTC",
    "postal_address": "1 Road",
    "event_word": "course",
    "organizer_word": "tutor",
    "min_lead_days": "60",
    "min_gap_days": "0",
    "open_application_days": "180",
    "waiting_days": "14",
    "undo_minutes": "5",
    "rsvp_days": "10",
    "mail_domain": "",
}
"""The form of a programme, filled in."""


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def event_form(house: House, **given: str) -> dict[str, str]:
    return {
        "programme": str(house.ours.id),
        "name": "Łódź #3",
        "slug": "",
        "starts_on": "",
        "ends_on": "",
        "timezone": "Europe/Warsaw",
        "locale": "pl",
        "state": "open",
        **given,
    }


def test_a_slug_is_proposed_looked_at_and_saved(house: House, database: Session) -> None:
    visitor = house.visit(Role.SUPPORT)

    proposed = visitor.submit("/events/new/", event_form(house))
    assert proposed.status_code == 422
    assert 'value="lodz-3"' in proposed.text
    assert "proposed from the name" in proposed.text

    assert visitor.submit("/events/new/", event_form(house, slug="lodz-3")).status_code == 302
    database.rollback()
    assert database.scalars(select(Event).where(Event.slug == "lodz-3")).one().programme_id == house.ours.id


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"slug": "Łódź"}, "slug", "for example lodz"),
        ({"name": "台北"}, "slug", "Write an address in Latin letters."),
        ({"slug": "a", "ends_on": "2027-03-01"}, "starts_on", "Write its first day"),
        ({"slug": "a", "starts_on": "2027-03-02", "ends_on": "2027-03-01"}, "ends_on", "cannot be before"),
        ({"slug": "a", "starts_on": "yesterday"}, "starts_on", "valid date"),
        ({"slug": "a", "timezone": "Mars"}, "timezone", "no such time zone"),
        ({"slug": "a", "url": "javascript:1"}, "url", "whole web address"),
        ({"slug": "a", "state": "archived"}, "state", "planned or open"),
    ],
)
def test_an_event_is_refused_at_the_field(
    house: House, change: dict[str, str], field: str, words: str
) -> None:
    answer = house.visit(Role.ADMINISTRATOR).submit("/events/new/", event_form(house, **change))
    assert answer.status_code == 422
    assert words in answer.text[answer.text.index(f'id="{field}-error"') :]
    assert audit("event") == []


def test_a_slug_that_is_taken_is_refused(house: House) -> None:
    answer = house.visit(Role.ADMINISTRATOR).submit(
        "/events/new/", event_form(house, slug=house.foreign.slug)
    )
    assert "There is an event with the address" in answer.text


def test_nobody_begins_an_event_of_another_programme(house: House) -> None:
    form = event_form(house, slug="mine", programme=str(house.theirs.id))
    assert house.visit(Role.SUPPORT).submit("/events/new/", form).status_code == 404
    assert house.visit(Role.ORGANIZER).submit("/events/new/", form, seen_at="/profile/").status_code == 403


def test_an_organizer_changes_the_words_of_their_event_only(house: House, database: Session) -> None:
    form = {"name": "Renamed", "city": "Łódź", "url": "", "state": "cancelled", "starts_on": "2030-01-01"}

    answer = house.visit(Role.ORGANIZER).submit(f"/events/edit/?id={house.event.id}", form)

    assert answer.status_code == 302
    before = house.event.starts_on
    database.expire_all()
    assert (house.event.name, house.event.state, house.event.starts_on) == ("Renamed", "open", before)


def test_support_edits_its_programme_and_needs_a_postal_address(house: House, database: Session) -> None:
    visitor = house.visit(Role.SUPPORT)
    form = {**PROGRAMME, "slug": "other"}

    refused = visitor.submit(f"/programmes/edit/?id={house.ours.id}", {**form, "postal_address": " "})
    assert refused.status_code == 422
    assert "Write a postal address. The law asks" in refused.text
    slug = house.ours.slug
    saved = visitor.submit(
        f"/programmes/edit/?id={house.ours.id}", {**form, "postal_address": "1 Road\r\nTown"}
    )
    assert saved.status_code == 302
    database.expire_all()
    assert (house.ours.postal_address, house.ours.slug) == ("1 Road\nTown", slug)
    assert visitor.get("/programmes/new/").status_code == 403
    assert database.scalar(select(func.count()).select_from(Programme)) == 2


def test_support_opens_applications_to_host_once_letters_can_come_from_somewhere(
    house: House, database: Session
) -> None:
    visitor, address = house.visit(Role.SUPPORT), f"/programmes/edit/?id={house.ours.id}"
    form = {**PROGRAMME, "is_hosting_open": "y"}

    refused = visitor.submit(address, form)
    assert refused.status_code == 422
    assert "then open applications" in refused.text[refused.text.index('id="is_hosting_open-error"') :]
    factories.make_sender(programme_id=house.theirs.id)  # of another programme
    assert visitor.submit(address, form).status_code == 422
    factories.make_sender(programme_id=house.ours.id)
    assert visitor.submit(address, form).status_code == 302
    database.expire_all()
    ours = house.ours
    assert (ours.is_hosting_open, ours.min_lead_days, ours.rsvp_days, ours.event_word) == (
        True,
        60,
        10,
        "course",
    )
    assert f"/host/{ours.slug}" in visitor.get(f"/programmes/details/?id={ours.id}").text
    for field, value in (("undo_minutes", "999"), ("mail_domain", "mail.example.org"), ("event_word", " ")):
        wrong = visitor.submit(address, {**form, field: value})
        assert (wrong.status_code, f'id="{field}-error"' in wrong.text) == (422, True), field
    chief = house.visit(Role.ADMINISTRATOR)
    assert chief.submit(address, {**form, "mail_domain": "no domain"}).status_code == 422
    assert chief.submit(address, {**form, "mail_domain": "Mail.example.org"}).status_code == 302
    database.expire_all()
    assert house.ours.mail_domain == "mail.example.org"

"""In which language a public page answers: its event's or reader's own, else what browser and place have in common."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import make_application, make_form, tell
from tests.factories_host import make_hosting_programme
from tests.factories_newsletter import make_list
from webapp.people.models.person import Person
from webapp.programme.models.contact import ContactMessage
from webapp.web.extensions import limiter


def language_of(app: Flask, path: str, wanted: str) -> tuple[str, str]:
    """Return the language and the direction of a page for a browser that asks for some languages."""
    page = app.test_client().get(path, headers={"Accept-Language": wanted}, follow_redirects=True)
    found = re.search(r'<html lang="([^"]+)" dir="([^"]+)"', page.text)
    assert found, page.text
    assert "Accept-Language" in page.headers["Vary"]
    return found[1], found[2]


@pytest.fixture
def places(database: Session) -> None:
    programme = make_hosting_programme(slug="circle", locale="pl")
    factories.make_event(programme, slug="sao-paulo", locale="pt-BR")
    make_form(factories.make_event(programme, slug="cairo", locale="ar"))
    make_form(factories.make_event(programme, slug="athens", locale="el"))
    make_list(programme, slug="news", locale="es")


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("path", "wanted", "expected"),
    [
        ("/events/cairo/apply", "fr", ("ar", "rtl")),
        ("/events/athens/apply", "fr", ("pl", "ltr")),  # nobody has put Greek into words: the programme's
        ("/host/circle", "fr", ("pl", "ltr")),
        ("/host/circle", "fr;q=0.9,pt;q=0.8", ("pt-BR", "ltr")),
        ("/contact/circle", "ar-EG", ("ar", "rtl")),
        ("/contact/circle", "", ("pl", "ltr")),
        ("/newsletters/news", "en", ("es", "ltr")),
        ("/rsvp/nothing", "de, fr;q=0.5", ("fr", "ltr")),
        ("/contact/nowhere", "de", ("en", "ltr")),
    ],
)
def test_places_speak_their_languages(app: Flask, path: str, wanted: str, expected: tuple[str, str]) -> None:
    assert language_of(app, path, wanted) == expected


def test_people_are_spoken_to_in_their_language(app: Flask, database: Session) -> None:
    factories.make_sender()
    event = factories.make_event(locale="en")
    make_form(event)
    application = tell(make_application(event, "luiza@example.org"))
    assert language_of(app, f"/rsvp/{application.token}", "fr") == ("en", "ltr")
    person = database.merge(application.person)
    person.locale = "pt_BR"
    database.commit()
    for page in ("rsvp", "applications"):
        assert language_of(app, f"/{page}/{application.token}", "fr") == ("pt-BR", "ltr")


@pytest.mark.usefixtures("places")
def test_what_is_wrong_is_said_in_the_language_of_the_page(app: Flask, database: Session) -> None:
    client = app.test_client()
    page = client.get("/contact/circle", headers={"Accept-Language": "ar"}).text
    hidden = dict(re.findall(r'name="(csrf_token|token)"[^>]* value="([^"]+)"', page))
    answer = client.post(
        "/contact/circle",
        data={**hidden, "address": "nobody", "kind": "event"},
        headers={"Accept-Language": "ar"},
    )
    assert answer.status_code == 422
    for words in (
        "اكتب اسمك.",
        "هذا ليس عنوان بريد إلكتروني كاملًا.",
        "اختر الفعالية التي تتعلق بها رسالتك.",
        "اكتب رسالتك.",
    ):
        assert words in answer.text
    assert "Write" not in answer.text
    assert database.query(ContactMessage).count() == 0
    assert database.query(Person).count() == 0


def test_who_is_too_quick_is_told_so(app: Flask, database: Session) -> None:
    limiter.enabled = True
    try:
        client = app.test_client()
        answers = [
            client.post("/host-status/x/withdraw", headers={"Accept-Language": "fr"}) for _ in range(31)
        ]
    finally:
        limiter.enabled = False
        limiter.reset()
    assert answers[-1].status_code == 429
    assert "C’était trop souvent" in answers[-1].text

"""Somebody writes an event's own words as they would any letter, looks at them, and nothing is in their way."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests import factories
from tests.browser.looking import Traveller, sign_in
from webapp.mail.queries.letter_texts import find_letter_text
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    """The address of a web server that needs no workers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def open_editor(page: Page, base: str, event: Event) -> None:
    page.goto(f"{base}/templates/attend.accepted/edit?place=event-{event.id}")
    page.wait_for_selector("#template-form[data-is-ready]")


def test_words_are_written_in_the_editor_and_looked_at(page: Page, base: str, database: Session) -> None:
    event = factories.make_event(name="Cairo #2", locale="ar")
    sign_in(page, base, factories.make_staff(Role.ORGANIZER, event=event).email)
    traveller = Traveller(page, base)
    open_editor(page, base, event)
    body = page.frame_locator(".visual iframe").locator("body")
    expect(body).to_have_attribute("dir", "rtl")
    expect(body.locator(".merge-field").first).to_contain_text("First name or greeting")
    body.locator("p").first.click()
    page.keyboard.press("End")
    page.keyboard.type(" أهلا")
    traveller.press("Show what is written above")
    expect(page.frame_locator("iframe[name=look]").get_by_text("أهلا")).to_be_visible()

    page.get_by_label("Subject").fill("")
    traveller.press("Save")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved. Look at Subject.")
    page.wait_for_selector("#template-form[data-is-ready]")
    expect(page.frame_locator(".visual iframe").locator("body")).to_contain_text("أهلا")
    traveller.heard.clear()  # the browser says that the page was refused
    traveller.look("the page that refuses")
    page.get_by_label("Subject").focus()
    page.get_by_role("button", name="Event", exact=True).click()
    traveller.press("Save")
    expect(page.locator(".chain [aria-current]")).to_contain_text("event in Arabic")
    text = find_letter_text("attend.accepted", event.programme_id, event.id, "ar")
    assert text.subject == "{{ event.name }}"
    assert "أهلا" in text.slots["main"]
    assert "{{ rsvp.link }}" in text.slots["main"], "what nobody touched is still there"

    page.emulate_media(color_scheme="dark")
    for path in ("", "/edit", "/difference", "/history"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{base}/templates/attend.accepted{path}?place=event-{event.id}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            if width == 390:
                traveller.look(path)

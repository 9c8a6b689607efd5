"""The opt-out page as people meet it: without scripts or cookies, on a phone, in the dark, by keyboard."""

from collections.abc import Iterator
from threading import Thread
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests import factories
from tests.browser.looking import find_barriers, find_obstacles, listen, sign_in
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.domain.references import OPT_OUT, ReferenceMaker
from webapp.mail.models.opt_out import OptOut, Suppression
from webapp.people.models.person import Person
from webapp.web.extensions import limiter


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    """The address of a web server."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def link(app: Flask, base: str, database: Session) -> str:
    """The link in a letter to Zofia."""
    programme = factories.make_programme(name="Django Girls", support_email="help@example.org")
    event = factories.make_event(programme, name="Django Girls Kraków, 6 March 2027")
    factories.register(factories.make_person("zofia.nowak@example.org"), event)
    sender = factories.make_sender(display_name="Django Girls Kraków", address="krakow@example.org")
    shoot_id = factories.make_shoot(event, sender=sender)
    prepare_shoot(shoot_id)
    return f"{base}/opt-out/{ReferenceMaker(app.extensions['tokens'], OPT_OUT, shoot_id).make(0)}"


def ground_of(page: Page, scheme: Literal["light", "dark"]) -> str:
    """Return the colour that a page is painted on."""
    page.emulate_media(color_scheme=scheme)
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_the_page_has_no_barrier_or_error(page: Page, link: str) -> None:
    heard = listen(page)
    page.goto(link)
    assert find_obstacles(page, (1280, 390, 320)) == []
    page.get_by_role("button", name="Stop letters about this event").click()
    page.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your choice is stored")
    assert find_obstacles(page, (1280, 390, 320)) == []
    assert ground_of(page, "light") == "rgb(246, 244, 239)" != ground_of(page, "dark")
    assert heard == []
    assert page.context.cookies() == []


def test_a_damaged_link_is_answered_calmly(page: Page, link: str) -> None:
    page.goto(link[:-3])
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is not complete")
    assert find_barriers(page) == []


def test_saying_stop_and_changing_ones_mind_without_scripts(browser: Browser, link: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(link)
        expect(page.get_by_role("status")).to_contain_text("Nothing is stopped")
        page.get_by_role("button", name="Stop this programme's letters").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("everything of Django Girls")
        assert page.url == link
        assert db.session.query(OptOut.scope).all() == [("programme",)]
        page.get_by_role("button", name="Undo").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Nothing is stopped")
        db.session.rollback()
        assert db.session.query(OptOut).count() == 0


@pytest.fixture
def desk(page: Page, base: str, link: str) -> Page:
    """An administrator at the screen, after somebody said stop and an address was suppressed."""
    with transaction() as session:
        person_id = session.scalars(select(Person.id).where(Person.email == "zofia.nowak@example.org")).one()
        session.add(OptOut(person_id=person_id, scope="all", source="one_click"))
        session.add(
            Suppression(address="zofia.nowak@example.org", reason="bounced", detail="550 5.1.1 no such user")
        )
    limiter.enabled = False  # every test signs in anew, which is more often than a person may
    sign_in(page, base, factories.make_staff().email)
    limiter.enabled = True
    return page


def test_staff_pages_have_no_barrier_or_error(desk: Page, base: str) -> None:
    heard = listen(desk)
    for path in (
        "/opt-outs/",
        "/opt-outs/new",
        "/opt-outs/1/undo",
        "/opt-outs/?search=nobody",
        "/suppressions/",
        "/suppressions/new",
        "/admin/sender/",
        "/admin/sender/new/",
        "/admin/sender/details/?id=1",
    ):
        answer = desk.goto(f"{base}{path}")
        assert answer
        assert answer.status == 200, path
        assert find_obstacles(desk) == [], path
    assert heard == []


def test_a_suppression_is_lifted_after_a_question(desk: Page, base: str) -> None:
    desk.goto(f"{base}/suppressions/")
    desk.get_by_role("button", name="Remove zofia.nowak@example.org").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("can be written to again")
    dialog.get_by_role("button", name="Remove zofia.nowak@example.org").click()
    expect(desk.get_by_text("No address is suppressed")).to_be_visible()

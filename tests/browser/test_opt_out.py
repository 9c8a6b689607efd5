"""The opt-out page as people meet it: without scripts or cookies, on a phone, in the dark, by keyboard."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests import factories
from tests.browser.looking import find_barriers, is_cut_off, listen
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.domain.references import OPT_OUT, ReferenceMaker
from webapp.mail.models.opt_out import OptOut


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_has_no_barrier_or_error(page: Page, link: str, scheme: str, width: int) -> None:
    heard = listen(page)
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # pytest hands over plain words
    page.goto(link)
    assert find_barriers(page) == []
    assert not is_cut_off(page)
    page.get_by_role("button", name="Stop letters about this event").click()
    page.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your choice is stored")
    assert find_barriers(page) == []
    assert not is_cut_off(page)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(246, 244, 239)") == (scheme == "light")
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

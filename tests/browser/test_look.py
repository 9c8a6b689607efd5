"""The base page and every piece on it: light, dark, on a phone, by keyboard, without scripts."""

import re
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.looking import find_barriers, find_obstacles, is_whole, listen, sign_in
from tests.factories import make_event, make_person, make_programme, make_staff, register
from webapp.web.extensions import limiter

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    """The address of a web server for all tests of the look, which need no workers."""
    limiter.enabled = False  # every test signs in anew, which is more often than a person may
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    limiter.enabled = True


@pytest.fixture
def guide(page: Page, base: str, database: Session) -> Page:
    """The style guide, signed in."""
    sign_in(page, base, make_staff().email)
    page.goto(f"{base}/styleguide/")
    return page


def test_no_piece_has_a_barrier_or_an_error(guide: Page) -> None:
    heard = listen(guide)
    guide.reload()
    guide.wait_for_selector(".chart-plot canvas")

    assert find_obstacles(guide) == []
    for scheme in ("light", "dark"):
        guide.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # from a tuple of plain words
        expect(guide.locator("html")).to_have_attribute("data-bs-theme", scheme)
    assert heard == []


def test_sign_in_is_open_to_everybody(page: Page, base: str, database: Session) -> None:
    heard = listen(page)
    page.goto(f"{base}/sign-in")
    assert find_barriers(page) == []
    assert heard == []

    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail address")).to_have_value("nobody@example.org")


def test_a_chosen_theme_stays(guide: Page) -> None:
    guide.get_by_role("button", name="Light or dark").click()
    guide.get_by_role("button", name="Dark", exact=True).click()
    guide.reload()

    assert guide.locator("html").get_attribute("data-bs-theme") == "dark"


def test_a_charts_legend_tells_values_only_while_somebody_points(guide: Page) -> None:
    plot = guide.locator(".chart-plot").first
    legend = plot.locator(".u-legend")
    expect(legend).to_be_visible()
    expect(legend).not_to_contain_text("--", use_inner_text=True)
    expect(legend).not_to_contain_text("Time", use_inner_text=True)
    named = legend.inner_text()
    assert named.strip(), "the lines keep their names"

    plot.locator(".u-over").hover()
    expect(legend).to_contain_text(re.compile(r"Time.*\d\d:\d\d:\d\d.*\d", re.S), use_inner_text=True)

    guide.mouse.move(0, 0)
    expect(legend).to_have_text(named, use_inner_text=True)


def test_times_are_in_the_readers_zone(guide: Page) -> None:
    expect(guide.locator("time[data-when]").first).to_have_text(
        guide.evaluate(
            """() => {
                const shown = new Date(document.querySelector("time[data-when]").dateTime);
                const part = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
                    weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit",
                    minute: "2-digit", hourCycle: "h23", timeZone: "Europe/Warsaw", timeZoneName: "short",
                }).formatToParts(shown).map((p) => [p.type, p.value]));
                return `${part.weekday} ${part.day} ${part.month.slice(0, 3)} ${part.year}, `
                    + `${part.hour}:${part.minute} ${part.timeZoneName}`;
            }"""
        )
    )


def test_a_dangerous_button_asks_with_its_number(guide: Page) -> None:
    button = guide.locator("summary", has_text="Send now")
    button.click()
    dialog = guide.get_by_role("dialog", name="Send now?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("textbox")).to_be_focused()

    guide.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_without_scripts_the_question_unfolds(guide: Page, browser: Browser) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport=PHONE, storage_state=guide.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(guide.url)
    plain.locator("summary", has_text="Cancel this shoot").click()

    expect(plain.get_by_role("button", name="Cancel 37 772 letters")).to_be_visible()
    context.close()


def test_the_keyboard_reaches_everything(guide: Page) -> None:
    guide.keyboard.press("Tab")
    expect(guide.get_by_role("link", name="Skip to the content")).to_be_focused()
    guide.keyboard.press("Enter")
    expect(guide.locator("main")).to_be_focused()
    guide.keyboard.press("?")
    expect(guide.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_menu_is_a_drawer_on_a_phone(guide: Page) -> None:
    guide.set_viewport_size(PHONE)
    menu = guide.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()

    guide.get_by_role("button", name="Open the menu").click()
    expect(menu).to_be_visible()
    expect(guide.locator("#sidebar")).to_have_class(re.compile(r"\bshow\b"))  # it has slid in
    guide.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_an_error_page_says_what_next(page: Page, base: str, database: Session) -> None:
    page.goto(f"{base}/nowhere")

    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    assert find_barriers(page) == []


def test_tables_fold_on_a_phone(page: Page, base: str, database: Session) -> None:
    programme = make_programme(
        name="A programme with a long name of its own", support_email=f"{'help' * 9}@example.org"
    )
    event = make_event(
        programme, name="Code Circle Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    )
    address = f"{'long' * 12}@{'example' * 6}.org"
    register(make_person(address, "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine"), event)
    heard = listen(page)
    sign_in(page, base, make_staff().email)
    folded = {
        "people": address,
        "events": programme.name,
        "programmes": programme.support_email,
        "memberships": event.name,
    }
    for table, words in folded.items():
        line = page.locator(".list-narrow", has_text=words)
        page.set_viewport_size(PHONE)
        page.goto(f"{base}/{table}/")
        expect(line).to_be_visible()
        expect(page.get_by_role("columnheader")).not_to_have_count(0)
        assert is_whole(page, ".table-scroll"), f"{table}: the table has to be pushed aside to be read"
        assert find_obstacles(page, (390,)) == [], table

        page.set_viewport_size({"width": 1280, "height": 900})
        expect(line).to_be_hidden()
        expect(page.locator("tbody td.list-wide").first).to_be_visible()
    assert heard == []


def test_a_barrier_would_be_found(page: Page) -> None:
    page.set_content(
        "<main><h1>Pale</h1><input><p style='color: #ddd; background: #fff'>Hard to read</p></main>"
    )
    found = {barrier.partition(":")[0] for barrier in find_barriers(page)}
    assert {"label", "color-contrast"} <= found

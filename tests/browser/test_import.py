"""Importing people by hand: a file, its columns, the check, and progress that lives until it is done."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.looking import find_obstacles, listen, sign_in
from tests.factories import make_event, make_staff
from tests.integration.people.registers import many, register_of
from webapp.people.actions.imports import run_due_imports
from webapp.web.extensions import limiter

TRAPS = [
    ["ada@example.org", "<b>Ægir Ó’Brien-Ñandú</b> 👩🏽‍🚀", "pl", "Engines & Co"],
    ["山田@example.org", "山田太郎", "ja", '=HYPERLINK("http://evil.example")'],
    ["not an address", "Carol", "", ""],
    ["ADA@example.org", "Ada again", "", ""],
]


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    """The address of a web server; the test itself does what a worker would."""
    limiter.enabled = False  # every test signs in anew
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    limiter.enabled = True


def test_from_a_file_to_people(page: Page, base: str, database: Session, tmp_path: Path) -> None:
    make_event(name="Workshop Kraków")
    file = tmp_path / "register.csv"
    file.write_bytes(register_of(TRAPS))
    heard = listen(page)
    sign_in(page, base, make_staff().email)
    page.goto(f"{base}/imports")
    assert find_obstacles(page) == [], "empty"
    page.get_by_role("link", name="Import people").first.click()
    assert find_obstacles(page) == [], "new"
    page.get_by_label("A file").set_input_files(file)
    page.get_by_label("They belong to").select_option(label="Workshop Kraków")
    page.get_by_role("button", name="Look at the columns").click()
    expect(page.get_by_label("Column A")).to_have_value("email")
    expect(page.get_by_label("Column D")).to_have_value("details.company")
    assert find_obstacles(page) == [], "columns"
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_role("button", name="Import 2 people")).to_be_visible()
    assert find_obstacles(page) == [], "checked"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download 1 row").click()
    assert "not an address" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Import 2 people").click()
    expect(page.get_by_text("Waiting")).to_be_visible()
    assert find_obstacles(page) == [], "waiting"
    run_due_imports(must_stop=lambda: False)
    expect(page.get_by_role("link", name="Write to them")).to_be_visible(timeout=10_000)
    assert find_obstacles(page) == [], "done"
    page.goto(f"{base}/imports")
    assert find_obstacles(page) == [], "list"
    assert heard == []


def test_without_scripts_a_long_file_is_checked_and_imported(
    browser: Browser, base: str, database: Session, tmp_path: Path
) -> None:
    make_event(name="Workshop Kraków")
    file = tmp_path / "register.csv"
    file.write_bytes(many(6000))
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, base, make_staff().email)
        page.goto(f"{base}/imports/new")
        page.get_by_label("A file").set_input_files(file)
        page.get_by_label("They belong to").select_option(label="Workshop Kraków")
        page.get_by_role("button", name="Look at the columns").click()
        page.get_by_role("button", name="Check all rows").click()
        run_due_imports(must_stop=lambda: False)
        page.get_by_role("link", name="Load this page again").click()
        page.get_by_role("button", name="Import 6 000 people").click()
        run_due_imports(must_stop=lambda: False)
        page.get_by_role("link", name="Load this page again").click()
        expect(page.get_by_text("6,000 new")).to_be_visible()

"""Writing a letter by hand: chips, conditions, HTML both ways, autosave, two editors, audience, preview, sending."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.browser.composing import is_visual, paper, saved, source, switch, write
from tests.browser.first_letter import (
    begin_letter,
    choose_audience,
    mend_subject,
    read_as_recipients,
    send_letter,
    write_words,
)
from tests.browser.looking import find_barriers, listen, sign_in
from tests.integration.web.writing_room import WritingRoom, fresh
from webapp.mail.domain.template import parse
from webapp.web.extensions import limiter

NESTED = """<table border="0" width="100%"><tr><td style="padding:4px"><table><tr><td style="color:#c00">A &amp; B</td></tr></table></td></tr></table>
<!--[if mso]><table><tr><td><![endif]-->
<p class='x'   data-y=1>Hello {{person.name|default(&quot;friend&quot;)}} {% if person.name == 'Ola' %}O{% elif not event.city %}C{% else %}<b>E</b>{% endif %}</p>
<!--[if mso]></td></tr></table><![endif]-->
<style>@media (max-width: 600px) { p { color: red } }</style>{# a note #}
<a href="{{ event.url }}?a=1&amp;b={{ person.email }}">Page</a><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="{{ event.name }}">
{% if event.city %}<p>In {{ event.city }}</p><ul><li>one</li></ul>{% endif %}"""  # noqa: E501 -- as it was pasted
HARMED = {  # what has to stay as it was typed, and what is said about it
    "<table><tr><td>a</td></tr>{% if event.city %}<tr><td>b</td></tr>{% endif %}</table>": "between the rows",
    "<!DOCTYPE html>\n<html><head><style>a{}</style></head><body><p>x</p></body></html>": "whole HTML document",
    "<p>a {% if event.city %}b</p><p>c{% endif %} d</p>": "begins in one element and ends in another",
    "<p>{{ person name }}</p>": "cannot be shown as a field",
}


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    """The address of a web server."""
    limiter.enabled = False  # every test signs in anew
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    limiter.enabled = True


@pytest.fixture
def room(app: Flask, database: Session) -> WritingRoom:
    return WritingRoom(app)


def test_the_first_letter_of_a_volunteer(page: Page, base: str, room: WritingRoom) -> None:
    heard = listen(page)
    sign_in(page, base, room.user.email)
    heard.clear()  # the first page belongs to others
    begin_letter(page, base)
    write_words(page)
    mend_subject(page)
    switch(page, "visual")
    assert find_barriers(page) == []
    choose_audience(page)
    read_as_recipients(page)
    send_letter(page)
    assert heard == []


def test_html_and_writing_lose_nothing_of_each_other(page: Page, base: str, room: WritingRoom) -> None:
    letter_id = room.letter(html=NESTED)
    sign_in(page, base, room.user.email)
    write(page, base, letter_id)
    assert is_visual(page)
    for _ in range(2):
        switch(page, "html")
        assert source(page).input_value() == NESTED
        switch(page, "visual")
    paper(page).locator("li").click()
    page.keyboard.press("End")
    page.keyboard.type("!")
    switch(page, "html")
    edited = source(page).input_value()
    assert "<li>one!</li>" in edited
    for kept in (
        'style="color: #c00',
        "<!--[if mso]><table><tr><td><![endif]-->",
        "<!--[if mso]></td></tr></table><![endif]-->",
        "@media (max-width: 600px)",
        "{# a note #}",
        "{{ event.url }}?a=1&amp;b={{ person.email }}",
        'alt="{{ event.name }}"',
        "data-y",
    ):
        assert kept in edited, kept
    before, after = parse(NESTED, is_html=True), parse(edited, is_html=True)
    assert after.faults == ()
    assert [(t.kind, t.field, t.default, t.test) for t in after.tags] == [
        (t.kind, t.field, t.default, t.test) for t in before.tags
    ]
    switch(page, "visual")
    paper(page).locator("li").click()
    page.keyboard.press("Control+z")
    switch(page, "html")
    expect(source(page)).to_have_value(NESTED)


def test_what_writing_would_harm_opens_as_html(page: Page, base: str, room: WritingRoom) -> None:
    sign_in(page, base, room.user.email)
    for html, because in HARMED.items():
        letter_id = room.letter()
        write(page, base, letter_id)
        switch(page, "html")
        source(page).fill(html)
        saved(page)
        page.reload()
        assert not is_visual(page)
        switch(page, "visual")
        expect(page.locator("[data-slot=main] [data-slot-reason]")).to_contain_text(because)
        assert source(page).input_value() == html
        assert fresh(letter_id).slots["main"] == html


def test_a_chip_gets_another_fallback(page: Page, base: str, room: WritingRoom) -> None:
    letter_id = room.letter()
    sign_in(page, base, room.user.email)
    write(page, base, letter_id)
    paper(page).locator(".merge-field").click()
    page.get_by_label("What those read who have none").fill('you & "all" {}')
    page.get_by_role("button", name="OK").click()
    saved(page)
    template = parse(fresh(letter_id).slots["main"], is_html=True)
    assert template.faults == ()
    assert template.tags[0].default == 'you & "all"'


def test_two_editors_see_each_other_and_lose_nothing(browser: Browser, base: str, room: WritingRoom) -> None:
    letter_id = room.letter()
    first, second = browser.new_page(), browser.new_page()
    sign_in(first, base, room.user.email)
    sign_in(second, base, room.visitor_account())
    write(second, base, letter_id)
    write(first, base, letter_id)
    first.locator("#subject").fill("First was here")
    saved(first)
    second.locator("#subject").fill("Second was here, too")
    expect(second.locator("#composer-notice")).to_contain_text("Your words are not saved", timeout=10_000)
    assert second.locator("#subject").input_value() == "Second was here, too"
    assert fresh(letter_id).subject == "First was here"
    second.on("dialog", lambda dialog: dialog.accept())
    write(second, base, letter_id)
    expect(second.get_by_text("is writing this letter")).to_be_visible()
    expect(second.locator("#subject")).not_to_be_editable()
    second.get_by_role("link", name="Take over").click()
    expect(second.locator("#subject")).to_be_editable()
    first.close()
    second.close()


def test_another_layout_keeps_the_words_that_have_no_place_in_it(
    page: Page, base: str, room: WritingRoom
) -> None:
    letter_id = room.letter(layout="announcement", slots={"headline": "<p>Big</p>", "main": "<p>Small</p>"})
    sign_in(page, base, room.user.email)
    write(page, base, letter_id)
    page.get_by_label("Simple letter").check()
    stray = page.locator("[data-slot=headline] [data-slot-stray]")
    expect(stray).to_be_visible()
    saved(page)
    expect(page.locator("#faults")).to_contain_text("headline")
    page.get_by_label("Announcement").check()
    expect(stray).not_to_be_visible()
    expect(page.locator("#faults li")).to_have_count(0, timeout=10_000)
    expect(paper(page, "headline").locator("body")).to_have_text("Big")
    letter = fresh(letter_id)
    assert (letter.layout, letter.slots["headline"]) == ("announcement", "<p>Big</p>")


def test_without_scripts_it_is_a_plain_form(browser: Browser, base: str, room: WritingRoom) -> None:
    letter_id = room.letter()
    page = browser.new_page(java_script_enabled=False)
    sign_in(page, base, room.user.email)
    page.goto(f"{base}/letters/{letter_id}")
    page.locator("#subject").fill("Plain")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert fresh(letter_id).subject == "Plain"
    page.goto(f"{base}/letters/{letter_id}/audience/")
    page.get_by_role("button", name="Myself You.").click()
    expect(page.locator(".count")).to_contain_text("4")
    page.get_by_role("button", name="Take out: Myself").click()
    expect(page.locator(".count")).to_contain_text("3")
    page.close()


def test_in_the_dark_and_after_a_change_of_mind(browser: Browser, base: str, room: WritingRoom) -> None:
    letter_id = room.letter(html=NESTED)
    page = browser.new_page(color_scheme="dark")
    heard = listen(page)
    sign_in(page, base, room.user.email)
    heard.clear()
    write(page, base, letter_id)
    expect(paper(page).locator("html")).to_have_class("is-dark")
    assert find_barriers(page) == []
    page.emulate_media(color_scheme="light")
    expect(paper(page).locator("html")).to_have_class("is-light", timeout=15_000)
    switch(page, "html")
    assert source(page).input_value() == NESTED
    assert fresh(letter_id).revision == 1
    assert heard == []
    page.close()

"""What a volunteer does for a first letter, step by step, as the tests press and read it."""

from playwright.sync_api import Page, expect

from tests.browser.composing import paper, saved, source, switch
from tests.browser.looking import find_barriers, find_obstacles


def begin_letter(page: Page, base: str) -> None:
    """Begin a letter from the list and wait until its editors are there."""
    page.goto(f"{base}/letters/")
    assert find_obstacles(page) == [], "list"
    page.get_by_role("link", name="New letter").click()
    assert find_obstacles(page) == [], "new"
    page.get_by_role("button", name="Start writing").click()
    expect(page.locator("#composer[data-is-ready]")).to_be_attached(timeout=20_000)


def write_words(page: Page) -> None:
    """Write with a field from the menu and a condition, and find just that in the HTML."""
    expect(paper(page).locator(".merge-field")).to_have_text("First name or greeting")
    paper(page).locator("body").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("We meet in ")
    page.locator("[data-slot=main]").get_by_role("button", name="Insert field").click()
    page.get_by_role("menuitem", name="The event").click()
    page.get_by_role("menuitem", name="City").click()
    page.keyboard.type(".")
    page.locator("[data-slot=main]").get_by_role("button", name="Only if…").click()
    page.get_by_role("button", name="OK").click()
    expect(paper(page).locator("div.merge-branch")).to_contain_text("Words that only some read")
    switch(page, "html")
    assert source(page).input_value() == (
        '<p>Hello {{ person.greeting | default("there") }},</p>\n<p>We meet in {{ event.city }}.</p>\n'
        "{% if person.name %}\n<p>Words that only some read</p>\n{% endif %}"
    )
    saved(page)


def mend_subject(page: Page) -> None:
    """Follow the one fault to the subject, and write one with a field."""
    expect(page.locator("#faults li")).to_have_count(1)
    page.locator("#faults a").click()
    expect(page.locator("#subject")).to_be_focused()
    page.locator("[data-field=subject]").get_by_role("button", name="Insert field").click()
    page.locator("[data-insert='person.greeting'][data-into=subject]").click()
    page.locator("#subject").press("End")
    page.keyboard.type(", see you!")
    assert page.locator("#subject").input_value() == '{{ person.greeting | default("there") }}, see you!'
    saved(page)
    expect(page.locator("#faults li")).to_have_count(0)


def choose_audience(page: Page) -> None:
    """Choose everybody of the event, and read who is left out."""
    page.locator(".letter-way a", has_text="Audience").click()
    page.get_by_role("button", name="Everybody of an event All").click()
    expect(page.locator(".count")).to_contain_text("3")
    page.wait_for_load_state()  # pressed before its script was there, the button loads a whole page
    expect(page.locator(".htmx-request, .htmx-settling, .htmx-added")).to_have_count(0)
    page.locator("summary", has_text="Opted out").click()
    expect(page.locator(".left-out[open]")).to_contain_text("Stella Stop")
    found = find_obstacles(page)
    assert found == [], f"audience: {found}"


def read_as_recipients(page: Page) -> None:
    """Read the letter as they get it: on each screen, person by person, and as somebody without a name."""
    page.get_by_role("link", name="See what they get").click()
    frame = page.frame_locator(".letter-frame")
    expect(frame.locator("body")).to_contain_text("Hello Zofia Nowak,")
    for view in ("Phone", "Dark", "Desktop"):
        page.get_by_role("link", name=view).click()
        expect(page.get_by_role("link", name=view)).to_have_attribute("aria-current", "true")
    page.wait_for_load_state()  # the keys come with the page's script
    page.keyboard.press("ArrowRight")
    expect(frame.locator("body")).to_contain_text("Hello 山田太郎,")
    page.locator(".cases a", has_text="No name").click()
    expect(frame.locator("body")).to_contain_text("Hello there,")
    expect(frame.locator("body")).not_to_contain_text("only some read")
    assert find_barriers(page) == []


def send_letter(page: Page) -> None:
    """Say that it is ready, look at sending later, and send it now."""
    page.locator(".letter-way a", has_text="Send").click()
    page.get_by_role("button", name="It is ready").click()
    expect(page.get_by_role("button", name="Send 3 letters")).to_be_visible()
    page.get_by_label("At a time").check()
    expect(page.get_by_role("button", name="Schedule 3 letters")).to_be_visible()
    assert find_obstacles(page) == [], "send"
    page.get_by_label("Now").check()
    page.get_by_role("button", name="Send 3 letters").click()
    page.wait_for_url("**/shoots/*")

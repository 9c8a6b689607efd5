"""The main job, end to end as a new member of staff does it: real services, real workers, a real mail server."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.browser.looking import Traveller, sign_in_by_page
from tests.integration.people.registers import register_of
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.core.words import say, translate
from webapp.demo.store import StoredLetter
from webapp.mail.models.opt_out import OptOut

EVENT = "Code Circle Kraków"
ZOFIA = "zofia.nowak@example.org"
REGISTER = [
    [ZOFIA, "Zofia Nowak", "pl", "Kwiatkowski & Córki"],
    ["nobody at all", "Carol Crooked", "", ""],
    ["taro@example.org", "山田太郎", "ja", ""],
    ["ZOFIA.nowak@Example.org", "Zofia again", "", ""],
    ["aegir@example.org", "<b>Ægir</b> Ó’Brien 👩🏽‍🚀", "", '=HYPERLINK("http://evil.example")'],
    ["nameless@example.org", "", "", ""],
]
PEOPLE = 4  # of the register: six rows, one of them twice, one without an address that could be
SOON = 5.0  # seconds within which a letter to oneself has to be there


@pytest.fixture
def traveller(page: Page, machinery: Machinery) -> Traveller:
    """An administrator before the sign-in page of a Postroom with an event, a sender and nobody in it."""
    programme = factories.make_programme(name="Code Circle", postal_address="1 Main Street, Kraków")
    factories.make_event(programme, name=EVENT, slug="krakow")
    factories.make_sender(display_name="Kraków Desk", address="krakow@example.org")
    factories.make_staff(email="ola@example.org")
    machinery.start_all()
    return Traveller(page, machinery.web_url)


def import_people(traveller: Traveller, folder: Path) -> None:
    """Upload a register, look at what it comes to, import it."""
    page = traveller.page
    file = folder / "register.csv"
    file.write_bytes(register_of(REGISTER))
    page.goto(f"{traveller.base}/imports")
    traveller.follow(re.compile("Import people"))
    page.get_by_label("A file").set_input_files(file)
    page.get_by_label("They belong to").select_option(label=EVENT)
    traveller.press("Look at the columns")
    expect(page.get_by_label("Column A")).to_have_value("email")
    traveller.look("the columns")
    traveller.press("Check all rows")
    refused = (
        page.get_by_role("region", name="Refused rows").get_by_role("row").filter(has_text="nobody at all")
    )
    expect(refused).to_contain_text("3")
    expect_figures(page, {"Rows": "6", "New people": "4", "Repeated": "1", "Refused": "1"})
    traveller.look("the checked register")
    traveller.press(f"Import {PEOPLE} people")
    expect(page.get_by_role("link", name="Write to them")).to_be_visible(timeout=15_000)
    expect_figures(page, {"Rows": "6", "New people": "4", "Repeated": "1", "Refused": "1"})
    traveller.look("the imported register")


def expect_figures(page: Page, figures: dict[str, str]) -> None:
    """Expect figures on a page, each beside its label."""
    for label, figure in figures.items():
        found = page.locator(".stat").filter(has_text=re.compile(rf"^\s*{label}\s*{figure}\b"))
        expect(found).to_have_count(1)


def editor_of(page: Page) -> FrameLocator:
    """Return what stands in the editor of the letter's main words."""
    return page.locator("[data-slot=main]").frame_locator("iframe")


def compose(traveller: Traveller) -> None:
    """Write a letter with a field in its subject and a chip in its words, with a fault that is mended."""
    page = traveller.page
    traveller.follow(re.compile("Write to them"))
    expect(page.get_by_label("For")).to_have_value(re.compile("event"))
    page.get_by_label("Subject").fill("{{ event.name }}: what to bring, {{ person.nickname }}")
    traveller.look("the new letter")
    traveller.press("Start writing")
    words = editor_of(page).locator("body")
    words.click()
    page.keyboard.type("Good day ")
    insert_name(page)
    page.keyboard.type("! Bring a warm coat & a laptop.")
    expect(words.locator(".merge-field")).to_have_count(2)  # it begins with a greeting
    page.get_by_label("Name for colleagues").fill("What to bring")
    page.get_by_label("Why they get this").fill("You registered for it.")
    page.get_by_label("From", exact=True).select_option(label="Kraków Desk <krakow@example.org>")
    traveller.press("Check")
    fault = page.locator("#faults").get_by_role("link").filter(has_text="person.nickname")
    expect(fault).to_contain_text("Subject")
    traveller.look("the letter with a fault")
    fault.click()
    expect(page.get_by_label("Subject")).to_be_focused()
    traveller.press("It is ready")
    expect(page.get_by_text("it cannot be sent yet")).to_be_visible()
    page.get_by_label("Subject").fill(
        '{{ event.name }}: what to bring, {{ person.name | default("friend") }}'
    )
    traveller.press("Check")
    expect(page.get_by_text("Nothing is missing.")).to_be_visible()
    traveller.press("It is ready")
    expect(page.get_by_text("The letter is ready.")).to_be_visible()
    expect(editor_of(page).locator(".merge-field")).to_have_count(2)
    traveller.look("the letter that is ready")


def insert_name(page: Page) -> None:
    """Put the recipient's name into the words, with a fallback, by the editor's own menu."""
    page.locator("[data-slot=main]").get_by_role("button", name="Insert field").click()
    page.get_by_role("menuitem", name="Whoever reads it").click()
    page.get_by_role("menuitem", name=re.compile("^Name")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What those read who have none").fill("friend")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_be_hidden()


def pick_everybody(traveller: Traveller) -> Locator:
    """Choose everybody of the event, and return what the picker says that means."""
    page = traveller.page
    page.get_by_role("group", name="Add a group").get_by_role("button", name="Everybody of an event").click()
    result = page.get_by_role("region", name="What that means")
    expect(result).to_contain_text("people get it")
    return result


def preview(traveller: Traveller, machinery: Machinery) -> None:
    """Look at the letter as two real people, in every view, and send it to oneself."""
    page = traveller.page
    traveller.follow("See what they get")
    letter = page.frame_locator("iframe.letter-frame")
    page.get_by_label("Look somebody up").fill("山田")
    page.get_by_label("Look somebody up").press("Enter")
    page.get_by_role("link", name="山田太郎", exact=True).click()
    expect(letter.get_by_text("Good day 山田太郎! Bring a warm coat & a laptop.")).to_be_visible()
    expect(page.get_by_label("In the inbox")).to_contain_text(f"{EVENT}: what to bring, 山田太郎")
    traveller.look("the preview")
    views = page.get_by_role("navigation", name="View")
    views.get_by_role("link", name="Phone").click()
    expect(views.get_by_role("link", name="Phone")).to_have_attribute("aria-current", "true")
    expect(letter.get_by_text("Good day 山田太郎!")).to_be_visible()
    views.get_by_role("link", name="text").click()
    expect(page.get_by_role("region", name="The letter as plain text")).to_contain_text("Good day 山田太郎!")
    traveller.look("the preview as text")
    began = time.monotonic()
    traveller.press("Send to myself")
    arrived = wait_until(
        lambda: letters_to(machinery, "ola@example.org"), seconds=SOON, what="the test letter"
    )
    assert time.monotonic() - began < SOON
    assert arrived[0].subject.endswith("what to bring, Ola Staff")
    expect(page.get_by_role("link", name="Open the demo inbox")).to_be_visible()


def letters_to(machinery: Machinery, address: str) -> list[StoredLetter]:
    """Return what has arrived for somebody, the newest first."""
    return machinery.inbox.page(recipient=address)


def send_and_watch(traveller: Traveller, letters: int, sums: dict[str, int]) -> None:
    """Confirm, send, and watch until it is completed and the bar adds up."""
    page = traveller.page
    traveller.go("Send")
    traveller.look("the confirmation")
    traveller.press(f"Send {letters} letter{'s' if letters > 1 else ''}")
    expect(page.locator(".watch-state")).to_contain_text("Completed", timeout=30_000)
    table = page.get_by_role("region", name="The sum")
    for label, count in sums.items():
        row = table.get_by_role("row", name=re.compile(rf"^{label} {count} "))
        expect(row, f"{label} {count}").to_have_count(1)
    parts = page.locator("#sum .balance-entry:not(.balance-sum) dd").all_inner_texts()
    assert sum(map(int, parts)) == sums["= Audience"], "the parts of the bar add up"
    traveller.look("the shoot")


def read_and_opt_out(traveller: Traveller) -> None:
    """Read the letter in the demo's inbox, follow its link: looking changes nothing, the button does."""
    page = traveller.page
    page.goto(f"{traveller.base}/demo/inbox")
    page.get_by_label("Recipient, whole address").fill(ZOFIA)
    traveller.press("Search")
    page.get_by_role("region", name="Letters, newest first").get_by_role("link", name=EVENT).click()
    letter = page.frame_locator("iframe.letter-frame")
    expect(letter.get_by_text("Good day Zofia Nowak! Bring a warm coat & a laptop.")).to_be_visible()
    expect(letter.get_by_text("You registered for it.")).to_be_visible()
    traveller.look("the letter in the inbox")
    link = page.locator(".letter-links").get_by_role("link", name=re.compile("opt-out")).first
    page.goto(link.get_attribute("href") or "")
    expect(page.get_by_text(polish("Nothing is stopped."))).to_be_visible()
    page.reload()
    assert opt_outs() == [], "looking changes nothing"
    traveller.look("the opt-out page")
    traveller.press(polish("Stop letters about this event"))
    expect(page.get_by_role("heading", level=1)).to_have_text(polish("Your choice is stored"))
    assert opt_outs() == ["event"]
    traveller.look("the opt-out page afterwards")


def polish(words: str) -> str:
    """Return what a page says to Zofia, who reads Polish."""
    return translate(say(words), "pl")


def opt_outs() -> list[str]:
    """Return how far people said stop."""
    db.session.rollback()
    return list(db.session.scalars(select(OptOut.scope)))


def send_another(traveller: Traveller) -> None:
    """Copy the letter, pick the same people, and see that one of them has opted out."""
    page = traveller.page
    page.goto(f"{traveller.base}/letters")
    traveller.follow("What to bring")
    traveller.press("Make a copy")
    expect(page.get_by_text("This is the copy.")).to_be_visible()
    page.get_by_label("Subject").fill("{{ event.name }}: one thing more")
    traveller.press("It is ready")
    expect(page.get_by_text("The letter is ready.")).to_be_visible()
    traveller.go("Audience")
    result = pick_everybody(traveller)
    expect(result).to_contain_text(f"{PEOPLE - 1} people get it")
    left_out = result.get_by_role("group").filter(has_text="opted out")
    expect(left_out).to_contain_text("1")
    left_out.locator("summary").click()
    expect(left_out.get_by_text("Zofia Nowak")).to_be_visible()
    traveller.look("the picker")


def find_in_log(traveller: Traveller) -> None:
    """Find somebody's letters by the address, and read one exactly as it was sent."""
    page = traveller.page
    page.goto(f"{traveller.base}/log")
    page.get_by_label("Name or address").fill(ZOFIA)
    traveller.press("Show")
    rows = page.get_by_role("region", name="Letters").get_by_role("row").filter(has_text=ZOFIA)
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Skipped")
    expect(rows.nth(1)).to_contain_text("Sent")
    traveller.look("the log")
    rows.nth(1).get_by_role("link", name="Zofia Nowak").click()
    copy = page.frame_locator("iframe.letter-frame")
    expect(copy.get_by_text("Good day Zofia Nowak! Bring a warm coat & a laptop.")).to_be_visible()
    traveller.look("the letter as it was sent")


def test_from_a_register_to_the_letter_after_an_opt_out(
    traveller: Traveller, machinery: Machinery, database: Session, tmp_path: Path
) -> None:
    sign_in_by_page(traveller.page, traveller.base, "ola@example.org")
    traveller.look("home")
    import_people(traveller, tmp_path)
    compose(traveller)
    traveller.go("Audience")
    expect(pick_everybody(traveller)).to_contain_text(f"{PEOPLE} people get it")
    traveller.look("the picker")
    preview(traveller, machinery)
    send_and_watch(traveller, PEOPLE, {"Sent": 4, "Skipped": 0, "Failed": 0, "Remaining": 0, "= Audience": 4})
    wait_until(lambda: letters_to(machinery, ZOFIA), what="the letter to Zofia")
    read_and_opt_out(traveller)
    send_another(traveller)
    send_and_watch(traveller, 3, {"Sent": 3, "Skipped": 1, "Failed": 0, "Remaining": 0, "= Audience": 4})
    wait_until(
        lambda: letters_to(machinery, "taro@example.org")[1:], what="the second letter to somebody else"
    )
    assert len(letters_to(machinery, ZOFIA)) == 1, "who has opted out gets nothing more"
    find_in_log(traveller)
    assert traveller.heard == []

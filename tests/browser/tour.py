"""The guided tour through the demo: what each stop presses, and what it then sees."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.looking import Traveller, find_obstacles

Enter = Callable[
    [str], Traveller
]  # signs the account of an address in, in a window of its own; nobody for ""


def open_host(traveller: Traveller, place: str) -> Page:
    """Open the application to host for a place from the queue."""
    page = traveller.page
    page.goto(f"{traveller.base}/host-applications")
    row = page.get_by_role("region", name="Applications").get_by_role("row").filter(has_text=place)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(place.partition(",")[0])
    return page


def accept(traveller: Traveller, earlier: str = "") -> None:
    """Accept the application that is open, as an edition after an earlier one, with the mailbox that is proposed."""
    page = traveller.page
    page.get_by_role("link", name="Accept", exact=True).click()
    page.wait_for_url("**/accept")
    if earlier:
        with page.expect_response(lambda answer: "/accept" in answer.url):  # the mailbox depends on it
            page.get_by_label(earlier).check()
    page.locator("[data-field=mailbox]").get_by_role("radio").first.check()
    traveller.look("accepting")
    traveller.press(re.compile("^Accept and promise"))
    expect(page.locator("[data-state=accepted]")).to_be_visible()
    expect(page.get_by_text("Nobody has been told yet.")).to_be_visible()
    page.wait_for_load_state()  # questions are asked by the page's script


def decide_a_clash(enter: Enter) -> None:
    """Support: two groups want one city; one is put on hold with a comment, the other accepted, and that undone."""
    support = enter("support@demo.test")
    page = open_host(support, "Krakow, Poland")
    expect(page.locator("[data-clash=same_place_application]")).to_contain_text("Kraków")
    support.look("an application with a clash")
    page.get_by_label("Comment").fill("Another group was first; we ask both to talk.")
    support.press("Put on hold")
    expect(page.locator("[data-state=on_hold]")).to_be_visible()
    expect(page.get_by_text("we ask both to talk")).to_be_visible()

    page = open_host(support, "Kraków, PL")
    accept(support, "Code Circle Kraków #3")
    support.press(re.compile("^Undo"))
    expect(page.locator("[data-state=in_review]")).to_be_visible()


def announce(traveller: Traveller, count: int) -> None:
    """Say the number where it is asked for, and announce."""
    expect(traveller.page.get_by_role("button", name=f"Announce to {count}")).to_be_visible()
    number = traveller.page.get_by_label(f"Type {count} to go on")
    if number.count():
        number.fill(str(count))
    traveller.press(f"Announce to {count}")


def announce_in_cairo(enter: Enter) -> None:
    """Omar: read what the decided will read, in Arabic; test it, announce, take it back, announce again."""
    omar = enter("omar@cairo.test")
    page = omar.page
    omar.follow(re.compile("^Look and announce"))
    seen = {"Accepted": 40, "Waiting list": 10, "Rejected": 13, "Cannot be written to": 1}
    for words, count in seen.items():
        expect(page.locator(".stat", has_text=words)).to_contain_text(str(count))
    letter = page.locator("details.sheet[open] .letter-text")
    assert re.search("[\u0600-\u06ff]", letter.inner_text()), "the letter is in Arabic"
    omar.look("the look before announcing")
    page.get_by_role("button", name="Test to me").first.click()
    expect(page.get_by_text("It is on its way to you.")).to_be_visible()
    announce(omar, 63)
    expect(page.get_by_text("Nothing has left yet.")).to_be_visible()
    omar.look("an announcement that is held")
    omar.press(re.compile("^Undo"))
    expect(page.get_by_text("Taken back. Nobody was told.")).to_be_visible()
    page.goto(f"{omar.base}/")
    omar.follow(re.compile("^Look and announce"))
    announce(omar, 63)
    expect(page.locator("[data-count=total]")).to_have_text("64")  # one row says why it is skipped


def invite_the_next(enter: Enter) -> None:
    """Ola: eight places are free; the next eight of the waiting list are told, and nobody else."""
    ola = enter("ola@krakow.test")
    page = ola.page
    ola.follow(re.compile("^Invite the next"))
    expect(page.get_by_role("heading", name="8 places free, 18 waiting")).to_be_visible()
    ola.look("the places that are free")
    ola.press("Invite the next 8")
    announce(ola, 8)
    expect(page.locator("[data-count=total]")).to_have_text("8")


def answer_an_invitation(enter: Enter) -> None:
    """An applicant: looking stores nothing; yes, then no, and the page says each time what is stored."""
    admin = enter("admin@demo.test")
    page = admin.page
    page.goto(f"{admin.base}/reviewing")
    admin.follow("Data Basics, Leeds")
    page.get_by_label("Views").get_by_role("link", name=re.compile("^Invited")).click()
    page.get_by_role("region", name="Applications").get_by_role("row").nth(1).get_by_role("link").click()
    admin.follow("Everything about them")
    admin.look("everything about somebody")
    page.goto(f"{admin.base}{letter_of(page)}?show=text")
    found = re.search(r"/rsvp/[\w-]+", page.locator(".letter-text").inner_text())
    assert found, "the letter has its link"

    guest = enter("").page
    guest.goto(admin.base + found.group())
    stored = guest.locator("[data-stored]")
    expect(stored).to_have_attribute("data-stored", "invited")
    for answer, name in (
        ("yes", "Yes, I am coming"),
        ("no", "No, I cannot come"),
        ("yes", "Yes, I am coming"),
    ):
        guest.get_by_role("button", name=name).click()
        expect(stored).to_have_attribute("data-stored", answer)
    assert find_obstacles(guest) == []


def letter_of(page: Page) -> str:
    """Return the address of the letter that offered somebody a place, from the page about them."""
    letters = page.get_by_role("main").locator("a[href^='/log/']")
    return letters.filter(has_text=re.compile("place", re.IGNORECASE)).first.get_attribute("href") or ""


def mend_an_address(enter: Enter) -> None:
    """Support: a letter came back from a wrong address; it is corrected, and that one letter goes out again."""
    support = enter("support@demo.test")
    page = support.page
    support.look("what needs attention")
    support.follow(re.compile("^Correct the address: Lucía Paredes"))
    page.get_by_label("E-mail address").fill("lucia.paredes@gmail.example")
    support.press("Save")
    page.wait_for_url("**/log/**")
    page.locator("summary", has_text="Resend").click()
    page.get_by_role("dialog").get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("Sent again: put on the list of a new shoot.")).to_be_visible()


def accept_without_mail(enter: Enter) -> None:
    """Support, while no mail server answers: an application is accepted, and its letters are let go at once."""
    support = enter("support@demo.test")
    page = open_host(support, "Hà Nội, VN")
    accept(support)
    support.press("Send now")
    page.get_by_role("dialog").get_by_role("button", name="Send now").click()
    expect(page.get_by_text("Nobody has been told yet.")).to_have_count(0)


def postpone(enter: Enter) -> None:
    """Administrator: mail by rule with its reasons; Nairobi is postponed, and its letters get out of the way."""
    admin = enter("admin@demo.test")
    page = admin.page
    page.goto(f"{admin.base}/rules")
    for state in ("Sent", "Left out", "Missed"):
        page.get_by_label("States").get_by_role("link", name=re.compile(f"^{state}")).click()
        expect(page.get_by_role("region", name="Runs of rules").get_by_role("row").nth(1)).to_contain_text(
            state
        )
    admin.follow("Calendar")
    admin.look("the calendar of mail by rule")
    page.goto(f"{admin.base}/events/")
    admin.follow("Nairobi #2")
    admin.follow("Change")
    page.get_by_label("State").select_option(label="Postponed")
    admin.press("Save")
    page.goto(f"{admin.base}/rules")
    page.get_by_label("Event", exact=True).select_option(label="Nairobi #2")
    admin.press("Show")
    runs = page.get_by_role("region", name="Runs of rules").get_by_role("row").filter(has_text="Thank you")
    expect(runs).to_contain_text("The event is postponed.")

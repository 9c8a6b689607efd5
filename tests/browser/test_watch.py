"""Watching in a real browser: a shoot lives on its page to its end, and no page of watching is in anybody's way."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests import factories
from tests.browser.looking import find_obstacles, listen, sign_in
from tests.integration.mail.outcomes import fill_with_rows, give_outcomes, put_in_state
from tests.processes import Machinery
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.shoot import ShootSample
from webapp.mail.queries.report import get_summary
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event

LONG = 'Wilhelmina "Billie" O’Brien-Donaudampfschifffahrtsgesellschaftskapitänswitwe <b>& sons</b> 山田太郎'


def count_of(page: Page, part: str) -> int:
    """Return the number that the bar's legend shows for a part."""
    return int(re.sub(r"\D", "", page.locator(f"[data-part={part}] dd").inner_text()))


SLOW = 64  # letters of three seconds each: eight connections have them out in half a minute


def make_audience() -> Event:
    """Make an event with many whose letters take their time, and one whose letter comes back."""
    event = factories.make_event(name="Code Circle Kraków")
    for n in range(SLOW):
        factories.register(factories.make_person(f"slow+{n}@example.org", f"Slow {n}"), event)
    factories.register(factories.make_person("bounce+z@example.org", "Bouncing Betty"), event)
    return event


def watch_it_move(page: Page) -> None:
    """It begins and moves without being loaded again; what the keyboard is on stays what it is on."""
    page.evaluate("window.sameDocument = true")
    expect(page.locator("[data-part=sent] dd a")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Pause").focus()
    before = count_of(page, "sent")
    expect(page.locator("[data-part=sent] dd")).not_to_have_text(str(before), timeout=15_000)
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    expect(page).to_have_title(re.compile(r"^\d+ % · News of Code Circle Kraków"))
    assert page.evaluate("window.sameDocument")


def ask_and_leave(page: Page) -> None:
    """The question says the number it will act on; asking is not disturbed by what goes on behind it."""
    page.locator("summary", has_text="Cancel the rest").click()
    dialog = page.get_by_role("dialog", name="Cancel the rest?")
    asked = dialog.get_by_role("button", name=re.compile(r"^Cancel \d+ letters?$")).inner_text()
    expect(dialog.get_by_role("button", name=asked)).to_have_count(0, timeout=15_000)
    expect(dialog.get_by_role("button", name=re.compile(r"^Cancel \d+ letters?$"))).to_be_visible()
    page.keyboard.press("Escape")


def pause_and_resume(page: Page, shoot_id: int) -> int:
    """Pause, go on, and return how many had been sent meanwhile."""
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".watch-state")).to_contain_text("Paused")
    expect(page.locator(".watch-sum")).not_to_contain_text("being handed over", timeout=10_000)
    stopped = get_summary(SYSTEM, shoot_id).sent
    page.get_by_role("button", name="Resume").click()
    return stopped


def follow_the_failure(page: Page) -> None:
    """From the bar to the rows, to the letter."""
    page.locator("[data-part=failed] dd a").click()
    page.get_by_role("link", name="Bouncing Betty").click()
    expect(page.locator(".answer")).to_contain_text("The mailbox does not exist.")
    frame = page.frame_locator("iframe.letter-frame")
    expect(frame.locator("body")).to_contain_text("Hello Bouncing Betty!")


@pytest.mark.slow
def test_a_shoot_lives_on_its_page_to_its_end(page: Page, machinery: Machinery, database: Session) -> None:
    event = make_audience()
    organizer = factories.make_staff(Role.ORGANIZER, event=event)
    machinery.start_sink()
    machinery.start_web()
    machinery.start_worker("bulk")
    machinery.start_ticker()
    heard = listen(page)
    sign_in(page, machinery.web_url, organizer.email)
    shoot_id = factories.make_shoot(event)
    page.goto(f"{machinery.web_url}/shoots/{shoot_id}")
    watch_it_move(page)
    ask_and_leave(page)
    stopped = pause_and_resume(page, shoot_id)

    with page.expect_response(lambda answer: answer.status == 286, timeout=90_000):
        expect(page.locator(".watch-state")).to_contain_text("Completed", timeout=80_000)
    assert count_of(page, "sent") == SLOW > stopped
    assert count_of(page, "failed") == 1
    expect(page.locator(".watch-sum tfoot")).to_contain_text(str(SLOW + 1))
    assert heard == []

    follow_the_failure(page)
    assert heard == []


class Gallery:
    """Everything that watching shows, with names and outcomes that hurt."""

    def __init__(self) -> None:
        self.event = factories.make_event(name="Donaudampfschifffahrt für alle")
        factories.register(factories.make_person("long@example.org", LONG), self.event)
        factories.make_people(self.event, 8)
        self.running = self._shoot()
        give_outcomes(
            self.running,
            {
                0: ("sent", None, None),
                1: ("failed", "address", f"550 5.1.1 <{'x' * 60}@example.org> no such mailbox here"),
                2: ("deferred", None, "452 4.2.2 mailbox full"),
                3: ("uncertain", None, "The mail server hung up, after the letter was handed over."),
                4: ("skipped", "opted_out", None),
            },
        )
        with transaction() as session:
            at = get_summary(SYSTEM, self.running).created_at
            session.add_all(
                ShootSample(shoot_id=self.running, at=at.replace(microsecond=n), settled_count=n)
                for n in range(3)
            )
        self.ended = self._shoot()
        fill_with_rows(self.ended, 1500, failed_every=9)
        give_outcomes(self.ended, dict.fromkeys(range(9), ("sent", None, None)))
        put_in_state(self.ended, "completed")
        self.missed = self._shoot()
        put_in_state(self.missed, "missed")

    def _shoot(self) -> int:
        shoot_id = factories.make_shoot(self.event)
        prepare_shoot(shoot_id)
        return shoot_id

    @property
    def paths(self) -> list[str]:
        return [
            "/",
            "/shoots",
            "/shoots?state=halted",
            f"/shoots/{self.running}",
            f"/shoots/{self.ended}",
            f"/shoots/{self.missed}",
            "/log",
            "/log?state=failed&reason=address",
            "/log?search=zzzz",
            f"/log/{self.running}/0",
            f"/log/{self.running}/1?show=headers",
            f"/log/{self.running}/4",
            f"/uncertain?shoot={self.running}",
            f"/uncertain/decide?do=again&shoot={self.running}",
        ]


@pytest.mark.slow
def test_no_page_of_watching_is_in_anybodys_way(page: Page, machinery: Machinery, database: Session) -> None:
    gallery = Gallery()
    email = factories.make_staff().email
    database.rollback()  # nothing stays open while the pages are looked at
    machinery.start_web()
    sign_in(page, machinery.web_url, email)
    heard = listen(page)

    for path in gallery.paths:
        page.goto(f"{machinery.web_url}{path}")
        assert find_obstacles(page) == [], path
        assert heard == [], path

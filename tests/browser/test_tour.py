"""The guided tour through the demo, stop by stop, on the data and the processes of a real Postroom."""

import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.arrivals import arrivals
from tests.browser import tour
from tests.browser.looking import Traveller, sign_in
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.demo.data.load import load_demo
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.programme.actions.host_letters import batch_of
from webapp.programme.models.host_application import HostApplication


@pytest.fixture
def enter(browser: Browser, machinery: Machinery, database: Session) -> Iterator[tour.Enter]:
    """A Postroom with the demo's data and all its processes, and a way in for each account."""
    load_demo(password_hash=factories.password_hash(), now=now())
    machinery.start_all()
    windows: dict[str, BrowserContext] = {}

    def enter(email: str) -> Traveller:
        is_new = email not in windows
        if is_new:
            windows[email] = browser.new_context()
        traveller = Traveller(windows[email].new_page(), machinery.web_url)
        if is_new and email:
            sign_in(traveller.page, traveller.base, email)
        if email:
            traveller.page.goto(traveller.base)
        return traveller

    yield enter
    for window in windows.values():
        window.close()


def letters_of_hanoi() -> list[EmailLog]:
    """Return the letters that accepting Hà Nội has promised."""
    db.session.rollback()
    row = db.session.scalars(select(HostApplication).where(HostApplication.city == "Hà Nội")).one()
    return list(
        db.session.scalars(
            select(EmailLog).join(Shoot, Shoot.id == EmailLog.shoot_id).where(Shoot.batch == batch_of(row))
        )
    )


def read_by(machinery: Machinery, letters: list[EmailLog]) -> dict[str | None, int]:
    """Return how many letters the readers of some letters have got from the mail server."""
    got = arrivals(machinery)
    return {letter.address: got[letter.address or ""] for letter in letters}


@pytest.mark.slow
def test_the_guided_tour(enter: tour.Enter, machinery: Machinery) -> None:
    sink = machinery.processes[0]
    tour.decide_a_clash(enter)
    tour.announce_in_cairo(enter)
    tour.invite_the_next(enter)
    tour.answer_an_invitation(enter)
    tour.mend_an_address(enter)
    wait_until(
        lambda: machinery.inbox.page(recipient="lucia.paredes@gmail.example"),
        seconds=60,
        what="the letter again",
    )
    sink.send_signal(signal.SIGTERM)
    sink.wait(timeout=15)
    tour.accept_without_mail(enter)
    wait_until(
        lambda: any(letter.attempt for letter in letters_of_hanoi()),
        seconds=60,
        what="a try that does not get through",
    )
    machinery.start_sink()
    with transaction() as session:  # do not wait for the end of the pause
        session.execute(update(EmailLog).where(EmailLog.next_at.is_not(None)).values(next_at=func.now()))
    promised = Counter(letter.address for letter in letters_of_hanoi())
    assert sum(promised.values()) >= 4, "to each organizer the good news and an invitation"
    wait_until(
        lambda: all(letter.state == "sent" for letter in letters_of_hanoi()),
        seconds=90,
        what=f"the letters\n{machinery.logs()}",
    )
    wait_until(lambda: read_by(machinery, letters_of_hanoi()) == promised, what="every letter, once")
    tour.postpone(enter)

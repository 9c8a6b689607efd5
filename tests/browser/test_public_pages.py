"""Public pages as strangers meet them: the wizard by keyboard alone, applying and answering in Arabic on a phone."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests import factories
from tests.browser.looking import Traveller, find_barriers, is_cut_off, listen
from tests.factories_attend import make_form, tell
from tests.factories_host import make_hosting_programme
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.attend_forms import add_question
from webapp.programme.domain.attend_questions import Asked, Condition, QuestionKind
from webapp.programme.models.application import Application
from webapp.programme.models.host_application import HostApplication


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    """The address of a web server."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def type_at(page: Page, label: str, words: str) -> None:
    """Go to a field by the tabulator, as somebody without a mouse does, and type."""
    field = page.get_by_label(label, exact=True).last
    for _ in range(30):
        if field.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.type(words)


def send(page: Page, button: str, sign: Locator) -> None:
    """Press a button until it was obeyed: whoever sends at once is taken for a machine, and asked to press again."""

    def press() -> bool:
        page.get_by_role("button", name=button).press("Enter")
        page.wait_for_load_state()
        return sign.is_visible()

    wait_until(press, every=0.5, what=button)


def begin(page: Page, event_name: str) -> None:
    """Say that it is the first time, after having looked at the other answer."""
    last = page.get_by_label("Which one was the last?")
    expect(last).to_be_hidden()
    page.get_by_label("No, this is the first one").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(last).to_be_visible()
    expect(last.locator("option")).to_have_text(["–", event_name])
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")


def name_team(page: Page) -> None:
    """Name two organizers."""
    type_at(page, "Name", "Zofia Nowak")
    type_at(page, "E-mail address", "zofia@example.org")
    page.get_by_role("button", name="Add another organizer").press("Enter")
    expect(page.get_by_text("Organizer 2", exact=True)).to_be_visible()
    type_at(page, "Name", "Jan Wójcik")
    type_at(page, "E-mail address", "jan@example.org")


def say_where(page: Page) -> None:
    """Say where and when; only what is asked of such an event is there to be answered."""
    venue = page.get_by_label("Where could it take place?")
    expect(venue).to_be_hidden()
    page.get_by_label("In a place").press("Space")
    expect(venue).to_be_visible()
    expect(page.get_by_label("Which tools would you use?")).to_be_hidden()
    type_at(page, "City", "Kraków")
    type_at(page, "Country", "Poland")
    type_at(page, "Month", "Sep")
    type_at(page, "Year", str(now().year + 1))


def test_the_wizard_by_keyboard_to_the_end(page: Page, base: str, database: Session) -> None:
    programme = make_hosting_programme(slug="circle", name="Code Circle")
    held = factories.make_event(programme, name="Kraków #2", state="archived", starts_on=now().date())
    traveller, heading = Traveller(page, base), page.get_by_role("heading", level=1)
    page.goto(f"{base}/host/circle")
    traveller.look("start")
    begin(page, held.name)
    expect(heading).to_have_text("About you")
    traveller.look("about you")
    type_at(page, "Tell us about you", "We teach.")
    type_at(page, "Why do you want to organize it?", "Because nobody else does.")
    page.get_by_role("button", name="Save and go on").press("Enter")
    expect(heading).to_have_text("Organizers")
    name_team(page)
    traveller.look("organizers")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Place and date")
    say_where(page)
    traveller.look("place and date")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Check and send")
    expect(page.get_by_role("main")).to_contain_text(f"September {now().year + 1}")
    traveller.look("check")
    traveller.heard.clear()  # a refused sending is a 422, which the browser mentions
    send(page, "Send the application", page.get_by_role("heading", name="Your application has arrived"))
    assert find_barriers(page) == []
    database.rollback()
    assert database.scalars(select(HostApplication.city)).all() == ["Kraków"]


def test_applying_and_answering_in_arabic_on_a_phone(page: Page, base: str, database: Session) -> None:
    factories.make_sender()
    event = factories.make_event(
        slug="cairo", name="القاهرة #2", locale="ar", timezone="Africa/Cairo", city="القاهرة"
    )
    make_form(event, closes_at=now() + timedelta(days=9))
    only = Condition("operating_system", ("Linux",))
    add_question(
        scope=SYSTEM, event_id=event.id, question=Asked("", "أي توزيعة؟", QuestionKind.SHORT, condition=only)
    )
    heard = listen(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base}/events/cairo/apply")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    assert find_barriers(page) == []
    expect(page.get_by_label("أي توزيعة؟")).to_be_hidden()
    page.get_by_label("Linux").check()
    expect(page.get_by_label("أي توزيعة؟")).to_be_visible()
    page.get_by_label("ما اسمك؟").fill("ليلى حسن")
    page.get_by_label("عنوان بريدك الإلكتروني").fill("layla@example.org")
    send(page, "إرسال الطلب", page.get_by_text("يرجى الإجابة عن هذا السؤال.").first)
    expect(page.get_by_label("ما اسمك؟")).to_have_value("ليلى حسن")
    expect(page.get_by_label("أي توزيعة؟")).to_be_visible()
    assert find_barriers(page) == []
    assert not is_cut_off(page)
    page.get_by_label("من أين ستأتي؟").fill("الجيزة")
    page.get_by_label("أنا مبتدئ تمامًا").check()
    page.get_by_label("ماذا تعمل حاليًا؟").fill("طالبة")
    page.get_by_label("لماذا تريد المشاركة؟").fill("أريد أن أتعلم.")
    page.get_by_label("يجوز حفظ إجاباتي وأن يقرأها من يُعدّون الفعالية").check()
    page.get_by_label("قرأت قواعد السلوك وسألتزم بها").check()
    page.get_by_role("button", name="إرسال الطلب").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("شكرًا لك!")

    database.rollback()
    application = database.scalars(select(Application)).one()
    tell(application)
    page.goto(f"{base}/rsvp/{application.token}")
    expect(page.get_by_role("status")).to_contain_text("لم تُجب بعد")
    assert find_barriers(page) == []
    page.get_by_role("button", name="نعم، سأحضر").click()
    expect(page.get_by_role("status")).to_contain_text("سُجّل: نعم، ستحضر.")
    assert not is_cut_off(page)
    page.get_by_role("link", name="طلبك").click()
    expect(page.get_by_role("main")).to_contain_text("أنا مبتدئ تمامًا")
    assert find_barriers(page) == []
    assert [said for said in heard if "422" not in said] == []

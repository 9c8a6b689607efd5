"""The public pages of applying: nothing lost, looking never acts, one answer stored, nobody learns anything."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import ANSWERS, letters, make_application, make_form, tell
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.transaction import transaction
from webapp.programme.models.application import Application
from webapp.programme.models.programme import Event
from webapp.web.extensions import limiter
from webapp.web.public.attend import STAMP
from webapp.web.public.form_guard import TRAP, make_stamp

APPLY = "/events/krakow-3/apply"


@pytest.fixture
def event(database: Session) -> Event:
    factories.make_sender()
    event = factories.make_event(slug="krakow-3", name="Kraków #3", capacity=1)
    make_form(event, intro="<p>Welcome!</p>")
    return event


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


def filled_in(visitor: Visitor, *, age: int = 60, **answers: object) -> dict[str, object]:
    """Return a filled-in form of somebody who has had the page open for some seconds."""
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(APPLY).text)
    assert csrf
    given = {f"q_{key}": value for key, value in {**ANSWERS, **answers}.items()}
    return {"csrf_token": csrf[1], "token": make_stamp(STAMP, now() - timedelta(seconds=age)), **given}


def applications(database: Session) -> int:
    database.rollback()
    return database.scalar(select(func.count()).select_from(Application)) or 0


def test_somebody_applies_without_scripts(event: Event, visitor: Visitor, database: Session) -> None:
    page = visitor.get(APPLY)
    assert page.status_code == 200
    assert "<p>Welcome!</p>" in page.text
    assert "<script" not in page.text
    form = filled_in(visitor)
    for _ in range(2):
        answer = visitor.post(APPLY, form)
        assert (answer.status_code, answer.location) == (303, "/events/krakow-3/applied")
    assert "on its way" in visitor.get(answer.location).text
    assert applications(database) == 1
    again = visitor.post(APPLY, filled_in(visitor, email=[" ANA@Example.org"]))
    assert "has applied already" in visitor.get(again.location).text
    assert applications(database) == 1
    assert len(letters()) == 2


def test_what_was_typed_is_never_lost(event: Event, visitor: Visitor, database: Session) -> None:
    words = 'Because of <b>"love"</b> & نور'
    refused = [
        (filled_in(visitor, why=[words], email=["nobody"], data_consent=[]), 422, "Please look at"),
        ({**filled_in(visitor, why=[words]), "csrf_token": "x"}, 422, "open for a long time"),
        ({**filled_in(visitor, why=[words]), "token": "x"}, 422, "open for a long time"),
        ({**filled_in(visitor, why=[words]), TRAP: "http://spam.example"}, 422, "has to stay empty"),
        (filled_in(visitor, why=[words], age=0), 422, "Look over your answers"),
    ]
    for form, status, sentence in refused:
        answer = visitor.post(APPLY, form)
        assert (answer.status_code, sentence in answer.text) == (status, True), sentence
        assert f"\n{words}</textarea>" in unescape(answer.text)
        assert re.search(r'value="Linux" checked', answer.text)
        assert re.search(r'value="I am a complete beginner" checked', answer.text)
    assert applications(database) == 0

    first = visitor.post(APPLY, refused[0][0]).text
    assert 'id="q_email-error"' in first
    assert 'id="q_data_consent-error"' in first
    assert 'id="q_why-error"' not in first
    with transaction():
        event.state = "closed"
    late = visitor.post(APPLY, filled_in_closed(refused[4][0]))
    assert (late.status_code, words in unescape(late.text)) == (409, True)


def filled_in_closed(form: dict[str, object]) -> dict[str, object]:
    """Return a form that was opened while it still could be."""
    return {**form, "token": make_stamp(STAMP, now() - timedelta(minutes=5))}


def test_too_many_tries_lose_nothing_either(event: Event, visitor: Visitor, database: Session) -> None:
    form = filled_in(visitor, why=["Kept words"], email=["nobody"])
    limiter.enabled = True
    try:
        statuses = [visitor.post(APPLY, form).status_code for _ in range(13)]
        last = visitor.post(APPLY, form)
    finally:
        limiter.enabled = False
    assert statuses[:12] == [422] * 12
    assert (statuses[12], last.status_code, "Kept words" in last.text) == (429, 429, True)


@pytest.mark.parametrize(
    ("hours", "words"), [((1, None), "open on"), ((-2, -1), "were taken until"), ((None, None), "takes no")]
)
def test_a_form_that_is_not_open_says_why(
    database: Session, visitor: Visitor, hours: tuple[int | None, int | None], words: str
) -> None:
    opens, closes = (now() + timedelta(hours=h) if h is not None else None for h in hours)
    event = factories.make_event(slug="krakow-3", timezone="America/Sao_Paulo")
    make_form(event, is_open=False, opens_at=opens, closes_at=closes)
    page = visitor.get(APPLY)
    assert page.status_code == 200
    assert words in page.text
    assert "<form" not in page.text
    if opens:
        assert "Brasilia Standard Time" in page.text
    assert visitor.get("/events/nowhere/apply").status_code == 404


def test_a_form_in_arabic_runs_from_right_to_left(database: Session, visitor: Visitor) -> None:
    make_form(factories.make_event(slug="krakow-3", locale="ar"), intro="<p>أهلا</p>")
    assert '<div class="intro" lang="ar" dir="rtl"><p>أهلا</p></div>' in visitor.get(APPLY).text


@pytest.mark.contract
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_contract_13_looking_at_an_rsvp_link_changes_nothing(event: Event, app: Flask, method: str) -> None:
    row = tell(make_application(event))
    before = fingerprint()
    for address in (f"/rsvp/{row.token}", f"/applications/{row.token}", APPLY):
        answer = Visitor(app, keeps_cookies=False).open(address, method)
        assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert fingerprint() == before


@pytest.mark.contract
def test_contract_13_yes_then_no_stores_no_and_the_page_says_so(
    event: Event, app: Flask, database: Session
) -> None:
    row = tell(make_application(event))
    visitor, address = Visitor(app, keeps_cookies=False), f"/rsvp/{row.token}"
    first = visitor.get(address)
    assert "You have not answered yet" in first.text
    assert 'value="yes"' in first.text
    assert 'value="no"' in first.text
    for answer, words in (("yes", "Stored: yes"), ("no", "Stored: no"), ("no", "Stored: no")):
        done = visitor.post(address, {"answer": answer})
        assert (done.status_code, done.location) == (303, address)
        page = visitor.get(address)
        assert words in page.text
        assert f'data-stored="{answer}"' in page.text
        database.rollback()
        assert row.rsvp == answer
    assert "not coming" in visitor.get(f"/applications/{row.token}").text


@pytest.mark.contract
@pytest.mark.parametrize(
    ("decision", "words"),
    [("rejected", "no place for you"), ("waitlisted", "waiting list"), ("undecided", "not been decided")],
)
def test_contract_13_who_has_no_place_is_told_and_stores_nothing(
    event: Event, app: Flask, database: Session, decision: str, words: str
) -> None:
    row = tell(make_application(event), decision)
    visitor, address, before = Visitor(app, keeps_cookies=False), f"/rsvp/{row.token}", fingerprint()
    assert words in visitor.get(address).text
    assert "<form" not in visitor.get(address).text
    for answer in ("yes", "no"):
        refused = visitor.post(address, {"answer": answer})
        assert (refused.status_code, words in refused.text) == (409, True)
        assert "No answer is stored" in refused.text
    assert fingerprint() == before


@pytest.mark.contract
def test_contract_13_after_the_deadline_the_answer_stands(
    event: Event, app: Flask, database: Session
) -> None:
    row = tell(make_application(event), rsvp="yes", rsvp_deadline=now() - timedelta(minutes=1))
    visitor, before = Visitor(app, keeps_cookies=False), fingerprint()
    refused = visitor.post(f"/rsvp/{row.token}", {"answer": "no"})
    assert (refused.status_code, "Stored: yes" in refused.text) == (409, True)
    assert fingerprint() == before


def test_the_last_place_is_not_given_twice(event: Event, app: Flask, database: Session) -> None:
    mine = tell(make_application(event), rsvp="no")
    tell(make_application(event), rsvp="yes")
    refused = Visitor(app).post(f"/rsvp/{mine.token}", {"answer": "yes"})
    assert (refused.status_code, "All places are taken" in refused.text) == (409, True)
    assert "Stored: no" in refused.text


@pytest.mark.parametrize("data", [{}, {"answer": "perhaps"}, {"answer": "expired"}])
def test_a_damaged_answer_changes_nothing(event: Event, app: Flask, data: dict[str, str]) -> None:
    row = tell(make_application(event))
    before = fingerprint()
    answer = Visitor(app).post(f"/rsvp/{row.token}", data)
    assert (answer.status_code, "nothing was changed" in answer.text) == (422, True)
    assert fingerprint() == before


def test_the_status_page_shows_what_is_kept_and_lets_withdraw(
    event: Event, app: Flask, database: Session
) -> None:
    row = tell(make_application(event, why=["<b>Eve</b> http://evil.example"]))
    visitor, address = Visitor(app, keeps_cookies=False), f"/applications/{row.token}"
    page = visitor.get(address)
    assert "There is a place for you" in page.text
    assert "&lt;b&gt;Eve&lt;/b&gt; http://evil.example" in page.text
    assert 'href="http://evil.example' not in page.text
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Cache-Control"] == "no-store"
    asked = visitor.post(f"{address}/withdraw")
    assert (asked.status_code, "Really take" in asked.text) == (200, True)
    database.rollback()
    assert row.withdrawn_at is None
    for _ in range(2):
        assert visitor.post(f"{address}/withdraw", {"confirmed": "1"}).status_code == 303
    database.rollback()
    assert row.withdrawn_at is not None
    assert "Withdrawn on" in visitor.get(address).text
    assert visitor.post(f"/rsvp/{row.token}", {"answer": "yes"}).status_code == 409


def test_links_that_are_not_ours_tell_nothing(event: Event, app: Flask) -> None:
    row = tell(make_application(event))
    visitor = Visitor(app)
    pages = set()
    for token in ("x", (row.token or "")[:-2], f"{row.token}A", "A" * 3000):
        for address in (f"/applications/{token}", f"/rsvp/{token}"):
            answer = visitor.get(address)
            assert answer.status_code == 404
            pages.add(answer.text)
            assert visitor.post(f"/rsvp/{token}", {"answer": "yes"}).status_code == 404
            assert visitor.post(f"/applications/{token}/withdraw", {"confirmed": "1"}).status_code == 404
    assert len(pages) == 1

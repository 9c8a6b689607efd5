"""The whole way of applying to host, as somebody without an account and without scripts goes it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests import factories
from tests.factories_host import apply_to_host, make_hosting_programme, set_state_of_programme
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.programme.actions.host_drafts import begin_draft
from webapp.programme.models.host_application import HostApplication, HostDraft
from webapp.programme.models.programme import Programme
from webapp.programme.queries.host import find_host_people
from webapp.programme.queries.host_links import make_host_token
from webapp.web.extensions import limiter
from webapp.web.public.form_guard import make_stamp
from webapp.web.public.host_desk import STAMP

FAR = now() + timedelta(days=200)
TEAM = {
    "organizers-0-name": "Zofia Nowak",
    "organizers-0-email": "zofia@example.org",
    "organizers-1-name": "Jan Wójcik",
    "organizers-1-email": "jan@example.org",
}
PLACE = {
    "format": "in_person",
    "city": "Łódź",
    "country": "Poland",
    "date_day": "",
    "date_month": str(FAR.month),
    "date_year": str(FAR.year),
    "venue": "The <b>library</b>",
    "tools": "Not asked for in a place",
}


@pytest.fixture
def programme(app: Flask, database: Session) -> Programme:
    return make_hosting_programme()


class Applicant(Visitor):
    """Somebody who applies to one programme."""

    def __init__(self, app: Flask, programme: Programme) -> None:
        super().__init__(app)
        self.base = f"/host/{programme.slug}"

    def step(self, name: str, go: str = "next", **words: str) -> TestResponse:
        """Fill in a step and press a button."""
        return self.submit(f"{self.base}/{name}", {**words, "go": go}, seen_at=f"{self.base}/returning")

    def fill_in(self, **changes: str) -> None:
        """Go as far as the last step."""
        assert self.step("returning", is_returning="no").location == f"{self.base}/about"
        answer = self.step("about", about="We teach.", why="It was missing here.")
        assert answer.location == f"{self.base}/organizers"
        assert self.step("organizers", **TEAM).location == f"{self.base}/place"
        assert self.step("place", **{**PLACE, **changes}).location == f"{self.base}/check"

    def send(self, **changes: str) -> TestResponse:
        """Send it, having read the last page for a minute."""
        token = make_stamp(STAMP, now() - timedelta(minutes=1))
        return self.submit(
            f"{self.base}/check", {"token": token, **changes}, seen_at=f"{self.base}/returning"
        )


def sent() -> list[HostApplication]:
    db.session.rollback()
    return list(db.session.scalars(select(HostApplication).order_by(HostApplication.id)))


def drafts() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(HostDraft)) or 0


def test_the_whole_way(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    assert visitor.get("/host/").location == visitor.base
    assert visitor.get(visitor.base).location == f"{visitor.base}/returning"
    visitor.fill_in()
    page = visitor.get(f"{visitor.base}/check").text
    assert "The &lt;b&gt;library&lt;/b&gt;" in page
    assert "jan@example.org" in page
    answer = visitor.send()
    assert (answer.status_code, answer.location) == (303, f"{visitor.base}/thanks")
    (row,) = sent()
    assert row.reference in visitor.get(answer.location).text
    assert (row.city, row.date_precision, row.answers["about"]) == ("Łódź", "month", "We teach.")
    assert "tools" not in row.answers
    assert [draft.answers for draft in db.session.scalars(select(HostDraft))] == [{}]


def test_who_has_organized_before_is_asked_less(app: Flask, programme: Programme) -> None:
    event = factories.make_event(programme, starts_on=(now() - timedelta(days=400)).date())
    visitor = Applicant(app, programme)
    refused = visitor.step("returning", is_returning="yes", previous_event="")
    assert refused.status_code == 422
    assert "Choose the event that you organized." in refused.text
    answer = visitor.step("returning", is_returning="yes", previous_event=str(event.id))
    assert answer.location == f"{visitor.base}/organizers"
    assert visitor.get(f"{visitor.base}/about").location == f"{visitor.base}/organizers"
    visitor.step("organizers", **TEAM)
    visitor.step("place", **PLACE)
    assert visitor.send().location == f"{visitor.base}/thanks"
    assert [(row.is_returning, row.claimed_event_id) for row in sent()] == [(True, event.id)]


@pytest.mark.parametrize(
    ("step", "words", "says"),
    [
        ("returning", {}, "Choose yes or no."),
        ("about", {"about": "", "why": "My own words"}, "Write a few words."),
        ("about", {"about": "a" * 10_001, "why": "My own words"}, "At most 10,000 characters"),
        ("organizers", {**TEAM, "organizers-1-email": "My own words"}, "@"),
        ("place", {**PLACE, "city": "My own words", "date_month": ""}, "at least the month and the year"),
        ("place", {**PLACE, "city": "My own words", "date_year": "2001"}, "This date is over."),
        ("place", {**PLACE, "city": "My own words", "date_day": "31", "date_month": "2"}, "no such day"),
        ("place", {**PLACE, "city": "My own words", "format": "hybrid"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_is_kept(
    app: Flask, programme: Programme, step: str, words: dict[str, str], says: str
) -> None:
    visitor = Applicant(app, programme)
    visitor.step("returning", is_returning="no")
    answer = visitor.step(step, **words)
    assert answer.status_code == 422
    assert re.search(rf'field-error"[^>]*>.*?{re.escape(says)}', unescape(answer.text), re.S)
    if step != "returning":
        assert "My own words" in answer.text
        assert "My own words" in visitor.get(f"{visitor.base}/{step}").text
        assert visitor.get(f"{visitor.base}/check").status_code == 303


def test_rows_come_and_go_by_buttons(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    visitor.step("returning", is_returning="no")
    page = f"{visitor.base}/organizers"
    assert visitor.step("organizers", go="add", **TEAM).location == page
    assert 'name="organizers-2-email"' in visitor.get(page).text
    visitor.step("organizers", go="remove-0", **TEAM)
    text = visitor.get(page).text
    assert ("zofia@example.org" in text, "jan@example.org" in text) == (False, True)
    rows = {f"organizers-{n}-{what}": "" for n in range(10) for what in ("name", "email")}
    visitor.step("organizers", go="add", **rows)
    assert 'name="organizers-10-email"' not in visitor.get(page).text
    visitor.step("organizers", **{**rows, **TEAM})
    assert 'name="organizers-2-email"' not in visitor.get(page).text


def test_back_keeps_what_was_typed(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    visitor.step("returning", is_returning="no")
    answer = visitor.step("about", go="back", about="Half a sentence")
    assert answer.location == f"{visitor.base}/returning"
    assert "Half a sentence" in visitor.get(f"{visitor.base}/about").text


def test_a_refusal_of_the_rules_leads_to_its_step(app: Flask, programme: Programme) -> None:
    first, again = Applicant(app, programme), Applicant(app, programme)
    first.fill_in()
    first.send()
    again.fill_in()
    refused = again.send()
    assert refused.status_code == 422
    assert "You already have an open application" in refused.text
    assert f'href="{again.base}/organizers#organizers-0-email"' in refused.text
    page = again.get(f"{again.base}/organizers").text
    assert re.search(r'id="organizers-0-email-error".*You already have an open application', page, re.S)
    again.step("organizers", **{**TEAM, "organizers-0-email": "other@example.org"})
    assert "open application" not in again.get(f"{again.base}/check").text
    assert again.send().location == f"{again.base}/thanks"
    assert len(sent()) == 2


def test_one_address_twice_is_refused_with_its_field(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    visitor.fill_in()
    visitor.step("organizers", **{**TEAM, "organizers-1-email": "ZOFIA@example.org"})
    assert f'href="{visitor.base}/organizers#organizers-1-email"' in visitor.send().text
    assert "This address is there twice" in visitor.get(f"{visitor.base}/organizers").text


def test_sending_twice_is_one_application(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    visitor.fill_in()
    assert [visitor.send().location for _ in range(3)] == [f"{visitor.base}/thanks"] * 3
    assert visitor.step("place", **PLACE).location == f"{visitor.base}/thanks"
    assert len(sent()) == 1
    visitor.step("returning", is_returning="no")
    assert "We teach." not in visitor.get(f"{visitor.base}/about").text
    assert drafts() == 2


def test_going_on_elsewhere_by_the_link(app: Flask, programme: Programme) -> None:
    here, there = Applicant(app, programme), Applicant(app, programme)
    here.step("returning", is_returning="no")
    here.step("about", about="We teach.", why="So.")
    page = here.get(f"{here.base}/organizers").text
    link = re.search(r'href="http://localhost(/host/[^"]*/resume/[^"]+)"', page)
    assert link
    answer = there.get(link[1])
    assert there.get(answer.location).location == f"{there.base}/organizers"
    assert "We teach." in there.get(f"{there.base}/about").text
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", f"Path={there.base}"} <= set(cookie.split("; "))
    assert Visitor(app).get(f"{here.base}/resume/nobodys").status_code == 404
    token = link[1].rpartition("/")[2]
    assert token not in {draft.token for draft in db.session.scalars(select(HostDraft))}
    with transaction() as session:
        session.scalars(select(HostDraft)).one().updated_at = now() - timedelta(days=31)
    assert Visitor(app).get(link[1]).status_code == 404
    begin_draft(programme_id=programme.id, locale="en", now=now())
    assert drafts() == 1


def test_a_draft_of_one_programme_is_none_of_another(app: Flask, programme: Programme) -> None:
    other, visitor = make_hosting_programme(), Applicant(app, programme)
    visitor.step("returning", is_returning="no")
    link = re.search(r"/resume/([\w-]+)", visitor.get(f"{visitor.base}/about").text)
    assert link
    assert visitor.get(f"/host/{other.slug}/resume/{link[1]}").status_code == 404
    assert visitor.get("/host/").text.count('href="/host/') == 2


def test_nobody_applies_where_it_is_closed(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    visitor.fill_in()
    set_state_of_programme(programme, is_hosting_open=False)
    assert {visitor.get(visitor.base + page).status_code for page in ("", "/check", "/thanks")} == {404}
    assert {visitor.post(f"{visitor.base}/{step}").status_code for step in ("check", "place")} == {404}
    assert visitor.get("/host/nobody/returning").status_code == 404
    assert "Nobody can apply at the moment" in visitor.get("/host/").text
    assert sent() == []


def test_machines_and_foreign_forms_are_told_apart(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    trapped = visitor.step("returning", is_returning="no", website="https://spam.example")
    assert trapped.status_code == 422
    foreign = visitor.post(f"{visitor.base}/returning", {"is_returning": "no"})
    assert foreign.status_code == 422
    assert drafts() == 0
    assert visitor.get(f"{visitor.base}/secret").status_code == 404
    visitor.fill_in()
    assert visitor.send(token=make_stamp(STAMP, now())).status_code == 422
    assert visitor.send(token="forged").status_code == 422
    assert visitor.send(website="x").status_code == 422
    assert visitor.post(f"{visitor.base}/check").status_code == 422
    assert sent() == []


def test_too_often_keeps_what_was_typed(app: Flask, programme: Programme) -> None:
    visitor = Applicant(app, programme)
    visitor.fill_in()
    limiter.enabled = True
    limiter.reset()
    try:
        answers = [visitor.send(token="forged") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [422] * 10 + [429]
        assert "wait a minute" in answers[-1].text
    finally:
        limiter.reset()
        limiter.enabled = False


def test_the_status_page_and_withdrawing(app: Flask, programme: Programme) -> None:
    done = apply_to_host(programme)
    row = db.session.get_one(HostApplication, done.application_id)
    second = find_host_people(row.id)[1].id
    page = f"/host-status/{make_host_token(row.id, row.lead_person_id)}"
    visitor = Visitor(app, keeps_cookies=False)
    answer = visitor.get(page)
    assert done.reference in answer.text
    assert 'data-told="new"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    other = f"/host-status/{make_host_token(row.id, second)}"
    assert "Withdraw" not in visitor.get(other).text
    assert visitor.post(f"{other}/withdraw", {"confirmed": "1"}).status_code == 403
    assert "Really" in visitor.post(f"{page}/withdraw").text
    assert 'data-told="new"' in visitor.get(page).text
    assert visitor.post(f"{page}/withdraw", {"confirmed": "1"}).status_code == 303
    assert 'data-told="withdrawn"' in visitor.get(page).text
    assert visitor.post(f"{page}/withdraw", {"confirmed": "1"}).status_code == 409
    assert visitor.get("/host-status/nobodys").status_code == 404
    assert visitor.post("/host-status/nobodys/withdraw").status_code == 404

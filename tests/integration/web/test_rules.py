"""The page of mail by rule, and the page where organizers tell how many came."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_rules import NOW, letters, make_applicant, make_rule_event, runs_of, state_of
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.people.models.user import Role
from webapp.programme.actions.rules import plan_runs
from webapp.programme.domain.rules_numbers import numbers_link
from webapp.programme.models.programme import Event

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _sender(database: Session) -> None:
    factories.make_sender()


def test_the_list_shows_what_is_planned_missed_and_left_out_with_reasons(app: Flask) -> None:
    event = make_rule_event(name="Kraków #3")
    make_rule_event(name="Tbilisi", state="postponed")
    make_rule_event(days=-12, name="Athens")
    plan_runs(NOW)
    page = Visitor(app).sign_in(factories.make_staff().email).get("/rules").text
    for words in (
        "Thank you",
        "Kraków #3",
        "The event is postponed.",
        "it had not gone out",
        "Planned",
        "Missed",
    ):
        assert words in page
    narrow = (
        Visitor(app)
        .sign_in(factories.make_staff().email)
        .get(f"/rules?event={event.id}&state=scheduled")
        .text
    )
    assert "Kraków #3" in narrow
    assert "The event is postponed." not in narrow


def test_support_runs_one_now_after_seeing_who_gets_it(app: Flask) -> None:
    event = make_rule_event(days=3)
    who = make_applicant(event)
    plan_runs(NOW)
    run = runs_of(event)["see_you_soon"]
    support = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=event.programme).email)
    page = support.get(f"/rules/{run.id}")
    assert who.person.email in page.text
    assert letters("attend.see_you_soon") == []  # looking sends nothing
    answer = support.submit(f"/rules/{run.id}/run", {"confirmed": "1"}, seen_at=f"/rules/{run.id}")
    assert answer.status_code == 303
    assert letters("attend.see_you_soon") == [who.person.email]
    assert state_of(event, "see_you_soon")[0] == "sent"
    support.submit(f"/rules/{run.id}/run", {"confirmed": "1"}, seen_at=f"/rules/{run.id}")
    assert letters("attend.see_you_soon") == [who.person.email] * 2  # wanted by a person, under a new number
    assert runs_of(event)["see_you_soon"].run_number == 2


def test_what_is_left_out_by_hand_stays_out_and_needs_a_reason(app: Flask) -> None:
    event = make_rule_event(days=3)
    plan_runs(NOW)
    run = runs_of(event)["thank_you"]
    support = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=event.programme).email)
    support.submit(f"/rules/{run.id}/skip", {"reason": "  "}, seen_at=f"/rules/{run.id}")
    assert state_of(event, "thank_you")[0] == "scheduled"
    support.submit(f"/rules/{run.id}/skip", {"reason": "I thanked them myself."}, seen_at=f"/rules/{run.id}")
    plan_runs(NOW)
    assert state_of(event, "thank_you") == ("skipped", "I thanked them myself.")


def test_nothing_can_be_run_for_a_cancelled_event(app: Flask) -> None:
    event = make_rule_event(days=3, state="cancelled")
    make_applicant(event)
    plan_runs(NOW)
    run = runs_of(event)["see_you_soon"]
    chief = Visitor(app).sign_in(factories.make_staff().email)
    chief.submit(f"/rules/{run.id}/run", {"confirmed": "1"}, seen_at=f"/rules/{run.id}")
    assert letters("attend.see_you_soon") == []
    assert "The event is cancelled." in chief.get(f"/rules/{run.id}").text


def test_organizers_see_only_their_own_and_change_nothing(app: Flask) -> None:
    event, other = make_rule_event(name="Ours"), make_rule_event(name="Theirs")
    plan_runs(NOW)
    run, foreign = runs_of(event)["ask_numbers"], runs_of(other)["ask_numbers"]
    organizer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    page = organizer.get("/rules").text
    assert "Ours" in page
    assert "Theirs" not in page
    assert "Leave it out" not in organizer.get(f"/rules/{run.id}").text
    assert organizer.get(f"/rules/{foreign.id}").status_code == 404
    for path in (f"/rules/{run.id}/run", f"/rules/{run.id}/skip"):
        assert organizer.submit(path, {"reason": "x"}, seen_at="/profile/").status_code == 403
    form = {"programme": event.programme_id, "rule": "thank_you", "enabled": "0"}
    assert organizer.submit("/rules/switch", form, seen_at="/profile/").status_code == 404
    assert letters("organizer.ask_numbers") == []


def test_administrators_switch_a_rule_off_support_only_looks(app: Flask) -> None:
    event = make_rule_event(days=3)
    plan_runs(NOW)
    form = {"programme": event.programme_id, "rule": "thank_you", "enabled": "0"}
    support = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=event.programme).email)
    assert "/rules/switch" not in support.get("/rules").text
    assert support.submit("/rules/switch", form, seen_at="/profile/").status_code == 403
    administrator = Visitor(app).sign_in(factories.make_staff().email)
    assert administrator.submit("/rules/switch", form, seen_at="/rules").status_code == 303
    plan_runs(NOW)
    assert state_of(event, "thank_you") == ("skipped", "The programme has switched this rule off.")


def test_an_organizer_tells_the_numbers_and_looking_stores_nothing(app: Flask) -> None:
    event = make_rule_event(days=-14, name="Ελλάδα #1")
    path = numbers_link(app.extensions["tokens"], "", event.id)
    visitor = Visitor(app)
    assert "Ελλάδα #1" in visitor.get(path).text
    assert stored(event) == (None, None, False)
    wrong = visitor.submit(path, {"applicant_count": "many", "attendee_count": "24"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert "Write a whole number" in wrong.text
    swapped = visitor.submit(path, {"applicant_count": "3", "attendee_count": "24"})
    assert "look at both numbers" in swapped.text
    assert stored(event) == (None, None, False)
    assert visitor.submit(path, {"applicant_count": "1 047", "attendee_count": "24"}).status_code == 303
    assert stored(event) == (1047, 24, True)
    assert re.search(r"Stored: 1\W?047 applied, 24 came", visitor.get(path).text)
    plan_runs(NOW)
    assert state_of(event, "ask_numbers")[0] == "skipped"


def stored(event: Event) -> tuple[int | None, int | None, bool]:
    """Return what is stored of an event's numbers."""
    db.session.rollback()
    row = db.session.get_one(Event, event.id, populate_existing=True)
    is_told = row.numbers_told_at is not None and row.numbers_told_at <= now()
    return row.applicant_count, row.attendee_count, is_told


def test_a_link_for_something_else_opens_nothing(app: Flask) -> None:
    keys = app.extensions["tokens"]
    for token in ("nonsense", keys.make("opt-out", b"\0" * 8), keys.make("numbers", b"\0" * 8)):
        answer = Visitor(app).get(f"/numbers/{token}")
        assert (answer.status_code, "not complete" in answer.text) == (404, True)

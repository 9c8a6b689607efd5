"""An event changed on its page: what its rules have planned follows in the same moment, and what was sent stays."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_rules import letters, make_rule_event, runs_of, state_of
from tests.integration.web.visiting import Visitor
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.people.models.user import Role
from webapp.programme.actions.rules import plan_runs
from webapp.programme.actions.rules_run import run_due, send_run
from webapp.programme.domain.rules import RULES, Occasion
from webapp.programme.models.programme import Event
from webapp.programme.queries.rules_runs import claim_due_run

pytestmark = pytest.mark.usefixtures("database")


class Desk:
    """Somebody of support with an event's form before them; nothing but the form plans."""

    def __init__(self, app: Flask, event: Event) -> None:
        self.event = event
        self.visitor = Visitor(app).sign_in(
            factories.make_staff(Role.SUPPORT, programme=event.programme).email
        )

    def form(self, **given: str) -> dict[str, str]:
        """Return the form of the event as it is, with something changed."""
        db.session.rollback()
        return {
            "name": self.event.name,
            "city": self.event.city,
            "starts_on": self.event.starts_on.isoformat() if self.event.starts_on else "",
            "date_precision": "day",
            "timezone": "Europe/Warsaw",
            "locale": "en",
            "state": self.event.state,
            "is_site_ready": "y",
            **given,
        }

    def save(self, status: int = 302, **given: str) -> str:
        """Save the form of the event."""
        answer = self.visitor.submit(f"/events/edit/?id={self.event.id}", self.form(**given))
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture(autouse=True)
def _sender(database: Session) -> None:
    factories.make_sender()


def in_days(days: int) -> str:
    return (now() + timedelta(days=days)).date().isoformat()


def due_of(event: Event, rule: str) -> datetime:
    due_at = runs_of(event)[rule].due_at
    assert due_at is not None
    return due_at


def test_a_new_event_has_its_rules_planned_at_once(app: Flask) -> None:
    programme = factories.make_programme()
    visitor = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=programme).email)
    form = {
        "programme": str(programme.id),
        "name": "Nairobi",
        "slug": "nairobi",
        "starts_on": in_days(60),
        "date_precision": "day",
        "timezone": "Africa/Nairobi",
        "locale": "en",
        "state": "open",
    }
    assert visitor.submit("/events/new/", form).status_code == 302
    db.session.rollback()
    event = db.session.query(Event).filter_by(slug="nairobi").one()
    assert {name: run.state for name, run in runs_of(event).items()} == dict.fromkeys(
        ("thank_you", "ask_numbers", "offer_help", "see_you_soon"), "scheduled"
    )


def test_postponing_rests_moving_moves_the_past_is_missed_and_what_was_sent_stays(app: Flask) -> None:
    event = make_rule_event(days=0, starts_on=(now() + timedelta(days=30)).date())
    plan_runs(now())
    desk = Desk(app, event)
    first = due_of(event, "thank_you")

    desk.save(state="postponed")
    assert state_of(event, "thank_you") == ("skipped", "The event is postponed.")
    assert "The event is postponed." in desk.visitor.get(f"/rules?event={event.id}").text

    desk.save(state="open", starts_on=in_days(50))
    assert state_of(event, "thank_you") == ("scheduled", "")
    assert due_of(event, "thank_you") > first + timedelta(days=18)

    desk.save(date_precision="month")
    assert state_of(event, "thank_you") == ("skipped", "Only the month of its date is known.")

    desk.save(starts_on=in_days(-3))
    assert state_of(event, "thank_you") == ("scheduled", "")  # in its week: it is due
    run_due(now())
    assert len(letters("organizer.thank_you", event)) == 2
    desk.save(starts_on=in_days(-90))
    states = {name: run.state for name, run in runs_of(event).items()}
    assert (states["thank_you"], states["ask_numbers"]) == ("sent", "missed")
    assert "it had not gone out" in state_of(event, "ask_numbers")[1]
    desk.save(starts_on=in_days(90))
    assert state_of(event, "thank_you")[0] == "sent"
    assert state_of(event, "ask_numbers") == ("scheduled", "")
    plan_runs(now())
    run_due(now())
    assert len(letters("organizer.thank_you", event)) == 2


def test_a_refused_form_plans_nothing_and_words_move_nothing(app: Flask) -> None:
    event = make_rule_event(days=0, starts_on=(now() + timedelta(days=30)).date())
    plan_runs(now())
    desk = Desk(app, event)
    before = due_of(event, "thank_you")
    desk.save(status=422, starts_on=in_days(50), url="nowhere")
    desk.save(status=422, starts_on=in_days(50), date_precision="tbd")
    assert due_of(event, "thank_you") == before
    desk.save(name="Other words")
    assert due_of(event, "thank_you") == before
    desk.save(starts_on="", date_precision="tbd")
    assert state_of(event, "thank_you") == ("skipped", "It has no date yet.")


def test_an_event_is_saved_while_its_letters_go_out(app: Flask) -> None:
    event = make_rule_event(days=0, starts_on=(now() - timedelta(days=1)).date())
    plan_runs(now() + timedelta(hours=20))  # by then thanks are due wherever it is
    desk, event_id, run_id = Desk(app, event), event.id, runs_of(event)["thank_you"].id
    form, answers = desk.form(starts_on=in_days(40)), []
    saving = Thread(
        target=lambda: answers.append(desk.visitor.submit(f"/events/edit/?id={event_id}", form).status_code)
    )
    with transaction():
        run = claim_due_run(now() + timedelta(hours=20), run_id)
        assert run is not None
        saving.start()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            wait_until(
                lambda: other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")),
                what="the form to wait for the run",
            )
        assert send_run(run, RULES.get("thank_you"), Occasion(), now())  # its rows point at the event
    saving.join()
    assert answers == [302]
    db.session.rollback()
    assert db.session.get_one(Event, event_id).starts_on.isoformat() == in_days(40)
    assert state_of(event, "thank_you")[0] == "sent"
    assert state_of(event, "ask_numbers")[0] == "scheduled"

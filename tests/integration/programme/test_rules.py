"""Mail by rule from planning to promised letters: once each, never about the past, one failure stopping nobody."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_rules import (
    NOW,
    change_event,
    count_letters,
    letters,
    make_applicant,
    make_rule_event,
    runs_of,
    state_of,
    write_template,
)
from tests.rivals import at_once
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.render import open_letter
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Attachment, Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Grant, Role
from webapp.programme.actions.events import EventDetails
from webapp.programme.actions.events import change_event as change_event_as_staff
from webapp.programme.actions.rules import plan_runs
from webapp.programme.actions.rules_decide import switch_rule
from webapp.programme.actions.rules_run import run_due
from webapp.programme.domain.rules import ENTERED_LATE
from webapp.programme.models.rule import RuleRun

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _sender(database: Session) -> None:
    factories.make_sender()


def play(now: datetime = NOW) -> None:
    """Do what the ticker does."""
    plan_runs(now)
    run_due(now)


def test_thanks_go_to_each_organizer_once_and_to_nobody_else() -> None:
    event = make_rule_event()
    lead = factories.make_staff(Role.ORGANIZER, event=event, email="lead@example.org")
    reviewer = factories.make_staff(Role.ORGANIZER, event=factories.make_event(event.programme))
    with transaction() as session:
        session.add(Grant(user_id=reviewer.id, role=Role.REVIEWER, event_id=event.id, may_send=False))
    factories.register(lead.person, event, "organizer")  # known twice, written to once
    make_applicant(event)
    play()
    play()
    play(NOW + timedelta(days=3))
    expected = ["lead@example.org", f"org0.{event.id}@example.org", f"org1.{event.id}@example.org"]
    assert letters("organizer.thank_you", event) == expected
    run = runs_of(event)["thank_you"]
    assert (run.state, run.letter_count, run.run_number, run.batch) == ("sent", 3, 1, f"rule:{run.id}:1")
    keys = db.session.scalars(select(EmailLog.dedupe_key)).all()
    assert f"rule:thank_you:{event.id}::1:{lead.person_id}" in keys


def test_what_will_be_due_is_planned_and_moves_with_the_date() -> None:
    event = make_rule_event(days=10)
    play()
    run = runs_of(event)["thank_you"]
    assert (run.state, run.due_at) == ("scheduled", datetime(2027, 3, 19, 9, tzinfo=UTC))
    change_event(event, starts_on=date(2027, 3, 28))  # summer time has begun by then
    play()
    assert runs_of(event)["thank_you"].due_at == datetime(2027, 3, 29, 8, tzinfo=UTC)
    assert letters("organizer.thank_you") == []


@pytest.mark.contract
def test_contract_12_rules_follow_the_edition_its_state_and_its_dates() -> None:
    # A cloned edition fires again, though the edition before had its letters.
    first = make_rule_event(days=-1)
    play()
    clone = make_rule_event(days=30, previous_event_id=first.id, edition_number=2)
    later = NOW + timedelta(days=31)
    play(later)
    assert len(letters("organizer.thank_you", first)) == len(letters("organizer.thank_you", clone)) == 2
    # Cancelled and postponed ones never, with the reason.
    for state in ("cancelled", "postponed"):
        off = make_rule_event(days=2, state=state)
        for day in range(0, 40, 3):
            play(NOW + timedelta(days=day))
        assert letters("organizer.thank_you", off) == []
        assert state_of(off, "thank_you") == ("skipped", f"The event is {state}.")
    # Moved into the past: missed and shown, not sent.
    moved = make_rule_event(days=10)
    play()
    assert state_of(moved, "thank_you")[0] == "scheduled"
    change_event(moved, starts_on=(NOW - timedelta(days=300)).date())
    play()
    assert state_of(moved, "thank_you")[0] == "missed"
    assert "it had not gone out" in state_of(moved, "thank_you")[1]
    # Moved forward: planned anew, and sent when its time comes.
    change_event(moved, starts_on=(NOW + timedelta(days=20)).date())
    play()
    assert state_of(moved, "thank_you") == ("scheduled", "")
    assert letters("organizer.thank_you", moved) == []
    play(NOW + timedelta(days=21))
    assert len(letters("organizer.thank_you", moved)) == 2


def test_what_was_sent_is_not_opened_again_when_the_date_moves() -> None:
    event = make_rule_event()
    play()
    change_event(event, starts_on=(NOW + timedelta(days=20)).date())
    play(NOW + timedelta(days=21))
    assert state_of(event, "thank_you")[0] == "sent"
    assert len(letters("organizer.thank_you")) == 2


def test_a_cancelled_event_that_takes_place_after_all_has_its_letters() -> None:
    event = make_rule_event(days=5)
    change_event_as_staff(
        scope=SYSTEM, event_id=event.id, details=details_of(event, state="cancelled"), now=NOW
    )
    play()
    assert state_of(event, "see_you_soon") == ("skipped", "The event is cancelled.")
    change_event_as_staff(
        scope=SYSTEM, event_id=event.id, details=details_of(event, state="planned"), now=NOW
    )
    play()
    assert state_of(event, "see_you_soon") == ("scheduled", "")


def details_of(event: object, *, state: str) -> EventDetails:
    return EventDetails(
        name="Moved", starts_on=(NOW + timedelta(days=5)).date(), timezone="Europe/Warsaw", state=state
    )


def test_a_new_installation_does_not_write_about_the_past() -> None:
    ancient = make_rule_event(days=-365 * 8, created_at=NOW)
    recent = make_rule_event(days=-3, created_at=NOW - timedelta(hours=1))
    play()
    play(NOW + timedelta(days=1))
    assert count_letters(db.session()) == 0
    assert runs_of(ancient) == {}  # not even a line: nobody has to look at it
    assert state_of(recent, "thank_you") == ("skipped", ENTERED_LATE)
    assert state_of(recent, "ask_numbers")[0] == "scheduled"  # that is still to come


def test_an_old_event_that_nothing_ran_for_is_missed_not_thanked() -> None:
    event = make_rule_event(days=-12)
    play()
    assert state_of(event, "thank_you")[0] == "missed"
    assert letters("organizer.thank_you") == []


def test_numbers_are_not_asked_for_twice() -> None:
    told = make_rule_event(days=-15, numbers_told_at=NOW - timedelta(days=1))
    asked = make_rule_event(days=-15)
    play()
    assert state_of(told, "ask_numbers") == ("skipped", "Its numbers have been told already.")
    assert len(letters("organizer.ask_numbers", asked)) == 2


def test_a_reminder_goes_only_to_those_who_have_not_answered_by_that_deadline() -> None:
    event = make_rule_event(days=30)
    deadline = NOW + timedelta(days=1)
    invited = {"rsvp": "invited", "announced_at": NOW - timedelta(days=6)}
    waits = make_applicant(event, rsvp_deadline=deadline, **invited)
    make_applicant(event, rsvp="yes", rsvp_deadline=deadline)
    make_applicant(event, rsvp_deadline=deadline, withdrawn_at=NOW, **invited)
    later = make_applicant(event, rsvp_deadline=NOW + timedelta(days=9), **invited)
    play()
    assert letters("attend.rsvp_reminder") == [waits.person.email]
    play(NOW + timedelta(days=7, minutes=1))
    assert letters("attend.rsvp_reminder") == sorted([waits.person.email or "", later.person.email or ""])


def test_see_you_soon_carries_the_day_for_a_calendar() -> None:
    event = make_rule_event(days=2, name="Łódź #2", slug="lodz-2", ends_on=date(2027, 3, 11))
    yes = make_applicant(event)
    make_applicant(event, rsvp="no")
    play()
    shoot = db.session.scalars(select(Shoot).where(Shoot.cause == "attend.see_you_soon")).one()
    row = db.session.scalars(select(EmailLog).where(EmailLog.shoot_id == shoot.id)).one()
    assert row.address == yes.person.email
    raw = open_letter(shoot).build(
        seq=row.seq, address="a@example.org", name="", values=row.merge_values, date=NOW
    )
    message = message_from_bytes(raw, policy=policy.default)
    [part] = [p for p in message.walk() if p.get_content_disposition() == "attachment"]
    assert (part.get_filename(), part.get_content_type()) == ("lodz-2.ics", "text/calendar")
    [entry] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert (entry["UID"], entry["SUMMARY"]) == (f"event-{event.id}@localhost", "Łódź #2")
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (date(2027, 3, 10), date(2027, 3, 12))
    assert "http://localhost/rsvp/" in (message.get_body(("plain",)) or message).get_content()
    assert len(db.session.scalars(select(Attachment)).all()) == 1


def test_a_run_that_finds_nobody_says_so_and_is_not_tried_every_minute() -> None:
    event = make_rule_event(days=2)
    play()
    run = runs_of(event)["see_you_soon"]
    assert (run.state, run.reason) == ("skipped", "There was nobody to write to.")
    before = run.updated_at, run.ran_at
    play(NOW + timedelta(minutes=5))
    run = runs_of(event)["see_you_soon"]
    assert (run.updated_at, run.ran_at) == before


def test_a_rule_can_be_switched_off_for_a_programme_and_on_again() -> None:
    event, other = make_rule_event(), make_rule_event()
    switch_rule(scope=SYSTEM, programme_id=event.programme_id, rule="thank_you", is_enabled=False)
    play()
    assert state_of(event, "thank_you") == ("skipped", "The programme has switched this rule off.")
    assert (len(letters("organizer.thank_you", event)), len(letters("organizer.thank_you", other))) == (0, 2)
    switch_rule(scope=SYSTEM, programme_id=event.programme_id, rule="thank_you", is_enabled=True)
    play()
    assert len(letters("organizer.thank_you", event)) == 2


def test_an_event_that_fails_is_marked_and_stops_no_other() -> None:
    events = [make_rule_event() for _ in range(3)]
    write_template("organizer.thank_you", events[0], html="<p>{{ no.such_field }}</p>")
    play()
    state, reason = state_of(events[0], "thank_you")
    assert state == "failed"
    assert "no.such_field" in reason
    assert [len(letters("organizer.thank_you", event)) for event in events] == [0, 2, 2]
    play(NOW + timedelta(minutes=1))
    assert state_of(events[0], "thank_you")[0] == "failed"  # not tried every second
    with transaction() as session:
        session.execute(db.text("DELETE FROM letter_templates"))
    play(NOW + timedelta(minutes=20))
    assert state_of(events[0], "thank_you")[0] == "sent"
    assert len(letters("organizer.thank_you", events[0])) == 2


def test_a_failure_that_lasts_ends_as_missed_with_its_reason() -> None:
    event = make_rule_event()
    write_template("organizer.thank_you", event, html="<p>{{ no.such_field }}</p>")
    play()
    play(NOW + timedelta(days=8))
    state, reason = state_of(event, "thank_you")
    assert state == "missed"
    assert "no.such_field" in reason


@pytest.mark.contract
def test_contract_10_two_sweepers_at_once_write_nothing_twice(app: Flask) -> None:
    events = [make_rule_event(organizers=3) for _ in range(8)]

    def sweep() -> object:
        plan_runs(NOW)
        return run_due(NOW)

    answers = at_once(app, *[sweep] * 4)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    play()
    found = letters("organizer.thank_you")
    assert len(found) == len(set(found)) == 24
    db.session.rollback()
    rows = db.session.scalars(select(RuleRun).where(RuleRun.rule == "thank_you")).all()
    assert [(row.state, row.run_number) for row in rows] == [("sent", 1)] * len(events)

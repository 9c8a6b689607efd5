"""Organizers answer and withdraw for applicants who said so by another way: with a reason, never as a reviewer."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import announce, apply_many, decide, fresh, make_desk, make_reviewer
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.people.models.user import Role


def test_an_answer_and_a_withdrawal_on_their_behalf(app: Flask, database: Session) -> None:
    event, form = make_desk(capacity=1)
    told, waiting = apply_many(form, 2)
    decide(event, [told], "accepted")
    announce(event)
    organizer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    here, other = (f"/events/{event.id}/applications/{row.id}" for row in (told, waiting))
    with transaction():
        told.rsvp = "expired"
    before = fingerprint()
    for form_data, says in (
        ({"answer": "yes", "rsvp_reason": " "}, "Say how you know"),
        ({"answer": "maybe", "rsvp_reason": "by phone"}, "Choose yes or no"),
    ):
        refused = organizer.submit(f"{here}/rsvp", form_data, seen_at=here)
        assert (refused.status_code, says in refused.text) == (422, True), says
    assert 'value="by phone"' in refused.text, "what was typed is kept"
    untold = {"answer": "yes", "rsvp_reason": "by phone"}
    assert f"{other}/rsvp" not in organizer.get(other).text, "there is nothing to answer yet"
    assert organizer.submit(f"{other}/rsvp", untold, seen_at=here).status_code == 409
    quiet = {"withdraw_reason": "Ill"}
    assert organizer.submit(f"{here}/withdraw", quiet, seen_at=here).status_code == 422
    assert fingerprint() == before
    answer = organizer.submit(f"{here}/rsvp", {"answer": "yes", "rsvp_reason": "by phone"}, seen_at=here)
    assert (answer.status_code, fresh(told).rsvp, fresh(told).rsvp_by) == (303, "yes", "organizer")
    history = organizer.get(here).text.split("<h2>History</h2>")[1]
    assert "did not answer in time → comes" in history
    assert "by phone" in history
    assert "Ola Staff" in history
    answer = organizer.submit(f"{here}/withdraw", {**quiet, "confirmed": "1"}, seen_at=here)
    assert answer.status_code == 303
    assert fresh(told).withdrawn_at is not None
    page = organizer.get(here).text
    assert "On their behalf" not in page
    assert "withdrew it" in page.split("<h2>History</h2>")[1]
    states = dict(database.execute(select(EmailLog.dedupe_key, EmailLog.state)).all())
    assert states[f"attend.withdrawn:{told.id}"] == "pending"
    assert [state for key, state in states.items() if key.startswith("attend.accepted:")] == ["cancelled"]
    again = organizer.submit(f"{here}/withdraw", {**quiet, "confirmed": "1"}, seen_at=other)
    assert again.status_code == 409


def test_neither_reviewers_nor_strangers_answer_for_anybody(app: Flask, database: Session) -> None:
    event, form = make_desk()
    (told,) = apply_many(form, 1)
    decide(event, [told], "accepted")
    announce(event)
    here = f"/events/{event.id}/applications/{told.id}"
    elsewhere = factories.make_event()
    reviewer = Visitor(app).sign_in(make_reviewer(event).email)
    stranger = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=elsewhere).email)
    both = make_reviewer(event)  # scores here, organizes elsewhere: the door is open, the deed is not
    with transaction():
        both.grants.append(type(both.grants[0])(role=Role.ORGANIZER, event_id=elsewhere.id, may_send=True))
    mixed = Visitor(app).sign_in(both.email)
    assert "On their behalf" not in reviewer.get(here).text
    before = fingerprint()
    for path, form_data in (
        ("rsvp", {"answer": "yes", "rsvp_reason": "no"}),
        ("withdraw", {"withdraw_reason": "no", "confirmed": "1"}),
    ):
        assert reviewer.submit(f"{here}/{path}", form_data, seen_at=here).status_code == 403
        assert stranger.submit(f"{here}/{path}", form_data, seen_at="/profile/").status_code == 404
        assert mixed.submit(f"{here}/{path}", form_data, seen_at="/profile/").status_code == 404
    assert fingerprint() == before

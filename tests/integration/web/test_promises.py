"""What pages promise: a sent letter is closed, a wave without words stops, numbers are counts, names are harmless."""

import csv
import io
import re

import pytest
from flask import Flask, current_app, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host, make_hosting_programme
from tests.factories_review import announce, apply_many, count_letters, decide, make_desk
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import Letter
from webapp.mail.models.opt_out import Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.letter_texts import shipped_texts
from webapp.people.models.user import Role
from webapp.programme.actions.host_submit import Organizer
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event

LINK, FORMULA = '<a href="http://evil.example">Eve</a>', '=HYPERLINK("http://evil.example")'
# What may be done with a letter that was sent: copied, looked at in one's own mailbox, put away.
STAYS_OPEN = {"letters.copy", "letter_preview.test", "letters.archive"}


@pytest.fixture
def desk(database: Session) -> tuple[Event, Form]:
    """An event with a form and a sender."""
    return make_desk(capacity=30)


@pytest.mark.contract
def test_contract_23_what_was_sent_refuses_and_a_copy_is_a_draft(app: Flask, database: Session) -> None:
    event = factories.make_event()
    factories.make_people(event, 3)
    shoot_id = factories.make_shoot(event)
    prepare_shoot(shoot_id)
    letter = db.session.scalars(select(Letter)).one()
    letter_id, subject = letter.id, letter.subject
    visitor = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/letters/new").text)[0]
    words = {
        "revision": "1",
        "subject": "Another",
        "slot-main": "<p>x</p>",
        "title": "Another",
        "text": "x@example.org",
    }
    posts = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and "letter_id" in rule.arguments
        and rule.endpoint not in STAYS_OPEN
    ]
    assert len(posts) >= 6
    before = fingerprint()
    for rule in posts:
        with app.test_request_context():
            address = url_for(
                rule.endpoint, letter_id=letter_id, **({"number": 1} if "number" in rule.arguments else {})
            )
        given = {"json": {**words, "csrf_token": token}} if rule.endpoint == "letters.autosave" else {}
        given = given or {"data": {**words, "csrf_token": token, "shown_count": "3", "add": "registered"}}
        answer = visitor.open(address, "POST", headers={"X-CSRFToken": token}, **given)
        is_sent_back = answer.status_code in {302, 303} and rule.endpoint == "letter_audience.choose"
        assert answer.status_code == 409 or is_sent_back, f"{rule.endpoint}: {answer.status_code}"
        assert fingerprint() == before, f"{rule.endpoint} changed something"
    resent = visitor.post(
        f"/shoots/{shoot_id}/resend", {"csrf_token": token, "confirmed": "1"}, follow_redirects=True
    )
    assert db.session.scalar(select(func.count()).select_from(Shoot)) == 1, resent.text
    assert fingerprint() == before
    page = visitor.get(f"/letters/{letter_id}").text
    assert "This letter was sent" in page or "cannot be changed" in page
    copied = visitor.post(f"/letters/{letter_id}/copy", {"csrf_token": token})
    copy = db.session.get_one(Letter, int(copied.location.rpartition("/")[2]))
    assert (copy.state, copy.subject, copy.id != letter_id) == ("draft", subject, True)
    db.session.expire_all()
    assert db.session.get_one(Letter, letter_id).state == "sent"
    assert visitor.get(copied.location).status_code == 200


@pytest.mark.contract
def test_contract_17_a_wave_whose_words_are_missing_stops_before_it_can_be_confirmed(
    app: Flask, desk: tuple[Event, Form]
) -> None:
    event, form = desk
    decide(event, apply_many(form, 2), "accepted")
    visitor = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    look = f"/events/{event.id}/waves/new"
    texts = current_app.extensions["postroom.letter_texts"]
    kept = shipped_texts("attend.accepted")
    assert "Announce to 2" in visitor.get(look).text
    try:
        texts["attend.accepted"] = {}  # an installation whose words were taken away
        page = visitor.get(look).text
        refused = visitor.submit(f"/events/{event.id}/waves", {"shown_count": "2"}, seen_at=look)
    finally:
        texts["attend.accepted"] = kept
    assert "There are no words for the letter “attend.accepted”" in page
    assert "Announce to 2" not in page, "there is nothing to confirm with"
    assert "Write the template" in page or "templates.index" not in app.view_functions
    assert refused.status_code == 422
    assert "There are no words for" in refused.text
    assert count_letters() == {}


@pytest.mark.contract
def test_contract_21_the_review_page_names_who_cannot_be_written_to(
    app: Flask, desk: tuple[Event, Form]
) -> None:
    event, form = desk
    fine, blocked = apply_many(form, 2, names=["Fine", "Blocked"])
    with transaction() as session:
        session.add(Suppression(address=blocked.person.email, reason="hard_bounce"))
    decide(event, [fine, blocked], "rejected")
    visitor = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    page = visitor.get(f"/events/{event.id}/waves/new").text
    skipped = page.split("Skipped, and why")[1].split("</div>")[0]
    assert "<bdi>Blocked</bdi>: mail to their address came back" in skipped
    assert "Fine" not in skipped
    assert "Announce to 1" in page
    announce(event)
    assert count_letters() == {"pending": 1, "skipped": 1}


@pytest.mark.contract
def test_contract_24_shoots_and_log_show_counts_of_rows(app: Flask, desk: tuple[Event, Form]) -> None:
    event, form = desk
    rows = apply_many(form, 6)
    with transaction() as session:
        rows[0].person.email = None
        session.add(Suppression(address=rows[1].person.email, reason="hard_bounce"))
    decide(event, rows, "rejected")
    announce(event)
    visitor = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    (shoot_id,) = db.session.scalars(select(Shoot.id)).all()
    counted = dict(
        db.session.execute(
            select(func.coalesce(EmailLog.reason, EmailLog.state), func.count()).group_by(
                func.coalesce(EmailLog.reason, EmailLog.state)
            )
        ).all()
    )
    assert counted == {"pending": 4, "suppressed": 1, "no_address": 1}
    words = " ".join(re.sub(r"<[^>]+>", " ", visitor.get(f"/shoots/{shoot_id}").text).split())
    assert "= Audience 6 100.0 %" in words
    for state, shown in (("remaining", 4), ("skipped", 2), ("sent", 0)):
        page = visitor.get(f"/log?shoot={shoot_id}&state={state}").text
        assert len(re.findall(rf'href="/log/{shoot_id}/\d+"', page)) >= shown
        assert len(set(re.findall(rf'/log/{shoot_id}/(\d+)"', page))) == shown


@pytest.mark.contract
def test_contract_19_hostile_names_are_harmless_on_the_pages_of_staff(
    app: Flask, desk: tuple[Event, Form]
) -> None:
    event, form = desk
    rows = apply_many(form, 2, names=[LINK, FORMULA])
    decide(event, rows, "rejected")
    announce(event)
    (shoot_id,) = db.session.scalars(select(Shoot.id)).all()
    hosting = make_hosting_programme()
    sent = apply_to_host(hosting, organizers=(Organizer("eve@example.org", LINK),), city=LINK)
    visitor = Visitor(app).sign_in(factories.make_staff().email)
    for address in (
        "/",
        "/people/",
        f"/people/{rows[0].person_id}",
        "/log",
        f"/log/{shoot_id}/0",
        f"/shoots/{shoot_id}",
        "/host-applications",
        f"/host-applications/{sent.application_id}",
    ):
        answer = visitor.get(address, follow_redirects=True)
        assert answer.status_code == 200, address
        assert '<a href="http://evil.example">' not in answer.text, address
    answer = visitor.submit(f"/shoots/{shoot_id}/export", {}, seen_at=f"/shoots/{shoot_id}")
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert f"'{FORMULA}" in {cell for row in table for cell in row}
    assert not [cell for row in table for cell in row if cell[:1] in {"=", "+", "-", "@"}]

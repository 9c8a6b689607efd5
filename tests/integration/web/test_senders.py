"""Senders as staff see them: those that they may use, and nothing in them that no header can carry."""

from datetime import timedelta
from html import unescape

import dkim
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House, audit
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.render import exact_copy
from webapp.mail.actions.sender_keys import make_sender_key
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.sender import Sender, SenderKey
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def sender_form(**values: str) -> dict[str, str]:
    return {"address": "desk@example.org", "display_name": "Desk", "place": "all", "is_active": "y", **values}


def test_an_administrator_adds_a_sender_and_changes_it(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    place = f"event-{house.event.id}"
    added = visitor.submit("/admin/sender/new/", sender_form(address="Büro@EXAMPLE.org", place=place))
    assert added.status_code == 422, "a local part beyond ASCII cannot stand in From"
    given = sender_form(address="Desk@Kraków.example", display_name="Koło “Π”", place=place)
    assert visitor.submit("/admin/sender/new/", given).status_code == 302
    sender = db.session.scalars(select(Sender)).one()
    assert (sender.address, sender.programme_id, sender.event_id) == (
        "desk@kraków.example",
        house.ours.id,
        house.event.id,
    )
    page = visitor.get(f"/admin/sender/edit/?id={sender.id}").text
    assert f'<option selected value="{place}">' in page
    changed = {k: v for k, v in sender_form(address="desk@kraków.example").items() if k != "is_active"}
    assert visitor.submit(f"/admin/sender/edit/?id={sender.id}", changed).status_code == 302
    db.session.rollback()
    assert (sender.programme_id, sender.event_id, sender.is_active) == (None, None, False)
    assert [e.verb for e in audit("sender")] == ["sender.added", "sender.changed"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "taken@example.org"}, "sender with this address already"),
        ({"address": "desk"}, "@"),
        ({"reply_to": "nobody at all"}, "@"),
        ({"display_name": "Desk\r\nBcc: x@example.org"}, "no header can carry"),
        ({"display_name": "x" * 101}, "field-error"),
        ({"place": "event-999"}, "Not a valid choice"),
    ],
)
def test_what_no_sender_can_be_is_refused_at_its_field(house: House, change: dict, says: str) -> None:
    factories.make_sender(address="taken@example.org")
    visitor = house.visit(Role.ADMINISTRATOR)
    answer = visitor.submit("/admin/sender/new/", sender_form(**change))
    assert answer.status_code == 422
    assert says in answer.text
    assert len(db.session.scalars(select(Sender)).all()) == 1


def test_limits_are_set_and_a_change_ends_a_rest(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    sender = factories.make_sender()
    sender.bulk_rest_until, sender.bulk_rest_reason = now() + timedelta(hours=5), "quota"
    db.session.commit()
    assert "letters have gone" in visitor.get("/admin/sender/").text
    limits = {
        "rate_per_minute": "600",
        "daily_quota": "5000",
        "window_from": "08:00",
        "window_to": "20:00",
        "window_zone": "Europe/Warsaw",
    }
    address, given = f"/admin/sender/edit/?id={sender.id}", sender_form(address=sender.address, **limits)
    for wrong in ({"window_to": ""}, {"window_to": "08:00"}, {"rate_per_minute": "0"}, {"window_zone": "x"}):
        assert visitor.submit(address, {**given, **wrong}).status_code == 422
    assert visitor.submit(address, given).status_code == 302
    db.session.rollback()
    assert sender.bulk_rest_until is None
    page = visitor.get(f"/admin/sender/details/?id={sender.id}").text
    assert "At most 600 letters a minute, at most 5\u202f000 a day" in page
    assert "bulk letters from 08:00 to 20:00 (Europe/Warsaw)" in page
    assert 'value="08:00"' in visitor.get(address).text


def test_others_see_the_senders_that_they_may_use_and_change_none(house: House) -> None:
    ours, theirs = house.ours.id, house.theirs.id
    factories.make_sender(address="everybody@example.org")
    factories.make_sender(address="programme@example.org", programme_id=ours)
    mine = factories.make_sender(address="event@example.org", programme_id=ours, event_id=house.event.id)
    factories.make_sender(address="sister@example.org", programme_id=ours, event_id=house.sister.id)
    foreign = factories.make_sender(address="foreign@example.org", programme_id=theirs)
    own = {"everybody", "programme", "event"}
    for role, sees in ((Role.ORGANIZER, own), (Role.SUPPORT, own | {"sister"})):
        visitor = house.visit(role)
        page = visitor.get("/admin/sender/").text
        found = {
            name
            for name in ("everybody", "programme", "event", "sister", "foreign")
            if f"{name}@example.org" in page
        }
        assert found == sees, role
        assert visitor.get(f"/admin/sender/details/?id={mine.id}").status_code == 200
        assert visitor.get(f"/admin/sender/details/?id={foreign.id}").status_code == 404
        assert visitor.get(f"/admin/sender/edit/?id={mine.id}").status_code == 403
        assert visitor.get("/admin/sender/new/").status_code == 403


def test_a_sender_that_rests_says_why(house: House) -> None:
    factories.make_sender(paused_until=now() + timedelta(minutes=5), pause_reason="421 too busy <now>")
    page = house.visit(Role.ORGANIZER).get("/admin/sender/").text
    assert "421 too busy &lt;now&gt;" in page


def test_an_account_of_its_own_is_checked_and_never_shown_again(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    for wrong in ("imaps://a:b@mail.example", "smtp://", "smtps://u:p@host:99999", "mail.example"):
        refused = visitor.submit("/admin/sender/new/", sender_form(own_account=wrong))
        assert refused.status_code == 422, wrong
    url = "smtps://krakow:hidden-word@mail.example:465"
    assert visitor.submit("/admin/sender/new/", sender_form(own_account=url)).status_code == 302
    sender = db.session.scalars(select(Sender)).one()
    sealed = sender.account
    assert sealed
    page = visitor.get(f"/admin/sender/edit/?id={sender.id}").text
    assert "hidden-word" not in page
    assert sealed not in page
    assert visitor.submit(f"/admin/sender/edit/?id={sender.id}", sender_form()).status_code == 302
    db.session.rollback()
    assert sender.account == sealed
    gone = sender_form(drops_account="y")
    assert visitor.submit(f"/admin/sender/edit/?id={sender.id}", gone).status_code == 302
    db.session.rollback()
    assert sender.account is None


def test_a_key_is_made_and_shown_to_administrators_without_its_secret(house: House) -> None:
    sender = factories.make_sender(address="desk@kraków.example")
    visitor, address = house.visit(Role.ADMINISTRATOR), f"/admin/sender/details/?id={sender.id}"
    assert "Make a key" in visitor.get(address).text
    assert visitor.submit("/admin/sender/make-key/", {"id": sender.id}).status_code == 302
    key = db.session.scalars(select(SenderKey)).one()
    page = visitor.get(address).text
    assert f"{key.selector}._domainkey.xn--krakw-3ta.example" in page
    assert key.dns_record in unescape(page)
    assert key.private_key[:40] not in page
    assert "PRIVATE" not in page
    visitor.submit("/admin/sender/make-key/", {"id": sender.id})
    assert "There is a new key already" in visitor.get(address).text
    assert "_domainkey" not in house.visit(Role.ORGANIZER).get(address).text
    form = {"id": sender.id, "key": key.id, "confirmed": "1"}
    assert house.visit(Role.ADMINISTRATOR).submit("/admin/sender/stop-signing/", form).status_code == 302
    db.session.expire_all()
    assert db.session.scalars(select(SenderKey)).all() == [], "it has signed nothing and is gone"
    assert [entry.verb for entry in audit("sender")] == ["sender.key_made", "sender.key_removed"]


def test_letters_are_signed_from_when_an_administrator_says_and_copies_stay_exact(house: House) -> None:
    sender = factories.make_sender(address="desk@kraków.example")
    factories.make_people(house.event, 1)
    shoot = db.session.get_one(Shoot, factories.make_shoot(house.event, sender=sender))
    visitor = house.visit(Role.ADMINISTRATOR)
    form = {"id": sender.id, "key": make_sender_key(scope=SYSTEM, sender_id=sender.id)}
    key = db.session.get_one(SenderKey, form["key"])
    assert visitor.submit("/admin/sender/start-signing/", form).status_code == 302
    with transaction():
        db.session.refresh(key)
        assert key.signs_from is not None
        assert key.signs_from > now(), "what is being sent just now is not signed in part"
        key.signs_from -= timedelta(hours=1)
    row = EmailLog(
        shoot_id=shoot.id, seq=0, address="ann@example.net", merge_values=[None] * len(shoot.fields)
    )
    row.handed_at = key.signs_from - timedelta(microseconds=1)
    unsigned = exact_copy(shoot, row)
    row.handed_at = key.signs_from
    signed = exact_copy(shoot, row)
    assert unsigned is not None
    assert signed is not None
    assert unsigned.startswith(b"From: ")
    record = {f"{key.selector}._domainkey.xn--krakw-3ta.example.".encode(): key.dns_record.encode()}
    assert dkim.verify(signed, dnsfunc=lambda name, timeout=5: record[name])

    asked = visitor.submit("/admin/sender/stop-signing/", form)
    assert "Letters are no longer signed with it." in asked.text
    assert visitor.submit("/admin/sender/stop-signing/", {**form, "confirmed": "1"}).status_code == 302
    visitor.submit("/admin/sender/make-key/", {"id": sender.id})
    db.session.expire_all()
    assert key.signs_until is not None
    assert exact_copy(shoot, row) == signed, (
        "a copy stays what went out, though the key is another one by now"
    )
    row.handed_at = key.signs_until
    assert b"DKIM-Signature" not in (exact_copy(shoot, row) or b"")
    verbs = ["sender.key_made", "sender.signing_started", "sender.signing_stopped", "sender.key_made"]
    assert [entry.verb for entry in audit("sender")] == verbs

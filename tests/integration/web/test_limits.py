"""The page of limits: administrators set, change and remove them, and see how they stand now."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House, audit
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import Letter
from webapp.mail.models.limits import Bucket, ConnectionShare, Limit
from webapp.mail.models.shoot import Chunk
from webapp.people.models.user import Role


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def limits() -> list[tuple[object, ...]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(select(*Limit.__table__.c).order_by(Limit.kind))]


def test_limits_are_set_changed_and_removed(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    assert "No limits" in visitor.get("/limits/").text
    domain = {
        "kind": "domain",
        "name": " @Kraków.example ",
        "rate_per_minute": "600",
        "connection_count": "3",
    }
    assert visitor.submit("/limits/new", domain).status_code == 302
    server = {"kind": "server", "name": "SMTP.example.org:587", "connection_count": "4"}
    assert visitor.submit("/limits/new", server).status_code == 302
    assert limits() == [("domain", "kraków.example", 600, None), ("server", "smtp.example.org:587", None, 4)]
    for wrong, says in (
        ({"name": "kraków.example"}, "a limit for it already"),
        ({"name": "not a domain"}, "This is no domain"),
        ({"name": "x.example", "rate_per_minute": ""}, "how many letters a minute"),
        ({"name": "x.example", "rate_per_minute": "0"}, "from 1 to"),
        ({"kind": "server", "name": "smtp.example.org"}, "host:port"),
        ({"kind": "mars", "name": "x.example"}, "field-error"),
    ):
        answer = visitor.submit("/limits/new", {**domain, **wrong})
        assert (answer.status_code, says in answer.text) == (422, True), says
    key = "/limits/server:smtp.example.org:587/edit"
    assert 'value="4"' in visitor.get(key).text
    assert visitor.submit(key, {"rate_per_minute": "90", "connection_count": ""}).status_code == 302
    assert limits()[1] == ("server", "smtp.example.org:587", 90, None)
    asked = visitor.submit("/limits/domain:kraków.example/remove", {}, seen_at="/limits/")
    assert "Keep as it is" in asked.text
    gone = visitor.submit("/limits/domain:kraków.example/remove", {"confirmed": "1"}, seen_at="/limits/")
    assert gone.status_code == 302
    assert len(limits()) == 1
    assert visitor.get("/limits/domain:kraków.example/edit").status_code == 404
    assert [e.verb for e in audit("limit")] == ["limit.added"] * 2 + ["limit.changed", "limit.removed"]


def test_the_page_shows_how_limits_stand_and_a_change_frees_who_waits(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    factories.make_people(house.event, 3, domain="slow.example")
    shoot_id = factories.make_shoot(house.event, sender=factories.make_sender(daily_quota=500))
    prepare_shoot(shoot_id)
    later = func.now() + timedelta(hours=2)
    session = db.session
    session.add(Limit(kind="domain", name="slow.example", rate_per_minute=10))
    session.add(Limit(kind="server", name="mail.example:25", connection_count=4))
    session.add(Bucket(key="domain:slow.example", tokens=0, queued_until=later))
    session.add(ConnectionShare(server="mail.example:25", owner="w", connection_count=3, lease_until=later))
    session.query(EmailLog).update({"next_at": later})
    session.query(Chunk).update({"next_at": later})
    session.commit()
    page = visitor.get("/limits/").text
    assert "About 1\u202f500 letters wait" in page
    assert "3 of 4 connections with 1 worker" in page
    assert "0 of 500 letters gone today" in page
    visitor.submit("/limits/domain:slow.example/edit", {"rate_per_minute": "5000"})
    session.rollback()
    slow = select(EmailLog.next_at).where(EmailLog.address.like("%@slow.example"))
    assert session.scalars(slow).all() == [None] * 3
    assert session.scalars(select(Chunk.next_at <= func.now())).all() == [True]
    assert "letters wait" not in visitor.get("/limits/").text


def test_the_page_is_for_administrators(house: House) -> None:
    for role in (Role.SUPPORT, Role.ORGANIZER):
        visitor = house.visit(role)
        assert visitor.get("/limits/").status_code == 403
        assert "/limits/" not in visitor.get("/").text


def test_pages_say_when_a_letter_is_through_and_what_decides(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    factories.make_people(house.event, 120, domain="slow.example")
    sender = factories.make_sender(rate_per_minute=60)
    letter_id = factories.make_letter(house.event, sender_id=sender.id)
    db.session.get_one(Letter, letter_id).audience = Audience((Choice("registered"),)).to_json()
    db.session.commit()
    address = f"/letters/{letter_id}/send/"
    assert "The sender may send at most 60 letters a minute." in visitor.get(address).text
    factories.limit_for("slow.example")
    db.session.get_one(Limit, ("domain", "slow.example")).rate_per_minute = 1
    db.session.commit()
    assert "Letters to slow.example: at most 1 letter a minute." in visitor.get(address).text
    shoot_id = factories.make_shoot(house.event, sender=sender)
    prepare_shoot(shoot_id)
    assert "letters to slow.example: at most 1" in visitor.get(f"/shoots/{shoot_id}").text
    later, latest = now() + timedelta(hours=3), now() + timedelta(hours=4)
    sender.window_from, sender.window_to = later.time().replace(second=0), latest.time().replace(second=0)
    db.session.commit()
    shown = visitor.get(f"/shoots/{shoot_id}/live").text
    assert "Nothing goes out right now." in shown
    assert "the sender’s hours" in shown
    assert "Sent now, it goes on" in visitor.get(address).text

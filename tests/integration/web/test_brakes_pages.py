"""Brakes as people meet them: chosen when a letter is confirmed or sent by command, seen and used on its page."""

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import words
from tests.integration.web.writing_room import WritingRoom
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver import Deliverer
from webapp.mail.actions.schedule_brakes import watch_shoots
from webapp.mail.actions.stop_all import stop_all
from webapp.mail.domain.states import Lane
from webapp.mail.esp.memory import MemoryCarrier
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role


def deliver(app: Flask) -> None:
    """Deliver what is due, in this process."""
    Deliverer(app, MemoryCarrier(), lane=Lane.BULK, owner="test/1", must_stop=lambda: False).run()


def last_shoot() -> Shoot:
    """Return the newest shoot as it is stored."""
    db.session.rollback()
    return db.session.scalars(select(Shoot).order_by(Shoot.id.desc()).limit(1)).one()


def test_they_are_chosen_on_the_last_page_and_refused_beside_their_field(
    app: Flask, database: Session
) -> None:
    room = WritingRoom(app)
    letter_id = room.letter()
    visitor, address = room.visitor(), f"/letters/{letter_id}/send/"
    plain = {"when": "now", "shown_count": "3"}
    for wrong, field, sentence in (
        (
            {"canary": "1", "canary_amount": "3", "canary_unit": "letters"},
            "canary",
            "between 1 and 2 letters",
        ),
        ({"canary": "1", "canary_amount": "some"}, "canary", "no number of letters"),
        ({"canary": "1", "canary_amount": "1", "canary_minutes": "0"}, "canary", "between 1 and 10,080"),
        ({"halt_at": "many"}, "halt", "no whole number"),
    ):
        page = visitor.submit(address, {**plain, **wrong})
        assert page.status_code == 422, wrong
        assert sentence in page.text.split(f'id="{field}-error"')[1][:300], wrong
    good = {"canary": "1", "canary_amount": "34", "canary_unit": "percent", "canary_minutes": "45"}
    assert visitor.submit(address, {**plain, **good, "halt_at": "0"}).status_code == 302
    shoot = last_shoot()
    assert (shoot.canary_count, shoot.canary_minutes, shoot.halt_percent) == (2, 45, 0)


def test_the_shoots_page_shows_how_far_it_is_and_who_may_decides(
    app: Flask, database: Session, tmp_path: Path
) -> None:
    event = factories.make_event()
    factories.make_people(event, 40)
    factories.make_sender()
    body = tmp_path / "letter.html"
    body.write_text("<p>Hello!</p>")
    given = ["--subject", "News", "--html", str(body), "--segment", "registered", "--event", event.slug]
    brakes = ["--canary", "25%", "--canary-minutes", "30", "--halt-at", "15"]
    run = app.test_cli_runner().invoke
    refused = run(args=["shoot", "send", *given, "--canary", "100%", "--json"])
    assert (refused.exit_code, json.loads(refused.stdout)["field"]) == (2, "canary")
    answer = json.loads(run(args=["shoot", "send", *given, *brakes, "--json"]).stdout)
    assert answer["canary"] == 10
    shoot_id, page = answer["id"], f"/shoots/{answer['id']}"
    prepare_shoot(shoot_id)
    organizer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    writer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event, may_send=False).email)
    seen = words(organizer.get(page).text)
    assert "The first 10 go out alone" in seen
    assert "0 of the first 10 have an outcome" in seen
    assert "Halts by itself when 15 % of the addresses do not work." in seen
    deliver(app)
    watch_shoots()
    seen = words(organizer.get(f"{page}/live").text)
    assert "Waiting until" in seen
    assert "Send 30 letters" in seen
    assert "Send 30 letters" not in words(writer.get(f"{page}/live").text)
    assert writer.submit(f"{page}/canary/go-on", {}, seen_at="/profile/").status_code == 403
    assert organizer.submit(f"{page}/canary/stop-here", {}, seen_at=page).status_code == 303
    assert "Staff stopped it after the first 10 letters." in words(organizer.get(page).text)
    assert "Staff stopped it after the first 10 letters." in words(organizer.get("/").text)  # Needs attention
    organizer.submit(f"{page}/resume", {}, seen_at=page)
    stop_all(scope=SYSTEM, reason="A drill")
    assert "All letters are stopped, these too." in words(organizer.get(f"{page}/live").text)
    assert organizer.submit(f"{page}/canary/go-on", {}, seen_at=page).status_code == 303
    assert last_shoot().open_to is None
    assert organizer.submit(f"{page}/canary/go-on", {}, seen_at="/profile/").status_code == 303
    assert "no longer alone" in words(organizer.get(page).text)

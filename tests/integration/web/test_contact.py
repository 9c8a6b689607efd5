"""The contact page and staff's pages on messages."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.models.shoot import Shoot
from webapp.people.models.user import Role
from webapp.programme.actions.contact import Destination, receive_message
from webapp.programme.domain.contact import ContactKind, Written
from webapp.programme.models.contact import ContactMessage
from webapp.web.extensions import limiter
from webapp.web.public.form_guard import make_stamp


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    factories.make_sender()
    return House(app)


def filled(house: House, **changes: str) -> dict[str, str]:
    """Return the form as somebody sends it who has read it for a minute."""
    words = {
        "name": "Zofia",
        "address": "zofia@example.org",
        "kind": "support",
        "event": "",
        "subject": "Lift?",
        "body": "Is there a lift?\n<b>I come</b> with a wheelchair.",
        "token": make_stamp("contact-form", now() - timedelta(minutes=1)),
    }
    return {**words, **changes}


def stored() -> list[ContactMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(ContactMessage).order_by(ContactMessage.id)))


def test_a_visitor_writes_and_is_thanked(house: House) -> None:
    visitor, page = Visitor(house.app), f"/contact/{house.ours.slug}"
    assert house.foreign.name not in visitor.get(page).text
    form = filled(house, kind="event", event=str(house.event.id))
    answer = visitor.submit(page, form)
    assert (answer.status_code, answer.location) == (303, f"{page}/sent")
    assert visitor.get(f"{page}/sent").status_code == 200
    assert visitor.submit(page, form).status_code == 303
    assert [(m.kind, m.event_id, m.state) for m in stored()] == [("event", house.event.id, "forwarded")]
    assert visitor.get("/contact/").text.count("/contact/programme-") == 2
    assert visitor.get("/contact/nobody").status_code == 404


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "nobody"}, "@"),
        ({"body": ""}, "Write your message."),
        ({"kind": "event"}, "Choose the event"),
        ({"kind": "nobody"}, "Not a valid choice"),
        ({"event": "999"}, "no such event"),
        ({"token": "forged"}, "press Send once more"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    house: House, change: dict[str, str], says: str
) -> None:
    visitor, page = Visitor(house.app), f"/contact/{house.ours.slug}"
    answer = visitor.submit(page, filled(house, subject="My subject", **change))
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="My subject"' in answer.text
    assert stored() == []


def test_a_hasty_form_is_asked_for_again_and_a_trapped_one_is_spam(house: House) -> None:
    visitor, page = Visitor(house.app), f"/contact/{house.ours.slug}"
    hasty = visitor.submit(page, filled(house, token=make_stamp("contact-form", now())))
    assert hasty.status_code == 422
    assert "Is there a lift?" in hasty.text
    assert stored() == []
    assert visitor.submit(page, filled(house, website="http://spam.example")).status_code == 303
    assert [m.state for m in stored()] == ["spam"]
    assert db.session.scalars(select(Shoot)).all() == []


def test_too_many_tries_of_an_address_or_a_host_lose_nothing(house: House) -> None:
    visitor, page = Visitor(house.app), f"/contact/{house.ours.slug}"
    limiter.enabled = True
    limiter.reset()
    try:
        statuses = [visitor.submit(page, filled(house)).status_code for _ in range(11)]
        last = visitor.submit(page, filled(house))
    finally:
        limiter.reset()
        limiter.enabled = False
    assert statuses == [303] * 10 + [429]
    assert last.status_code == 429
    assert "Is there a lift?" in last.text
    assert re.search(r"Nothing is lost", last.text)


def message(house: House, kind: ContactKind, event_id: int | None, body: str = "Hello") -> int:
    return receive_message(
        to=Destination(kind, house.ours.id, event_id),
        written=Written("<b>Eve</b>", "eve@example.org", f"About {kind}", body),
        submission_token=f"{kind}-{event_id}",
    )


def test_organizers_see_what_is_for_them_and_never_what_is_for_support(house: House) -> None:
    to_them = message(house, ContactKind.EVENT, house.event.id)
    hidden = [
        message(house, ContactKind.SUPPORT, house.event.id),
        message(house, ContactKind.EVENT, house.sister.id),
    ]
    organizer, support = house.visit(Role.ORGANIZER), house.visit(Role.SUPPORT)
    assert organizer.get(f"/messages/{to_them}").status_code == 200
    for message_id in hidden:
        assert organizer.get(f"/messages/{message_id}").status_code == 404
        assert support.get(f"/messages/{message_id}").status_code == 200
    assert organizer.get("/messages/").text.count("<tr>") == 2
    assert support.get("/messages/").text.count("<tr>") == 4
    assert support.get("/messages/?kind=support").text.count("<tr>") == 2
    assert support.get("/messages/?state=spam").text.count("<tr>") == 0
    assert support.get("/messages/?search=eve@&before=x").text.count("<tr>") == 4


def test_a_message_is_shown_as_it_is_and_followed_until_it_is_closed(house: House) -> None:
    message_id = message(house, ContactKind.SUPPORT, None, '<script>alert("1")</script>')
    support = house.visit(Role.SUPPORT)
    page = f"/messages/{message_id}"
    text = support.get(page).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "mailto:eve@example.org?subject=Re%3A%20About%20support" in text
    for state in ("answered", "closed", "forwarded", "spam"):
        form = {"state": state, "comment": f"because {state}"}
        assert support.submit(f"{page}/mark", form, seen_at=page).status_code == 303
        assert stored()[0].state == state
    assert "because closed" in support.get(page).text
    assert support.submit(f"{page}/mark", {"state": "answered"}, seen_at=page).status_code == 303
    assert stored()[0].state == "spam"
    assert support.submit(f"{page}/pass-on", {}, seen_at=page).status_code == 303
    assert stored()[0].state == "forwarded"

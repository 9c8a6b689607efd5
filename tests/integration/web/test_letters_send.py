"""The last page before a letter goes out: it says what will happen, asks who may, and does it once."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests import factories
from tests.integration.web.visiting import Visitor
from tests.integration.web.writing_room import WritingRoom, fresh, words
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.models.shoot import Shoot
from webapp.web.staff.letter_send import read_number


@pytest.fixture
def room(app: Flask, database: Session) -> WritingRoom:
    return WritingRoom(app)


def send(visitor: Visitor, letter_id: int, **posted: str) -> TestResponse:
    return visitor.submit(
        f"/letters/{letter_id}/send/", {"when": "now", "shown_count": "3", **posted}, seen_at="/letters/new"
    )


def shoots() -> list[Shoot]:
    db.session.rollback()
    return list(db.session.scalars(select(Shoot).order_by(Shoot.id)))


def test_the_page_says_who_how_many_from_whom_and_shows_a_real_copy(room: WritingRoom) -> None:
    letter_id = room.letter()
    page = room.visitor().get(f"/letters/{letter_id}/send/")
    said = words(page)
    for part in (
        "Everybody of Code Circle Kraków",
        "Letters 3",
        "Opted out: 1",
        "Ola of Code Circle <krakow@example.org>",
        "News of Code Circle Kraków",
        "Send 3 letters",
        "Europe/Warsaw (where it takes place)",
    ):
        assert part in said, part
    assert f"person={room.zofia.id}" in page.text


def test_sent_once_however_often_the_button_is_pressed(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    answer = send(visitor, letter_id)
    assert answer.status_code == 302
    assert [(s.state, s.confirmed_count, s.author_id is not None) for s in shoots()] == [
        ("preparing", 3, True)
    ]
    assert fresh(letter_id).state == "sent"
    again = send(visitor, letter_id)
    assert again.status_code == 409
    assert "sent already" in words(again)
    assert f"/shoots/{shoots()[0].id}" in again.text
    assert len(shoots()) == 1
    assert "This letter was sent" in words(visitor.get(f"/letters/{letter_id}/send/"))


def test_who_may_only_write_is_told_whom_to_ask(room: WritingRoom) -> None:
    letter_id = room.letter()
    writer = room.visitor(may_send=False)
    said = words(writer.get(f"/letters/{letter_id}/send/"))
    assert "Somebody else has to send it" in said
    assert room.user.email in said
    assert "Send 3 letters" not in said
    assert send(writer, letter_id).status_code == 403
    assert shoots() == []
    assert fresh(letter_id).state == "ready"


def test_a_draft_is_made_ready_first(room: WritingRoom) -> None:
    visitor = room.visitor()
    letter_id = room.letter()
    copied = visitor.submit(f"/letters/{letter_id}/copy", {}, seen_at=f"/letters/{letter_id}")
    copy = int(copied.location.rpartition("/")[2])
    assert "still a draft" in words(visitor.get(f"/letters/{copy}/send/"))
    assert send(visitor, copy).status_code == 409
    answer = visitor.submit(f"/letters/{copy}/ready", {"next": "send"}, seen_at=f"/letters/{copy}/send/")
    assert answer.location.endswith(f"/letters/{copy}/send/")
    assert shoots() == []


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"shown_count": "2"}, "has changed from 2 to 3"),
        ({"shown_count": ""}, "has changed from 0 to 3"),
        ({"when": "later", "day": "2027-03-28", "time": "02:30", "zone": "Europe/Warsaw"}, "does not exist"),
        ({"when": "later", "day": "2027-10-31", "time": "02:30", "zone": "Europe/Warsaw"}, "comes twice"),
        ({"when": "later", "day": "2020-01-01", "time": "10:00", "zone": "Europe/Warsaw"}, "has passed"),
        ({"when": "later", "day": "", "time": "", "zone": "Europe/Warsaw"}, "Choose a day and a time"),
        ({"when": "later", "day": "2027-01-01", "time": "10:00", "zone": "../etc/passwd"}, "no time zone"),
        ({"when": "later", "day": "0001-01-01", "time": "00:00", "zone": "Asia/Tokyo"}, "has passed"),
        ({"when": "later", "day": "9999-12-31", "time": "23:59", "zone": "America/New_York"}, "far away"),
    ],
)
def test_what_is_refused_is_refused_whole(room: WritingRoom, posted: dict[str, str], sentence: str) -> None:
    letter_id = room.letter()
    answer = send(room.visitor(), letter_id, **posted)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert shoots() == []
    assert fresh(letter_id).state == "ready"


def test_of_a_time_that_comes_twice_either_can_be_chosen(room: WritingRoom) -> None:
    visitor = room.visitor()
    later = {"when": "later", "day": "2027-10-31", "time": "02:30", "zone": "Europe/Warsaw"}
    asked = send(visitor, room.letter(), **later)
    assert "The first one, 02:30 CEST" in words(asked)
    assert "The second one, 02:30 CET" in words(asked)
    send(visitor, room.letter(), **later, which="first")
    send(visitor, room.letter(), **later, which="second")
    assert [s.scheduled_at for s in shoots()] == [
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    ]


def test_a_time_is_meant_on_the_clocks_of_its_zone(room: WritingRoom) -> None:
    day = (now() + timedelta(days=40)).date()
    answer = send(
        room.visitor(), room.letter(), when="later", day=str(day), time="09:00", zone="Asia/Kolkata"
    )
    assert answer.status_code == 302
    shoot = shoots()[0]
    assert (shoot.state, shoot.timezone) == ("scheduled", "Asia/Kolkata")
    assert shoot.scheduled_at == datetime(day.year, day.month, day.day, 3, 30, tzinfo=UTC)


def test_above_five_hundred_the_number_is_typed(room: WritingRoom) -> None:
    factories.make_people(room.event, 600)
    letter_id = room.letter()
    visitor = room.visitor()
    assert "Type 603 to confirm" in words(visitor.get(f"/letters/{letter_id}/send/"))
    refused = send(visitor, letter_id, shown_count="603", typed_count="600")
    assert refused.status_code == 422
    assert "Type the number of letters" in words(refused)
    assert send(visitor, letter_id, shown_count="603", typed_count=" 603 ").status_code == 302


def test_nobody_nothing_and_no_sender_have_no_button(room: WritingRoom) -> None:
    visitor = room.visitor()
    for letter_id, said in (
        (room.letter(audience=None), "Nobody is chosen yet"),
        (room.letter(sender_id=None), "No sender is chosen"),
    ):
        page = visitor.get(f"/letters/{letter_id}/send/")
        assert said in words(page)
        assert "send-form" not in page.text
        assert send(visitor, letter_id).status_code == 422
    assert shoots() == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1204", 1204),
        ("1,204", 1204),
        ("1\u202f204", 1204),
        ("1.204", 1204),
        ("", None),
        ("12a", None),
        ("-1", None),
    ],
)
def test_a_number_is_read_as_people_type_it(text: str, number: int | None) -> None:
    assert read_number(text) == number

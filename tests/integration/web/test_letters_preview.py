"""A letter is looked at as its recipients read it, in a frame in which nothing can act, and sent to oneself."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.writing_room import WritingRoom, fresh, words
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.letter import Letter
from webapp.mail.models.shoot import Shoot
from webapp.programme.queries.constants import letter_constants, write_dates
from webapp.web.staff.letter_preview import in_colours


@pytest.fixture
def room(app: Flask, database: Session) -> WritingRoom:
    return WritingRoom(app)


def test_every_recipient_sees_their_own_values(room: WritingRoom) -> None:
    letter_id = room.letter(
        subject="{{ person.name | default('You') }} in {{ event.city }}", preheader="P {{ person.name }}"
    )
    visitor = room.visitor()
    said = words(visitor.get(f"/letters/{letter_id}/preview/?person={room.yamada.id}"))
    assert "山田太郎 in Kraków" in said
    assert "P 山田太郎" in said
    assert "Ola of Code Circle <krakow@example.org>" in said
    frame = visitor.get(f"/letters/{letter_id}/preview/frame?person={room.nameless.id}")
    assert "Hello friend!" in frame.text
    assert "1 Long Street" in frame.text
    assert "opt-out" in frame.text


def test_the_frame_is_locked(room: WritingRoom) -> None:
    letter_id = room.letter(
        html='<p onclick="alert(1)">x</p><script>alert(1)</script><form action="/x"><input></form>'
    )
    answer = room.visitor().get(f"/letters/{letter_id}/preview/frame")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "X-Frame-Options" not in answer.headers
    for acting in ("<script", "onclick", "<form", "<input"):
        assert acting not in answer.text


def test_hostile_names_are_text(room: WritingRoom) -> None:
    with transaction() as session:
        session.merge(room.zofia).name = '<img src=x onerror="alert(1)"> {{ person.email }} {% if x %}'
    letter_id = room.letter()
    visitor = room.visitor()
    for path in ("preview/frame", "preview/", "audience/", "send/"):
        text = visitor.get(f"/letters/{letter_id}/{path}?person={room.zofia.id}").text
        assert "<img src=x" not in text, path
        assert "&lt;img src=x" in text, path
    assert (
        "{{ person.email }}" in visitor.get(f"/letters/{letter_id}/preview/frame?person={room.zofia.id}").text
    )


def test_who_does_not_get_it_cannot_be_looked_at(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    for person in (room.stopped, room.stranger):
        for path in ("", "frame"):
            answer = visitor.get(f"/letters/{letter_id}/preview/{path}?person={person.id}")
            assert answer.status_code == 404
            assert person.name not in answer.text


def test_one_goes_from_recipient_to_recipient_and_finds_them(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    page = visitor.get(f"/letters/{letter_id}/preview/?person={room.yamada.id}").text
    assert f"person={room.zofia.id}&amp;view=desktop" in page
    assert f"person={room.nameless.id}&amp;view=desktop" in page
    said = words(visitor.get(f"/letters/{letter_id}/preview/?search=zof&person={room.yamada.id}"))
    assert "Zofia Nowak" in said
    part = visitor.get(f"/letters/{letter_id}/preview/?view=text", headers={"HX-Target": "preview"})
    assert "<html" not in part.text
    assert "Hello Zofia Nowak!" in part.text


def test_those_who_break_letters_are_offered(room: WritingRoom) -> None:
    factories.register(factories.make_person("omar@example.org", "عمر"), room.event, ticket="Gold")
    letter_id = room.letter(html="<p>{{ person.name }} {{ registration.ticket }}</p>")
    said = words(room.visitor().get(f"/letters/{letter_id}/preview/"))
    cases = said.split("Where letters break")[1].split("In your own inbox")[0]
    assert "Longest name Zofia Nowak" in cases
    assert "No name nameless@example.org" in cases
    assert "Other direction عمر" in cases
    assert "Other script 山田太郎" in cases
    assert "Empty in this copy: Registration: Ticket" in said


def test_a_letter_without_an_audience_or_with_faults_says_so(room: WritingRoom) -> None:
    visitor = room.visitor()
    alone = words(visitor.get(f"/letters/{room.letter(audience=None)}/preview/"))
    assert "Nobody is chosen yet" in alone
    letter_id = room.letter()
    with transaction() as session:
        session.get_one(Letter, letter_id).subject = "{{ nothing.such }}"
    assert "There is no field “nothing.such”" in words(visitor.get(f"/letters/{letter_id}/preview/"))
    assert visitor.get(f"/letters/{letter_id}/preview/frame").status_code == 422


def test_a_person_whose_values_cannot_be_written_fails_alone(room: WritingRoom) -> None:
    with transaction() as session:
        session.merge(room.zofia).name = "Line\u2028break"
    letter_id = room.letter()
    visitor = room.visitor()
    assert "cannot be written" in words(visitor.get(f"/letters/{letter_id}/preview/?person={room.zofia.id}"))
    assert visitor.get(f"/letters/{letter_id}/preview/frame?person={room.zofia.id}").status_code == 422
    assert visitor.get(f"/letters/{letter_id}/preview/frame?person={room.yamada.id}").status_code == 200


def test_each_view_answers_for_one_colour_scheme() -> None:
    css = "@media (prefers-color-scheme: dark){a{}} @media screen and (PREFERS-COLOR-SCHEME:light){b{}}"
    assert in_colours(css, is_dark=True) == "@media (min-width: 0){a{}} @media screen and (max-width: 0){b{}}"
    assert (
        in_colours(css, is_dark=False) == "@media (max-width: 0){a{}} @media screen and (min-width: 0){b{}}"
    )


def test_constants_speak_the_language_of_the_letter(room: WritingRoom) -> None:
    polish = letter_constants(room.programme.id, room.event.id, "pl")
    assert polish["event.date"] == "sobota, 6 marca 2027"
    assert polish["programme.postal_address"] == "1 Long Street"
    assert letter_constants(room.programme.id, None, "en")["event.name"] == ""
    assert set(letter_constants(None, None, "nonsense").values()) == {""}
    first, last = room.event.starts_on, room.event.starts_on.replace(day=7)
    assert write_dates(first, last, "en_GB") == "Saturday, 6 March 2027 – Sunday, 7 March 2027"


def test_a_letter_to_oneself_goes_out_at_once_and_its_status_is_followed(
    room: WritingRoom, machinery: Machinery
) -> None:
    machinery.start_sink()
    machinery.start_worker("urgent")
    letter_id = room.letter(audience=None)
    visitor = room.visitor(may_send=False)
    answer = visitor.submit(
        f"/letters/{letter_id}/preview/test", {}, seen_at=f"/letters/{letter_id}/preview/"
    )
    assert answer.status_code == 302
    assert (
        "on its way" in visitor.get(answer.location).text
        or "has been sent" in visitor.get(answer.location).text
    )
    db.session.rollback()
    shoot = db.session.scalars(select(Shoot)).one()
    assert (shoot.kind, shoot.lane) == ("test", "urgent")
    status = f"/letters/{letter_id}/preview/test/{shoot.id}"
    wait_until(lambda: "has been sent" in visitor.get(status).text, seconds=20, what=machinery.logs())
    assert "every 1s" not in visitor.get(status).text
    assert fresh(letter_id).state == "ready"


def test_a_test_without_a_sender_is_refused_with_a_sentence(room: WritingRoom) -> None:
    letter_id = room.letter(sender_id=None)
    visitor = room.visitor()
    answer = visitor.submit(
        f"/letters/{letter_id}/preview/test", {}, seen_at=f"/letters/{letter_id}/preview/"
    )
    assert "cannot come from that sender" in words(visitor.get(answer.location))
    assert db.session.scalar(select(Shoot.id)) is None

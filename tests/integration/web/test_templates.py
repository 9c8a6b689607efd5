"""The words of letters by role: where they come from, written, refused, compared, taken away, and by whom."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_rules import write_template
from tests.integration.web.visiting import Visitor
from tests.integration.web.writing_room import words
from webapp.core.database import db
from webapp.mail.models.letter_template import LetterTemplate
from webapp.mail.queries.letter_texts import find_letter_text, shipped_texts
from webapp.people.models.user import Role

ACCEPTED = "/templates/attend.accepted"
SOUND = {
    "subject": "Come to {{ event.name }}",
    "preheader": "A place for you",
    "slot:main": '<p>Hello {{ person.greeting | default("you") }}</p>\n<p><a href="{{ rsvp.link }}">Answer</a></p>',
    "reason": "You applied.",
}


class Desk:
    """Two programmes, each with an event, and who may do what in the first."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.programme = factories.make_programme(name="Code Circle")
        self.event = factories.make_event(self.programme, name="Cairo", locale="ar")
        self.foreign = factories.make_event(name="Foreign event")
        self.here = f"place=event-{self.event.id}"
        self.whole = f"place=programme-{self.programme.id}"

    def visitor(self, role: Role = Role.ORGANIZER) -> Visitor:
        user = factories.make_staff(role, programme=self.programme, event=self.event)
        return Visitor(self.app).sign_in(user.email)

    def save(
        self, visitor: Visitor, place: str, locale: str = "ar", role: str = "attend.accepted", **posted: Any
    ) -> Any:
        address = f"/templates/{role}/edit?place={place}&locale={locale}"
        form = {"place": place, "locale": locale, "revision": "0", **SOUND, **posted}
        return visitor.submit(address, form)

    def rows(self) -> list[tuple[str, int | None, str, int]]:
        """Return (locale, event, subject, revision) of all words that staff wrote."""
        db.session.rollback()
        found = db.session.scalars(
            select(LetterTemplate).order_by(LetterTemplate.id).execution_options(populate_existing=True)
        )
        return [(row.locale, row.event_id, row.subject, row.revision) for row in found]


@pytest.fixture
def desk(app: Flask, database: Session) -> Desk:
    return Desk(app)


def test_the_list_says_whose_words_each_letter_has(desk: Desk) -> None:
    write_template("attend.accepted", desk.event, locale="ar", html='<a href="{{ rsvp.link }}">x</a>')
    visitor = desk.visitor(Role.SUPPORT)
    said = words(visitor.get(f"/templates/?{desk.here}"))
    accepted = said.split("Application: accepted")[1].split("Application: waiting list")[0]
    assert "Event Arabic Built-in English , French" in accepted
    assert "Application to host: received" not in said
    assert "10 letters about hosting, accounts and newsletters belong to the programme: see its" in said
    whole = words(visitor.get(f"/templates/?{desk.whole}&about=host"))
    assert "Application to host: received" in whole
    assert "Application: accepted" not in whole
    assert "Built-in English , French , Spanish , Polish , Portuguese (Brazil) , Arabic" in whole


def test_the_chain_shows_which_words_are_used_and_the_letter_in_them(desk: Desk) -> None:
    visitor = desk.visitor()
    said = words(visitor.get(f"{ACCEPTED}?{desk.here}"))
    chain = said.split("Where the words come from")[1].split("These words")[0]
    assert chain.strip() == (
        "event in Arabic no words event in every language no words programme in Arabic no words"
        " programme in every language no words built-in in Arabic these words are used"
    )
    write_template(
        "attend.accepted", desk.event, html='<p>Own {{ event.name }} <a href="{{ rsvp.link }}">x</a></p>'
    )
    said = words(visitor.get(f"{ACCEPTED}?{desk.here}"))
    assert "event in every language these words are used" in said
    assert "built-in in Arabic would be next" in said
    frame = visitor.get(f"{ACCEPTED}/frame?{desk.here}")
    assert "Own Cairo" in frame.text
    assert '<html lang="ar" dir="rtl"' in frame.text
    assert "default-src 'none'" in frame.headers["Content-Security-Policy"]
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    text = words(visitor.get(f"{ACCEPTED}?{desk.here}&view=text"))
    assert "https://post.example.org/rsvp/example" in text
    assert find_letter_text("attend.accepted", desk.programme.id, desk.event.id, "ar").slots["main"] in (
        '<p>Own {{ event.name }} <a href="{{ rsvp.link }}">x</a></p>'
    )


def test_every_letter_can_be_looked_at_in_every_language(desk: Desk) -> None:
    visitor = desk.visitor(Role.ADMINISTRATOR)
    for role in ("newsletter.welcome", "host.notify_support", "organizer.ask_numbers"):
        for locale in (*shipped_texts(role), "all", "ka"):
            page = visitor.get(f"/templates/{role}?place=built-in&locale={locale}")
            assert page.status_code == 200
            assert "It cannot be shown" not in page.text
            frame = visitor.get(f"/templates/{role}/frame?place=built-in&locale={locale}")
            assert frame.status_code == 200
            assert not re.search(r"\{\{|\}\}", frame.text)


def test_own_words_are_saved_used_and_changed_by_one_editor_at_a_time(desk: Desk) -> None:
    visitor = desk.visitor()
    place = f"event-{desk.event.id}"
    shown = visitor.get(f"{ACCEPTED}/edit?{desk.here}").text
    assert "لك مكان في" in shown, "writing begins with the words that are used"
    assert "unsafe-inline" not in shown
    answer = desk.save(visitor, place)
    assert answer.status_code == 303, answer.text
    assert desk.rows() == [("ar", desk.event.id, "Come to {{ event.name }}", 1)]
    found = find_letter_text("attend.accepted", desk.programme.id, desk.event.id, "ar")
    assert (found.subject, found.locale, found.text) == ("Come to {{ event.name }}", "ar", None)
    again = desk.save(visitor, place, subject="Mine", reason="Typed with care")
    assert again.status_code == 409
    assert "Somebody else has changed these words" in words(again)
    assert 'value="Mine"' in again.text
    assert "Typed with care" in again.text
    assert desk.save(visitor, place, revision="1", subject="Second").status_code == 303
    assert desk.save(visitor, place, revision="1", subject="Late").status_code == 409
    assert desk.save(visitor, place, revision="1", over="2", subject="Over").status_code == 303
    assert desk.rows() == [("ar", desk.event.id, "Over", 3)]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("changed", "place", "said"),
    [
        (
            {"slot:main": "<p>\n{{ rsvp.lnik }}</p><a href='{{ rsvp.link }}'>x</a>"},
            "slot-main",
            "Line 2, column 1: There is no field “rsvp.lnik”",
        ),
        ({"slot:main": "<p>Hello</p>"}, "slot-main", "This letter is worthless without {{ rsvp.link }}"),
        (
            {"slot:main": '<a href="{{ rsvp.link }}">x</a><a href="">y</a>'},
            "slot-main",
            "This link leads nowhere",
        ),
        ({"slot:main": '<a href="{{ rsvp.link }}"> </a>'}, "slot-main", "This link shows nothing to press"),
        ({"subject": "  "}, "subject", "The subject is empty"),
        ({"subject": "{{ newsletter.name }}"}, "subject", "There is no field “newsletter.name”"),
        ({"reason": ""}, "reason", "Say in a sentence why"),
        ({"reason": "x" * 501}, "reason", "501 characters; 500 is the most"),
        ({"text_mode": "own", "text": "Come!"}, "text", "worthless without {{ rsvp.link }}"),
    ],
)
def test_contract_17_what_cannot_be_used_is_refused_beside_its_field(
    desk: Desk, changed: dict[str, str], place: str, said: str
) -> None:
    typed = {"preheader": "Typed with care", **changed}
    answer = desk.save(desk.visitor(), f"event-{desk.event.id}", **typed)
    assert answer.status_code == 422
    assert "Nothing was saved." in words(answer)
    beside = answer.text.split(f'id="{place}-error"')[1].split(
        "</section>" if place == "slot-main" else '<div class="field'
    )[0]
    assert said in " ".join(re.sub(r"<[^>]+>", " ", beside).split())
    assert 'value="Typed with care"' in answer.text
    assert desk.rows() == []


def test_another_layout_keeps_all_words_and_saves_nothing(desk: Desk) -> None:
    visitor = desk.visitor()
    place = f"event-{desk.event.id}"
    answer = desk.save(visitor, place, layout="announcement", do="layout", subject="Typed")
    assert answer.status_code == 200
    assert 'name="slot:headline"' in answer.text
    assert 'value="Typed"' in answer.text
    assert desk.rows() == []
    assert desk.save(visitor, place, layout="announcement").status_code == 422
    assert (
        desk.save(visitor, place, layout="announcement", **{"slot:headline": "<h1>Hello</h1>"}).status_code
        == 303
    )
    posted = {"place": place, "locale": "ar", **SOUND, "subject": "Only looked at"}
    look = visitor.submit(f"{ACCEPTED}/look", posted, seen_at=f"{ACCEPTED}/edit?{desk.here}")
    assert (look.status_code, "<h1>Hello</h1>" in look.text or "Hello</h1>" in look.text) == (200, True)
    assert "sandbox" in look.headers["Content-Security-Policy"]
    broken = visitor.submit(
        f"{ACCEPTED}/look", {**posted, "subject": ""}, seen_at=f"{ACCEPTED}/edit?{desk.here}"
    )
    assert (broken.status_code, "It cannot be shown yet" in broken.text) == (422, True)


def test_words_are_compared_taken_away_and_found_again(desk: Desk) -> None:
    visitor = desk.visitor()
    place = f"event-{desk.event.id}"
    desk.save(visitor, place)
    compared = visitor.get(f"{ACCEPTED}/difference?{desk.here}").text
    assert "<ins>Come to {{ event.name }}</ins>" in compared
    assert '<span aria-hidden="true">+</span><span class="visually-hidden">Only here:</span>' in compared
    assert "Plain text" not in words(visitor.get(f"{ACCEPTED}/difference?{desk.here}&to=built-in"))
    asked = {"place": place, "locale": "ar", "revision": "1"}
    page = f"{ACCEPTED}?{desk.here}"
    assert visitor.submit(f"{ACCEPTED}/remove", asked, seen_at=page).status_code == 303
    assert "confirm first" in words(visitor.get(page))
    for revision in ("7", "1"):
        visitor.submit(f"{ACCEPTED}/remove", {**asked, "revision": revision, "confirmed": "1"}, seen_at=page)
        assert len(desk.rows()) == (revision == "7"), "only who has seen the latest words takes them away"
    assert (
        find_letter_text("attend.accepted", desk.programme.id, desk.event.id, "ar")
        == shipped_texts("attend.accepted")["ar"]
    )
    history = visitor.get(f"{ACCEPTED}/history?{desk.here}").text
    said = words(visitor.get(f"{ACCEPTED}/history?{desk.here}"))
    assert re.findall(r"taken away|saved", said) == ["taken away", "saved"]
    version = re.findall(r"version=(\d+)", history)[0]
    assert "Come to {{ event.name }}" in visitor.get(f"{ACCEPTED}/edit?{desk.here}&version={version}").text
    assert visitor.get(f"/templates/attend.rejected/edit?{desk.here}&version={version}").status_code == 404
    assert desk.save(visitor, place, subject="Anew").status_code == 303
    assert desk.rows()[0][3] == 3, "a revision never stands for two texts"


def test_words_are_copied_to_another_language(desk: Desk) -> None:
    visitor = desk.visitor()
    desk.save(visitor, f"event-{desk.event.id}")
    answer = visitor.get(f"{ACCEPTED}/copy?{desk.here}&locale=ar&to=pt_br")
    assert answer.status_code == 302
    page = visitor.get(answer.location)
    assert "These are the words in Arabic. Write them in Portuguese (Brazil), then save." in words(page)
    assert "Come to {{ event.name }}" in page.text
    assert len(desk.rows()) == 1
    assert desk.save(visitor, f"event-{desk.event.id}", "pt_br").status_code == 303
    assert [row[0] for row in desk.rows()] == ["ar", "pt-BR"]
    assert desk.save(visitor, f"event-{desk.event.id}", "all").status_code == 303
    assert (
        find_letter_text("attend.accepted", desk.programme.id, desk.event.id, "pl").subject
        == SOUND["subject"]
    )


def test_each_writes_in_their_own_places_only(desk: Desk) -> None:
    theirs, whole = f"event-{desk.foreign.id}", f"programme-{desk.programme.id}"
    other = f"programme-{desk.foreign.programme_id}"
    own = f"event-{desk.event.id}"
    seen = f"{ACCEPTED}/edit?{desk.here}"
    allowed = {
        Role.ADMINISTRATOR: {own, theirs, whole, other},
        Role.SUPPORT: {own, whole},
        Role.ORGANIZER: {own},
    }
    for role, places in allowed.items():
        visitor = desk.visitor(role)
        for place in (own, theirs, whole, other):
            expected = 200 if place in places else 404
            for path in ("", "/frame", "/edit", "/difference", "/history"):
                status = visitor.get(f"{ACCEPTED}{path}?place={place}&locale=en").status_code
                assert status == expected, (role, place, path)
            assert visitor.get(f"/templates/?place={place}").status_code == expected
            if place not in places:
                before = db.session.scalar(select(func.count()).select_from(LetterTemplate))
                posted = {"place": place, "locale": "en", "confirmed": "1", **SOUND}
                for path in ("edit", "look", "remove"):
                    answer = visitor.submit(f"{ACCEPTED}/{path}", posted, seen_at=seen)
                    assert answer.status_code == 404, (role, place, path)
                assert db.session.scalar(select(func.count()).select_from(LetterTemplate)) == before
    listed = visitor.get("/templates/").text
    assert "Foreign event" not in listed
    reviewer = factories.make_staff(Role.REVIEWER, event=desk.event)
    assert Visitor(desk.app).sign_in(reviewer.email).get(f"{ACCEPTED}?{desk.here}").status_code == 403


def test_what_nobody_could_ever_read_cannot_be_written(desk: Desk) -> None:
    visitor = desk.visitor(Role.ADMINISTRATOR)
    for address in (
        "/templates/attend.accepted/edit?place=built-in",
        f"/templates/host.accepted/edit?{desk.here}",
    ):
        assert visitor.get(address).status_code == 422
    for address in (
        "/templates/nothing.such",
        f"{ACCEPTED}?place=event-0x1",
        f"{ACCEPTED}?place=event-99999999999999999999",
        f"{ACCEPTED}?place=moon-1",
        f"{ACCEPTED}?locale=klingon&{desk.here}",
        f"{ACCEPTED}/edit?{desk.here}&version=999999",
    ):
        assert visitor.get(address).status_code == 404, address


def test_support_sees_which_events_go_their_own_way(desk: Desk) -> None:
    write_template("attend.accepted", desk.event, locale="ar", html='<a href="{{ rsvp.link }}">x</a>')
    said = words(desk.visitor(Role.SUPPORT).get(f"{ACCEPTED}?{desk.whole}"))
    assert "Events with words of their own Cairo ar" in said

"""Who gets a letter: chosen, counted, named, left out and why; nobody beyond the chooser's reach."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.web.visiting import Visitor
from tests.integration.web.writing_room import WritingRoom, fresh, words
from webapp.core.database import db
from webapp.people.models.people_import import PeopleImport
from webapp.people.models.person import Person


@pytest.fixture
def room(app: Flask, database: Session) -> WritingRoom:
    return WritingRoom(app)


def choose(visitor: Visitor, letter_id: int, **posted: str) -> str:
    """Post the picker's form without scripts and return what the page then says."""
    answer = visitor.submit(f"/letters/{letter_id}/audience/", posted)
    assert answer.status_code == 302
    return words(visitor.get(answer.location))


def test_nobody_is_chosen_at_first(room: WritingRoom) -> None:
    said = words(room.visitor().get(f"/letters/{room.letter(audience=None)}/audience/"))
    assert "Nobody yet" in said
    assert "Zofia" not in said


def test_every_reason_for_being_left_out_has_its_number_and_its_names(room: WritingRoom) -> None:
    letter_id = room.letter(audience=None)
    visitor = room.visitor()
    said = choose(visitor, letter_id, add="include:registered")
    assert "3 people get it" in said
    assert "Opted out 1" in said
    assert "Suppressed 1" in said
    assert "No address 1" in said
    assert "Zofia Nowak" in said
    assert "Stella Stop" not in said
    names = visitor.get(
        f"/letters/{letter_id}/audience/people?reason=opted_out", headers={"HX-Request": "true"}
    )
    assert "Stella Stop" in names.text
    assert "Zofia" not in names.text
    assert "<html" not in names.text
    assert "Bob Bounce" in words(visitor.get(f"/letters/{letter_id}/audience/people?reason=suppressed"))
    assert "Zofia Nowak" in words(visitor.get(f"/letters/{letter_id}/audience/people?search=zof"))


def test_an_essential_letter_reaches_those_who_opted_out(room: WritingRoom) -> None:
    letter_id = room.letter(is_essential=True)
    said = words(room.visitor().get(f"/letters/{letter_id}/audience/"))
    assert "4 people get it" in said
    assert "Opted out 1" not in said


def test_groups_are_combined_left_out_and_taken_out_again(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    both = choose(visitor, letter_id, **{"include-0": "registered", "add": "include:myself"})
    assert "4 people get it" in both
    less = choose(
        visitor, letter_id, **{"include-0": "registered", "include-1": "myself", "add": "exclude:registered"}
    )
    assert "1 person gets it" in less
    assert "Taken out by you 6" in less
    gone = choose(
        visitor,
        letter_id,
        **{"include-0": "registered", "include-1": "myself", "exclude-0": "registered", "drop": "include-0"},
    )
    assert "1 person gets it" in gone
    twice = choose(
        visitor,
        letter_id,
        **{"include-0": "registered", "include-1": "registered", "include-1.event": "krakow"},
    )
    assert "Chosen twice; they get one letter 6" in twice


def test_scripts_get_the_picker_and_nothing_around_it(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    visitor.get(f"/letters/{letter_id}/audience/")
    answer = visitor.submit(f"/letters/{letter_id}/audience/", {"include-0": "registered"})
    assert answer.status_code == 302
    page = visitor.get(f"/letters/{letter_id}/audience/").text
    posted = {"include-0": "myself", "csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
    part = visitor.post(f"/letters/{letter_id}/audience/", posted, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<form")
    assert "Myself" in part.text
    assert fresh(letter_id).audience["include"] == [{"segment": "myself", "settings": {}}]


@pytest.mark.parametrize(
    "posted",
    [
        {"include-0": "registered", "include-0.event": "foreign"},
        {"include-0": "newsletter", "include-0.programme": "code-circle"},
        {"include-0": "shoot", "include-0.shoot": "1"},
        {"include-0": "import", "include-0.import": "1"},
        {"include-0": "shoot", "include-0.shoot": "१"},
        {"include-0": "import", "include-0.import": "99999999999999999999"},
    ],
)
def test_what_reaches_beyond_ones_scope_is_a_sentence_and_no_leak(
    room: WritingRoom, posted: dict[str, str]
) -> None:
    letter_id = room.letter(audience=None)
    visitor = room.visitor()
    said = choose(visitor, letter_id, **posted)
    assert "people get it" not in said
    assert "Secret Stranger" not in said
    assert "Foreign event" not in said
    assert "Among them" not in said
    assert "Secret" not in visitor.get(f"/letters/{letter_id}/preview/").text
    assert "Secret" not in visitor.get(f"/letters/{letter_id}/send/").text


def test_a_group_that_does_not_exist_changes_nothing(room: WritingRoom) -> None:
    letter_id = room.letter()
    said = choose(room.visitor(), letter_id, **{"include-0": "everybody-in-the-world"})
    assert "There is no segment" in said
    assert fresh(letter_id).audience["include"][0]["segment"] == "registered"


def test_pasted_addresses_become_an_audience_and_bad_ones_are_named(room: WritingRoom) -> None:
    letter_id = room.letter(audience=None)
    visitor = room.visitor()
    text = "Ada <ada@example.org>\nnot an address\nzofia@example.org, ada@example.org"
    answer = visitor.submit(
        f"/letters/{letter_id}/audience/paste", {"text": text}, seen_at=f"/letters/{letter_id}/audience/"
    )
    said = words(visitor.get(answer.location))
    assert "2 addresses taken in" in said
    assert "1 entry was refused" in said
    assert "not an address" in said
    assert "2 people get it" in said
    db.session.rollback()
    assert db.session.scalar(select(Person.name).where(Person.email == "ada@example.org")) == "Ada"


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 200_001])
def test_a_paste_that_is_nothing_or_too_much_is_refused_whole(room: WritingRoom, text: str) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    visitor.submit(
        f"/letters/{letter_id}/audience/paste", {"text": text}, seen_at=f"/letters/{letter_id}/audience/"
    )
    assert fresh(letter_id).audience["include"] == [{"segment": "registered", "settings": {}}]
    assert db.session.scalar(select(PeopleImport.id)) is None


def test_the_audience_of_a_letter_in_the_archive_stays(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    visitor.submit(f"/letters/{letter_id}/archive", {}, seen_at=f"/letters/{letter_id}")
    answer = visitor.submit(
        f"/letters/{letter_id}/audience/", {"include-0": "myself"}, seen_at="/letters/new"
    )
    assert answer.status_code == 409
    assert fresh(letter_id).audience["include"][0]["segment"] == "registered"

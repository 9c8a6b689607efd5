"""Letters are listed, begun, written, saved, guarded, made ready, compared, copied and put away."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.integration.web.visiting import Visitor
from tests.integration.web.writing_room import WritingRoom, fresh, token, words
from webapp.core.clock import now
from webapp.core.transaction import transaction
from webapp.mail.models.letter import Letter
from webapp.mail.queries.letters import find_versions


@pytest.fixture
def room(app: Flask, database: Session) -> WritingRoom:
    return WritingRoom(app)


def autosave(visitor: Visitor, letter_id: int, **posted: object) -> tuple[int, dict[str, object]]:
    answer = visitor.open(
        f"/letters/{letter_id}/autosave",
        "POST",
        json=posted,
        headers={"X-CSRFToken": token(visitor), "Accept": "application/json"},
    )
    return answer.status_code, answer.get_json()


def test_an_empty_list_says_what_to_do(room: WritingRoom) -> None:
    said = words(room.visitor().get("/letters/"))
    assert "No letters yet" in said
    assert "Write a letter" in said


def test_a_letter_is_begun_with_what_its_event_knows(room: WritingRoom) -> None:
    visitor = room.visitor()
    answer = visitor.submit(
        "/letters/new", {"place": f"event-{room.event.id}", "subject": "Hello", "layout": "announcement"}
    )
    assert answer.status_code == 302
    letter = fresh(int(answer.location.rpartition("/")[2]))
    assert (letter.event_id, letter.subject, letter.layout) == (room.event.id, "Hello", "announcement")
    assert letter.sender_id == room.sender.id
    assert "Code Circle Kraków" in letter.reason
    page = visitor.get(answer.location)
    assert page.status_code == 200
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"].split("style-src")[0]


def test_a_place_that_is_not_mine_cannot_be_chosen(room: WritingRoom) -> None:
    answer = room.visitor().submit(
        "/letters/new", {"place": f"event-{room.foreign.id}", "subject": "x", "layout": "simple"}
    )
    assert answer.status_code == 422
    assert "Foreign event" not in answer.text


def test_somebody_elses_letter_is_not_there_on_any_page(room: WritingRoom) -> None:
    letter_id = room.letter()
    stranger = room.visitor(foreign=True)
    for path in (
        "",
        "/text",
        "/versions/",
        "/versions/1",
        "/audience/",
        "/audience/people",
        "/preview/",
        "/send/",
    ):
        assert stranger.get(f"/letters/{letter_id}{path}").status_code == 404, path
    assert stranger.get(f"/letters/{letter_id}/preview/frame").status_code == 404
    for path in (
        "",
        "/ready",
        "/copy",
        "/archive",
        "/versions/1/restore",
        "/audience/",
        "/send/",
        "/preview/test",
    ):
        answer = stranger.submit(f"/letters/{letter_id}{path}", {"revision": "1"}, seen_at="/letters/new")
        assert answer.status_code == 404, path
    assert "News" not in words(stranger.get("/letters/"))


def test_what_nobody_touched_comes_back_byte_for_byte(room: WritingRoom) -> None:
    source = "\n<table>\r\n<td>{{ person.name | default(&quot;x&quot;) }}</td>\r</table>\n<!--[if mso]>-<![endif]-->"
    letter_id = room.letter(html=source)
    kept = fresh(letter_id).slots["main"]
    visitor = room.visitor()
    posted = kept.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    answer = visitor.submit(
        f"/letters/{letter_id}", {"revision": "1", "subject": "Another", "slot:main": posted}
    )
    assert answer.status_code == 302
    letter = fresh(letter_id)
    assert letter.slots["main"] == kept
    assert (letter.subject, letter.state, letter.revision) == ("Another", "draft", 2)


def test_saving_without_a_change_leaves_a_ready_letter_ready(room: WritingRoom) -> None:
    letter_id = room.letter()
    room.visitor().submit(f"/letters/{letter_id}", {"revision": "1", "subject": fresh(letter_id).subject})
    assert fresh(letter_id).state == "ready"


def test_autosave_answers_with_the_new_revision_and_what_is_missing(room: WritingRoom) -> None:
    letter_id = room.letter()
    status, said = autosave(room.visitor(), letter_id, revision=1, subject="Hi {{ event.nme }}")
    assert (status, said["revision"], said["state"]) == (200, 2, "draft")
    fault = said["faults"][0]
    assert (fault["place"], fault["line"], fault["column"]) == ("subject", 1, 4)
    assert "event.name" in fault["message"]


def test_the_later_of_two_editors_is_told_and_overwrites_nothing(room: WritingRoom) -> None:
    letter_id = room.letter()
    first, second = room.visitor(), room.visitor()
    assert autosave(first, letter_id, revision=1, subject="First")[0] == 200
    status, said = autosave(second, letter_id, revision=1, subject="Second")
    assert status == 409
    assert "still on this page" in said["error"]
    answer = second.submit(
        f"/letters/{letter_id}", {"revision": "1", "subject": "Second & mine"}, seen_at="/letters/new"
    )
    assert answer.status_code == 409
    assert "Second &amp; mine" in answer.text
    assert fresh(letter_id).subject == "First"


def test_somebody_who_writes_right_now_is_named_and_can_be_taken_over(room: WritingRoom) -> None:
    letter_id = room.letter()
    autosave(room.visitor(), letter_id, revision=1, subject="Mine")
    other = room.visitor()
    said = words(other.get(f"/letters/{letter_id}"))
    assert "Ola Staff is writing this letter" in said
    assert "Before it can be sent" not in said
    assert "Before it can be sent" in words(other.get(f"/letters/{letter_id}?take=1"))
    with transaction() as session:
        session.get_one(Letter, letter_id).edited_at = now() - timedelta(minutes=3)
    assert "is writing this letter" not in words(other.get(f"/letters/{letter_id}"))


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"layout": "none"}, "layout"),
        ({"locale": "xx-yy-zz"}, "locale"),
        ({"sender": "999"}, "sender"),
        ({"title": "x" * 201}, "title"),
        ({"slot:main": "x" * 2_000_001}, "slot:main"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    room: WritingRoom, posted: dict[str, str], field: str
) -> None:
    letter_id = room.letter()
    status, said = autosave(room.visitor(), letter_id, revision=1, **posted)
    assert (status, said["field"]) == (422, field)
    assert fresh(letter_id).revision == 1


def test_hostile_characters_are_kept_out_of_the_database(room: WritingRoom) -> None:
    letter_id = room.letter()
    posted = {"subject": "a\r\nBcc: x@example.org\x00", "slot:main": "<p>\ud800\x00</p>"}
    assert autosave(room.visitor(), letter_id, revision=1, **posted)[0] == 200
    letter = fresh(letter_id)
    assert letter.subject == "a  Bcc: x@example.org"
    assert letter.slots["main"] == "<p>?</p>"


def test_only_who_may_send_can_call_a_letter_essential(room: WritingRoom) -> None:
    letter_id = room.letter()
    writer = room.visitor(may_send=False)
    assert "Essential letter" not in words(writer.get(f"/letters/{letter_id}"))
    autosave(writer, letter_id, revision=1, essential_shown="1", is_essential="1", subject="a")
    assert not fresh(letter_id).is_essential
    autosave(room.visitor(), letter_id, revision=2, essential_shown="1", is_essential="1")
    assert fresh(letter_id).is_essential


def test_a_letter_with_faults_is_saved_but_not_ready(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    answer = visitor.submit(f"/letters/{letter_id}", {"revision": "1", "subject": " ", "then": "ready"})
    assert answer.status_code == 302
    assert "cannot be sent yet" in words(visitor.get(answer.location))
    assert (fresh(letter_id).state, fresh(letter_id).subject) == ("draft", "")
    visitor.submit(f"/letters/{letter_id}", {"revision": "2", "subject": "Now", "then": "ready"})
    assert fresh(letter_id).state == "ready"


def test_the_text_part_is_made_or_written_by_hand(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    made = visitor.get(f"/letters/{letter_id}/text").get_json()
    assert made["own"].strip() == 'Hello {{ person.name | default("friend") }}!'
    assert "{{ opt_out.link }}" in made["whole"]
    autosave(visitor, letter_id, revision=1, text_mode="own", text="By hand")
    assert fresh(letter_id).text == "By hand"
    autosave(visitor, letter_id, revision=2, text_mode="auto", text="By hand")
    assert fresh(letter_id).text is None


def test_an_earlier_version_is_compared_and_brought_back(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    autosave(visitor, letter_id, revision=1, subject="Worse")
    said = words(visitor.get(f"/letters/{letter_id}/versions/1"))
    assert "News of {{ event.name }}" in said
    assert "Worse" in said
    answer = visitor.submit(
        f"/letters/{letter_id}/versions/1/restore",
        {"revision": "2"},
        seen_at=f"/letters/{letter_id}/versions/1",
    )
    assert answer.status_code == 302
    assert fresh(letter_id).subject == "News of {{ event.name }}"
    assert "exactly what this version says" in words(visitor.get(f"/letters/{letter_id}/versions/1"))


def test_a_copy_and_the_archive_leave_the_letter_as_it_was(room: WritingRoom) -> None:
    letter_id = room.letter()
    visitor = room.visitor()
    copied = visitor.submit(f"/letters/{letter_id}/copy", {}, seen_at=f"/letters/{letter_id}")
    copy = fresh(int(copied.location.rpartition("/")[2]))
    assert (copy.subject, copy.state) == (fresh(letter_id).subject, "draft")
    visitor.submit(f"/letters/{letter_id}/archive", {}, seen_at=f"/letters/{letter_id}")
    assert fresh(letter_id).state == "archived"
    refused = visitor.submit(
        f"/letters/{letter_id}", {"revision": "1", "subject": "x"}, seen_at="/letters/new"
    )
    assert refused.status_code == 409
    assert len(find_versions(letter_id)) == 1


def test_the_list_is_searched_filtered_and_paged(room: WritingRoom) -> None:
    for number in range(53):
        room.letter(title=f"Letter {number:02}", subject="100% off_er")
    visitor = room.visitor()
    assert "Letter 52" in words(visitor.get("/letters/?search=letter+52"))
    assert "Letter 51" not in words(visitor.get("/letters/?search=letter+52"))
    assert "Nothing found" in words(visitor.get("/letters/?search=%25x"))
    assert "Nothing found" in words(visitor.get("/letters/?state=sent"))
    assert "Nothing found" in words(visitor.get("/letters/?mine=1"))
    first = visitor.get("/letters/")
    assert "Letter 03" in words(first)
    assert "Letter 02" not in words(first)
    following = first.text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    second = words(visitor.get(following))
    assert "Letter 02" in second
    assert "Letter 03" not in second
    assert visitor.get("/letters/?before=nonsense_x&state=zzz&place=event-9").status_code == 200

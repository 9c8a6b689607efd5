"""Letters that something causes: promised in its transaction, held, taken back or let go, and each sent once."""

from datetime import timedelta

import pytest
from fast_mail_parser import parse_email_tree, walk
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.promises import LATER, errand, letter, post, shoots, to
from tests.integration.mail.test_delivery import counts, state
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, StaffError
from webapp.core.tokens import TokenKeys
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import (
    open_for,
    post_letters,
    release_batch,
    undo_batch,
)
from webapp.mail.actions.render import exact_copy
from webapp.mail.actions.schedule_steering import cancel_shoot
from webapp.mail.domain.letter_copy import read_copy
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.opt_out import OptOut, OptOutScope, Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.attachments import pin_attachment
from webapp.mail.queries.merge_values import MadeValues
from webapp.mail.queries.outbox import release_held
from webapp.mail.queries.schedule import cancel_next_chunk, complete_shoots
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person


def tick() -> None:
    """Do for these letters what the ticker does once a second."""
    for step in (release_held, cancel_next_chunk, complete_shoots):
        with transaction():
            step()


def test_a_letter_goes_at_once_and_says_what_it_is(database: Session) -> None:
    person = factories.make_person()
    posted = post(errand(reply_to="desk@example.org"), to(person))
    assert (posted.written, posted.skipped, posted.known) == ({f"test:{person.id}"}, {}, frozenset())
    (shoot,) = shoots()
    assert posted.shoot_ids == (shoot.id,)
    assert (shoot.state, shoot.cause, shoot.kind, shoot.lane) == (
        "sending",
        "attend.rejected",
        "essential",
        "urgent",
    )
    assert shoot.sender_line["reply_to"] == "desk@example.org"
    assert shoot.audience == {}
    assert letter(f"test:{person.id}").state == "pending"


def test_a_key_that_is_known_is_passed_over(database: Session) -> None:
    first, second = factories.make_person(), factories.make_person()
    post(errand(), to(first))
    again = post(errand(), to(first), to(second))
    assert again.known == {f"test:{first.id}"}
    assert again.written == {f"test:{second.id}"}
    nothing = post(errand(), to(first), to(second))
    assert (nothing.shoot_ids, nothing.written) == ((), frozenset())
    assert db.session.scalar(select(func.count()).select_from(EmailLog)) == 2


def test_who_may_not_be_written_to_has_a_row_that_says_so(database: Session) -> None:
    blocked = factories.make_person("blocked@example.org")
    nowhere = factories.make_person(None, "Without address")
    fine = factories.make_person()
    with transaction() as session:
        session.add(Suppression(address="blocked@example.org", reason="bounced"))
    posted = post(errand(), to(blocked), to(nowhere), to(fine))
    assert posted.written == {f"test:{fine.id}"}
    assert posted.skipped == {f"test:{blocked.id}": "suppressed", f"test:{nowhere.id}": "no_address"}
    assert counts(posted.shoot_ids[0]) == {"pending": 1, "skipped": 2}
    assert letter(f"test:{blocked.id}").settled_at is not None


def test_only_bulk_letters_obey_opt_outs(database: Session) -> None:
    person = factories.make_person()
    with transaction() as session:
        session.add(OptOut(person_id=person.id, scope=OptOutScope.ALL, source="page"))
    assert post(errand("attend.rejected"), to(person, "a")).written == {"a"}
    assert post(errand("newsletter.welcome"), to(person, "b")).skipped == {"b": "opted_out"}
    assert [shoot.kind for shoot in shoots()] == ["essential", "bulk"]


def test_an_erased_person_gets_nothing(database: Session) -> None:
    gone = factories.make_person(erased_at=now())
    posted = post(errand(), to(gone))
    assert (posted.written, posted.skipped) == (frozenset(), {})


def test_everybody_is_written_to_in_their_language(database: Session) -> None:
    polish = factories.make_person(locale="pl")
    canadian = factories.make_person(locale="fr-CA")
    french = factories.make_person(locale="fr")
    georgian = factories.make_person(locale="ka")
    unsaid = factories.make_person(locale="")
    asked = factories.make_person(locale="pl")
    post(
        errand(locale="ar"),
        *map(to, (polish, canadian, french, georgian, unsaid)),
        to(asked, locale="es"),
    )
    found = {shoot.version.locale: shoot for shoot in shoots()}
    assert set(found) == {"pl", "fr", "en", "ar", "es"}
    assert found["ar"].constants["event.name"] == "Example in ar"
    people = {
        locale: set(db.session.scalars(select(EmailLog.person_id).where(EmailLog.shoot_id == shoot.id)))
        for locale, shoot in found.items()
    }
    assert people == {
        "pl": {polish.id},
        "fr": {canadian.id, french.id},
        "en": {georgian.id},
        "ar": {unsaid.id},
        "es": {asked.id},
    }


def test_given_values_beat_those_that_are_looked_up(database: Session) -> None:
    named, other, silent = (factories.make_person(name=f"Person {n}") for n in range(3))
    link = "https://post.example.org/rsvp/example"
    post(
        errand("attend.accepted"),
        to(named, values={"rsvp.link": link, "person.greeting": "Captain"}),
        to(other, values={"rsvp.link": link}),
        to(silent, values={"rsvp.link": link, "person.greeting": None}),
    )
    (shoot,) = shoots()

    def value(person: Person, name: str) -> str | None:
        row = letter(f"test:{person.id}")
        return made.of(row.merge_values, row.name)[shoot.fields.index(name)]

    fields = list(shoot.fields)
    made = MadeValues(fields, TokenKeys(["k" * 32]), "https://post.example.org")
    assert {"rsvp.link", "rsvp.deadline", "person.greeting"} <= set(fields)
    assert [value(p, "person.greeting") for p in (named, other, silent)] == ["Captain", "Person 1", None]
    assert value(named, "rsvp.link") == link
    assert value(named, "rsvp.deadline") is None
    kept = "".join(one or "" for one in letter(f"test:{other.id}").merge_values)
    assert other.name not in kept, "the row has the name already"


def test_words_of_one_letter_are_its_own(database: Session) -> None:
    first, second = factories.make_person(), factories.make_person()
    own = LetterText(subject="Only for you", reason="You asked.", slots={"main": "<p>Only you</p>"})
    posted = post(errand(), to(first), to(second, words=own))
    assert len(posted.shoot_ids) == 2
    stored = db.session.get(Shoot, letter(f"test:{second.id}").shoot_id)
    assert stored is not None
    assert stored.version.subject == "Only for you"


def test_a_picture_is_stored_once_and_goes_with_the_html_that_shows_it(database: Session) -> None:
    picture = ("logo.png", "image/png", b"\x89PNG", "logo@example.org")
    with transaction():
        number = pin_attachment(*picture)
        assert pin_attachment(*picture) == number
        assert pin_attachment(*picture[:3]) != number, "the same file beside a letter is another thing"
    person = factories.make_person()
    words = LetterText("Look", "You asked.", {"main": '<p><img src="cid:logo@example.org" alt="Logo"></p>'})
    post(errand(attachment_ids=(number,)), to(person, words=words))
    row = letter(f"test:{person.id}")
    row.handed_at = now()
    raw = exact_copy(db.session.get_one(Shoot, row.shoot_id), row)
    assert raw is not None
    parts = [(part.content_type, part.content_id) for part in walk(parse_email_tree(raw))]
    assert parts[2:] == [
        ("multipart/related", None),
        ("text/html", None),
        ("image/png", "logo@example.org"),
    ]
    assert "cid:logo@example.org" in (read_copy(raw).html or "")
    db.session.rollback()


def test_without_a_sender_nothing_is_written(database: Session) -> None:
    person = factories.make_person()
    with pytest.raises(StaffError, match="no sender"):
        post_letters(errand(), [to(person)])
    assert shoots() == []


def test_a_gate_holds_beside_the_time(database: Session) -> None:
    person = factories.make_person()
    (waits,) = post(errand(gate="mailbox:7"), to(person, "a")).shoot_ids
    (both,) = post(errand(gate="mailbox:7", hold_until=now() + LATER), to(person, "b")).shoot_ids
    (other,) = post(errand(gate="mailbox:8"), to(person, "c")).shoot_ids
    tick()
    assert {state(waits), state(both), state(other)} == {"held"}
    assert open_for("mailbox:7") == 2
    assert open_for("mailbox:7") == 0
    tick()
    assert [state(waits), state(both), state(other)] == ["sending", "held", "held"]


def test_a_deed_is_undone_as_a_whole(database: Session) -> None:
    polish, other = factories.make_person(locale="pl"), factories.make_person()
    posted = post(errand(batch="wave:1", hold_until=now() + LATER), to(polish), to(other))
    (apart,) = post(errand(batch="wave:2", hold_until=now() + LATER), to(other, "x")).shoot_ids
    assert undo_batch("wave:1", why="Undone by Ola.") == 2
    for shoot_id in posted.shoot_ids:
        assert state(shoot_id) == "cancelled"
        assert counts(shoot_id) == {"cancelled": 1}
    assert state(apart) == "held"
    assert undo_batch("wave:1", why="Once more.") == 0
    histories = db.session.scalars(select(EmailEvent.detail).where(EmailEvent.type == "cancelled")).all()
    assert histories == ["Undone by Ola."] * 2
    with transaction() as session:
        session.execute(update(Shoot).values(scheduled_at=now() - timedelta(seconds=1)))
    tick()
    assert [state(shoot_id) for shoot_id in posted.shoot_ids] == ["cancelled"] * 2


def test_what_was_let_go_cannot_be_undone_not_even_in_part(database: Session) -> None:
    first, second = factories.make_person(), factories.make_person()
    (gone,) = post(errand(batch="wave:1"), to(first)).shoot_ids
    (held,) = post(errand(batch="wave:1", hold_until=now() + LATER), to(second)).shoot_ids
    with pytest.raises(ConflictError, match="on their way"):
        undo_batch("wave:1", why="Too late.")
    assert (state(gone), state(held)) == ("sending", "held")
    assert counts(held) == {"pending": 1}


def test_a_deed_can_be_let_go_before_its_time(database: Session) -> None:
    person = factories.make_person()
    (shoot_id,) = post(
        errand(batch="host:1", gate="mailbox:7", hold_until=now() + LATER), to(person)
    ).shoot_ids
    release_batch("host:1")
    assert state(shoot_id) == "sending"


def test_a_shoot_that_is_cancelled_while_held_cancels_its_letters(database: Session) -> None:
    person = factories.make_person()
    (shoot_id,) = post(errand(hold_until=now() + LATER), to(person)).shoot_ids
    cancel_shoot(scope=SYSTEM, shoot_id=shoot_id)
    tick()
    assert state(shoot_id) == "cancelled"
    assert counts(shoot_id) == {"cancelled": 1}
    assert shoots()[0].completed_at is not None

"""Shoots that nobody set up: kept apart in the list, and their page says what caused and what holds them."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.test_delivery import counts
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import Watch, words
from webapp.core.clock import now
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters, release_batch, undo_batch
from webapp.mail.domain.states import ShootState
from webapp.mail.queries.schedule import cancel_next_chunk
from webapp.people.models.user import Role
from webapp.web.states import SHOOT


@pytest.fixture
def watch(app: Flask, database: Session) -> Watch:
    return Watch(app)


def constants(_locale: str) -> Mapping[str, str]:
    return {"event.name": "Code Circle Kraków", "programme.name": "Code Circle"}


def cause(watch: Watch, *, minutes: int = 10, gate: str | None = None, batch: str = "wave:1") -> int:
    """Promise letters to two people and return their shoot."""
    people = [factories.make_person() for _ in range(2)]
    errand = Errand(
        role="attend.waitlisted",
        programme_id=watch.event.programme_id,
        event_id=watch.event.id,
        constants=constants,
        hold_until=now() + timedelta(minutes=minutes) if minutes else None,
        gate=gate,
        batch=batch,
    )
    with transaction():
        return post_letters(errand, [Addressee(p.id, f"{batch}:{p.id}") for p in people]).shoot_ids[0]


def page(visitor: Visitor, shoot_id: int) -> str:
    """Return the words of a shoot's page."""
    answer = visitor.get(f"/shoots/{shoot_id}")
    assert answer.status_code == 200
    return words(answer.text)


def test_every_state_of_a_shoot_has_its_badge() -> None:
    assert {state.value for state in ShootState} <= set(SHOOT)


def test_the_list_keeps_them_apart(watch: Watch) -> None:
    cause(watch)
    visitor = watch.visitor()
    subject = "You are on the waiting list for Code Circle Kraków"
    assert subject not in words(visitor.get("/shoots").text)
    automatic = words(visitor.get("/shoots?automatic=1").text)
    assert subject in automatic
    assert "held until" in automatic
    assert "News of Code Circle Kraków" not in automatic
    assert subject in words(visitor.get("/shoots?state=held").text), "nothing else is ever held"
    assert "No shoot like that" in visitor.get("/shoots?automatic=1&state=sending").text
    assert "No shoot like that" in visitor.get(f"/shoots?automatic=1&event={watch.other_event.id}").text
    assert watch.visitor(Role.ORGANIZER).get("/shoots?automatic=1").status_code == 200


def test_the_page_says_what_caused_and_what_holds_them(watch: Watch) -> None:
    visitor = watch.visitor()
    shown = page(visitor, cause(watch))
    assert "Held until" in shown
    assert "in 10 minutes" in shown
    assert "can be undone where it was decided" in shown
    assert "Application: waiting list." in shown
    assert "2 people whom it is about" in shown
    assert "mailbox" not in shown


def test_the_page_names_the_gate(watch: Watch) -> None:
    visitor = watch.visitor()
    both = page(visitor, cause(watch, gate="mailbox:7", batch="a"))
    assert "and until the event’s mailbox is ready" in both
    alone = page(visitor, cause(watch, minutes=0, gate="mailbox:7", batch="b"))
    assert "Held until the event’s mailbox is ready." in alone
    assert "can be undone" not in alone


def test_a_letter_says_that_it_is_held(watch: Watch) -> None:
    shoot_id = cause(watch)
    shown = words(watch.visitor().get(f"/log/{shoot_id}/0").text)
    assert "It is held until what caused it can no longer be undone" in shown


def test_after_that_it_is_a_shoot_like_others(watch: Watch) -> None:
    visitor = watch.visitor()
    shoot_id = cause(watch)
    release_batch("wave:1")
    assert "Sending" in page(visitor, shoot_id)
    undone = cause(watch, batch="wave:2")
    undo_batch("wave:2", why="Undone by Ola.")
    shown = page(visitor, undone)
    assert "Undone by Ola." in shown
    assert "2 letters were never sent" in shown


def test_only_who_may_send_cancels_what_is_held(watch: Watch) -> None:
    shoot_id = cause(watch)
    onlooker = watch.visitor(Role.ORGANIZER, may_send=False)
    assert "You may watch this shoot" in page(onlooker, shoot_id)
    onlooker.submit(f"/shoots/{shoot_id}/cancel", {}, seen_at=f"/shoots/{shoot_id}")
    assert watch.state(shoot_id) == "held"
    visitor = watch.visitor()
    assert "what was decided stays decided" in page(visitor, shoot_id)
    visitor.submit(f"/shoots/{shoot_id}/cancel", {}, seen_at=f"/shoots/{shoot_id}")
    assert watch.state(shoot_id) == "cancelled"
    with transaction():
        assert cancel_next_chunk()
    assert counts(shoot_id) == {"cancelled": 2}

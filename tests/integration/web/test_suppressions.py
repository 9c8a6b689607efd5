"""Opt-outs and suppressions as staff see them: only their own, with a reason, and in the audit trail."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.house import House, audit
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.states import ShootKind
from webapp.mail.models.opt_out import OptOut, Suppression
from webapp.mail.queries.audience import count_audience
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def test_everybody_sees_the_wishes_that_concern_them(house: House) -> None:
    ours, theirs = house.ours.id, house.theirs.id
    ids = {
        "own event": house.wish("event", programme_id=ours, event_id=house.event.id),
        "sister event": house.wish("event", programme_id=ours, event_id=house.sister.id),
        "own programme": house.wish("programme", programme_id=ours),
        "all of ours": house.wish("all"),
        "foreign event": house.wish("event", house.bela, programme_id=theirs, event_id=house.foreign.id),
        "foreign programme": house.wish("programme", house.bela, programme_id=theirs),
        "all of theirs": house.wish("all", house.bela),
    }
    ours_only = {"own event", "own programme", "all of ours"}
    expected = {
        # role: (sees, may undo)
        Role.ORGANIZER: (ours_only, {"own event"}),
        Role.SUPPORT: (ours_only | {"sister event"}, {"own event", "sister event", "own programme"}),
        Role.ADMINISTRATOR: (set(ids), set(ids)),
    }
    for role, (sees, may_undo) in expected.items():
        visitor = house.visit(role)
        page = visitor.get("/opt-outs/").text
        assert page.count("<tr>") - 1 == len(sees), role
        for name, opt_out_id in ids.items():
            assert (f"/opt-outs/{opt_out_id}/undo" in page) == (name in may_undo), (role, name)
            status = visitor.get(f"/opt-outs/{opt_out_id}/undo").status_code
            assert status == (200 if name in may_undo else 403 if name in sees else 404), (role, name)


def test_a_wish_is_entered_for_somebody_and_taken_back(house: House) -> None:
    visitor = house.visit(Role.ORGANIZER)
    place = f"event-{house.event.id}"
    entered = {"address": " Anna@Example.org ", "place": place, "reason": "by phone"}
    for _ in range(2):
        assert visitor.submit("/opt-outs/new", entered).status_code == 302
    wish = db.session.scalars(select(OptOut)).one()
    assert (wish.person_id, wish.scope, wish.event_id, wish.source) == (
        house.anna.id,
        "event",
        house.event.id,
        "staff",
    )
    undo = f"/opt-outs/{wish.id}/undo"
    refused = visitor.submit(undo, {"reason": "  "})
    assert refused.status_code == 422
    assert visitor.submit(undo, {"reason": "she wrote on Monday"}).status_code == 302
    assert visitor.get(undo).status_code == 404
    entries = audit("opt_out")
    assert [(e.verb, e.data["reason"]) for e in entries] == [
        ("opt_out.stored", "by phone"),
        ("opt_out.undone", "she wrote on Monday"),
    ]
    assert all(e.actor_id for e in entries)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "bela@example.org"}, "Nobody of your people"),
        ({"address": "nonsense"}, "@"),
        ({"address": "anna@example.org\x00"}, "field-error"),
        ({"reason": "\x00 \t"}, "Say how they told you"),
        ({"place": "programme-1"}, "Not a valid choice"),
        ({"place": "event-3"}, "Not a valid choice"),
        ({"place": ""}, "field-error"),
    ],
)
def test_what_cannot_be_entered_is_refused_at_its_field(house: House, change: dict, says: str) -> None:
    visitor = house.visit(Role.ORGANIZER)
    given = {
        "address": "anna@example.org",
        "place": f"event-{house.event.id}",
        "reason": "by phone",
        **change,
    }
    answer = visitor.submit("/opt-outs/new", given)
    assert answer.status_code == 422
    assert says in answer.text
    assert db.session.scalars(select(OptOut)).all() == []


def test_organizers_are_not_shown_suppressions(house: House) -> None:
    visitor = house.visit(Role.ORGANIZER)
    assert visitor.get("/suppressions/").status_code == 404
    assert visitor.get("/suppressions/new").status_code == 404
    assert "Suppressions" not in visitor.get("/opt-outs/").text


def test_support_sees_the_suppressions_of_its_people_and_changes_none(house: House) -> None:
    with transaction() as session:
        session.add_all(Suppression(address=p.email, reason="bounced") for p in (house.anna, house.bela))
    visitor = house.visit(Role.SUPPORT)
    page = visitor.get("/suppressions/").text
    assert "anna@example.org" in page
    assert "bela@example.org" not in page
    assert visitor.get("/suppressions/new").status_code == 403
    answer = visitor.submit(
        "/suppressions/remove", {"address": "anna@example.org", "confirmed": "1"}, seen_at="/opt-outs/new"
    )
    assert answer.status_code == 403
    assert len(db.session.scalars(select(Suppression)).all()) == 2


def suppressed(house: House) -> int:
    db.session.rollback()
    place = Place(SYSTEM, house.ours.id, house.event.id)
    count = count_audience(Audience((Choice("registered"),)), place, kind=ShootKind.ESSENTIAL)
    return sum(count.skipped.values())


def test_an_administrator_suppresses_an_address_at_once_and_lifts_it_after_a_question(house: House) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    tomorrow = (now() + timedelta(days=1)).date().isoformat()
    given = {"address": "ANNA@example.org", "reason": "manual", "detail": "asked us", "until": tomorrow}
    assert visitor.submit("/suppressions/new", given).status_code == 302
    row = db.session.scalars(select(Suppression)).one()
    assert (row.address, row.reason, row.detail) == ("anna@example.org", "manual", "asked us")
    assert row.created_by_id
    assert suppressed(house) == 1
    again = visitor.submit("/suppressions/new", given)
    assert again.status_code == 422
    assert "suppressed already" in again.text

    address = {"address": "anna@example.org"}
    question = visitor.submit("/suppressions/remove", address, seen_at="/suppressions/")
    assert question.status_code == 200
    assert suppressed(house) == 1
    assert (
        visitor.submit(
            "/suppressions/remove", {**address, "confirmed": "1"}, seen_at="/suppressions/new"
        ).status_code
        == 302
    )
    assert suppressed(house) == 0
    entries = audit("suppression")
    assert [e.verb for e in entries] == ["suppression.added", "suppression.lifted"]
    assert entries[0].subject_id == entries[1].subject_id
    assert "anna" not in str([(e.subject_id, e.data) for e in entries])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "anna"}, "@"),
        ({"reason": "spite"}, "Not a valid choice"),
        ({"until": "2020-01-01"}, "has passed"),
        ({"until": "9999-12-31"}, "for good"),
        ({"until": "soon"}, "Not a valid date"),
        ({"detail": "x" * 301}, "field-error"),
    ],
)
def test_what_cannot_be_suppressed_is_refused_at_its_field(house: House, change: dict, says: str) -> None:
    visitor = house.visit(Role.ADMINISTRATOR)
    answer = visitor.submit(
        "/suppressions/new",
        {"address": "anna@example.org", "reason": "manual", "detail": "", "until": "", **change},
    )
    assert answer.status_code == 422
    assert says in answer.text
    assert db.session.scalars(select(Suppression)).all() == []


def test_a_suppression_that_has_run_out_keeps_nothing_back_and_can_be_renewed(house: House) -> None:
    with transaction() as session:
        ended = now() - timedelta(days=1)
        session.add(Suppression(address="anna@example.org", reason="bounced", until=ended))
    visitor = house.visit(Role.ADMINISTRATOR)
    assert "Over" in visitor.get("/suppressions/").text
    assert suppressed(house) == 0
    given = {"address": "anna@example.org", "reason": "complained", "detail": "", "until": ""}
    assert visitor.submit("/suppressions/new", given).status_code == 302
    assert suppressed(house) == 1


def test_lists_are_searched_and_paged(house: House) -> None:
    people = factories.make_people(house.event, 51)
    for person in people:
        house.wish("all", person)
    with transaction() as session:
        session.add_all(Suppression(address=p.email, reason="bounced") for p in people)
    visitor = house.visit(Role.SUPPORT)
    first = visitor.get("/opt-outs/").text
    assert first.count("<tr>") == 51
    assert "before=2" in first
    assert visitor.get("/opt-outs/?before=2").text.count("<tr>") == 2
    assert visitor.get("/opt-outs/?search=p17@").text.count("<tr>") == 2
    assert visitor.get("/opt-outs/?kind=event").text.count("<tr>") == 0
    assert visitor.get("/suppressions/").text.count("<tr>") == 51
    assert visitor.get("/suppressions/?page=1").text.count("<tr>") == 2
    assert visitor.get("/suppressions/?search=P17@").text.count("<tr>") == 2
    for query in (
        "before=x",
        "before=99999999999999999999",
        "page=-4",
        "page=9e9",
        "search=%00%25",
        "kind=%27",
    ):
        assert visitor.get(f"/opt-outs/?{query}").status_code == 200
        assert visitor.get(f"/suppressions/?{query}").status_code == 200

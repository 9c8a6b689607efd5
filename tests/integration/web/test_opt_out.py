"""The opt-out page and the one-click POST: looking never acts, posting always does, nobody learns anything."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.letter_desk import ONE_CLICK, Desk, rows, stored
from tests.integration.web.visiting import Visitor
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.domain.opt_out import mask_address
from webapp.mail.models.email_log import EmailEvent
from webapp.mail.models.opt_out import OptOut
from webapp.mail.models.shoot import Shoot


@pytest.fixture
def desk(app: Flask, database: Session) -> Desk:
    return Desk(app)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app, keeps_cookies=False)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("tail", ["", "/one-click", "/stop", "/undo"])
def test_looking_never_acts(desk: Desk, visitor: Visitor, method: str, tail: str) -> None:
    token = desk.token()
    before = rows()
    answer = visitor.open(f"/opt-out/{token}{tail}", method)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert rows() == before


def test_the_page_says_what_it_is_about_and_nothing_else(desk: Desk, visitor: Visitor) -> None:
    answer = visitor.get(f"/opt-out/{desk.token()}")
    assert "z…k@example.org" in answer.text
    assert "Django Girls Kraków" in answer.text
    assert "Nothing is stopped" in answer.text
    for secret in ("zofia.nowak", "Secretname", "Łódź"):
        assert secret not in answer.text
    assert "<script" not in answer.text
    assert 'lang="en"' in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_an_address_of_two_letters_is_not_given_away() -> None:
    assert [mask_address(a) for a in ("ab@example.org", "x@example.org", "żółw@example.org", "", None)] == [
        "a…@example.org",
        "x…@example.org",
        "ż…w@example.org",
        "",
        "",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"data": ONE_CLICK, "content_type": "multipart/form-data"},
        {"data": b"", "content_type": "application/octet-stream"},
        {},
    ],
)
def test_one_click_acts_at_once_without_cookie_or_redirect(desk: Desk, app: Flask, body: dict) -> None:
    token = desk.token()
    for _ in range(2):
        answer = Visitor(app, keeps_cookies=False).open(f"/opt-out/{token}/one-click", "POST", **body)
        assert answer.status_code == 200
        assert answer.mimetype == "text/plain"
        assert len(answer.text) < 200
        assert "Set-Cookie" not in answer.headers
    event = desk.event
    assert stored() == [("event", event.programme_id, event.id, "one_click")]
    assert db.session.scalars(select(EmailEvent.type)).all() == ["opted_out"]
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_type == "opt_out")).all()
    assert [(e.verb, e.actor_id, e.event_id) for e in entries] == [("opt_out.stored", None, event.id)]
    assert "example.org" not in str(entries[0].data)


def test_one_click_takes_the_scope_that_the_list_id_names(desk: Desk, visitor: Visitor) -> None:
    for values, expected in (
        ({"event_id": None}, "programme"),
        ({"event_id": None, "programme_id": None}, "all"),
    ):
        shoot_id = desk.send(desk.other_event)
        with transaction() as session:
            shoot = session.get_one(Shoot, shoot_id)
            for name, value in values.items():
                setattr(shoot, name, value)
        token = desk.token(shoot_id)
        visitor.post(f"/opt-out/{token}/one-click", ONE_CLICK)
        assert stored()[-1][0] == expected
        page = visitor.get(f"/opt-out/{token}").text
        assert 'data-scope="event"' not in page
        assert ('data-scope="programme"' in page) == (expected == "programme")
        assert visitor.post(f"/opt-out/{token}/stop", {"scope": "event"}).status_code == 422
        with transaction() as session:
            session.query(OptOut).delete()


@pytest.mark.parametrize(("scope", "here", "there"), [("event", 1, 0), ("programme", 1, 1), ("all", 1, 1)])
def test_each_scope_leaves_out_exactly_the_right_letters(
    desk: Desk, visitor: Visitor, scope: str, here: int, there: int
) -> None:
    elsewhere = factories.make_event(name="Another programme's")
    factories.register(desk.zofia, elsewhere)
    answer = visitor.post(f"/opt-out/{desk.token()}/stop", {"scope": scope})
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    assert (desk.skipped(desk.event), desk.skipped(desk.other_event)) == (here, there)
    assert desk.skipped(elsewhere) == (scope == "all")


def test_the_page_states_what_is_stored_and_undoes_it(desk: Desk, visitor: Visitor) -> None:
    token = desk.token()
    answer = visitor.post(f"/opt-out/{token}/stop", {"scope": "event"})
    assert answer.headers["Location"] == f"/opt-out/{token}"
    page = visitor.get(answer.headers["Location"]).text
    assert "You have stopped:" in page
    assert f'action="/opt-out/{token}/undo"' in page
    for _ in range(2):
        assert visitor.post(f"/opt-out/{token}/undo", {"scope": "event"}).status_code == 303
    assert stored() == []
    assert desk.skipped(desk.event) == 0
    assert "Nothing is stopped" in visitor.get(f"/opt-out/{token}").text
    assert db.session.scalars(select(EmailEvent.type).order_by(EmailEvent.id)).all() == [
        "opted_out",
        "opt_out_undone",
    ]


def test_a_wish_from_one_letter_is_undone_from_another_of_the_same_person(
    desk: Desk, visitor: Visitor
) -> None:
    later = desk.token(desk.send(desk.other_event))
    visitor.post(f"/opt-out/{desk.token()}/stop", {"scope": "event"})
    visitor.post(f"/opt-out/{desk.token()}/stop", {"scope": "all"})
    page = visitor.get(f"/opt-out/{later}").text
    assert "everything that is not essential" in page
    assert "Kraków" not in page
    visitor.post(f"/opt-out/{later}/undo", {"scope": "all"})
    assert [wish[0] for wish in stored()] == ["event"]
    visitor.post(f"/opt-out/{later}/undo", {"scope": "event"})
    assert [wish[0] for wish in stored()] == ["event"], "another event's wish is not this letter's to undo"


def test_a_damaged_form_changes_nothing_and_says_so(desk: Desk, visitor: Visitor) -> None:
    before = rows()
    for data in ({}, {"scope": "nonsense"}, {"scope": "' OR 1=1"}):
        answer = visitor.post(f"/opt-out/{desk.token()}/stop", data)
        assert answer.status_code == 422
        assert "nothing was changed" in answer.text
    assert visitor.post(f"/opt-out/{desk.token()}/stop", {"scope": "x" * 20_000}).status_code == 413
    assert rows() == before

"""The editor of a form: its organizers change words, times and questions; nobody else finds it."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import make_form
from tests.integration.web.house import House
from webapp.core.database import db
from webapp.people.models.user import Role
from webapp.programme.models.form import Form, Question


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    factories.make_sender()
    return House(app)


def keys() -> list[str]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Question.key).where(Question.retired_at.is_(None)).order_by(Question.position, Question.id)
        )
    )


def test_an_organizer_begins_a_form_and_gives_it_times(house: House) -> None:
    visitor, address = house.visit(Role.ORGANIZER), f"/events/{house.event.id}/form/"
    assert "No form yet" in visitor.get(address).text
    for _ in range(2):
        assert visitor.submit(f"{address}new", {}, seen_at=address).status_code == 302
    page = visitor.get(address)
    assert "Without a time the form is closed" in page.text
    assert "on the clocks of the event" in page.text.lower()
    times = {
        "opens": "2020-07-01T18:00",
        "closes": "",
        "locale": "pl",
        "intro": "<p>Hi</p><script>x</script>",
    }
    saved = visitor.submit(address, times)
    assert saved.status_code == 302, saved.text
    form = db.session.scalars(select(Form)).one()
    assert form.opens_at is not None
    assert (form.opens_at.isoformat(), form.locale) == ("2020-07-01T16:00:00+00:00", "pl")
    again = visitor.get(address).text
    assert 'value="2020-07-01T18:00"' in again
    assert "takes applications now" in again
    assert "<script>x" not in visitor.get(f"{address}preview").text
    wrong = visitor.submit(address, {**times, "closes": "2020-06-01T18:00"})
    assert (wrong.status_code, "has to close after" in wrong.text) == (422, True)


def test_questions_are_added_changed_moved_and_retired(house: House) -> None:
    make_form(house.event)
    visitor, address = house.visit(Role.ORGANIZER), f"/events/{house.event.id}/form/"
    question = {
        "label": "Which colour?",
        "kind": "choice",
        "choices": "red\ngreen",
        "role": "none",
        "condition": "code_of_conduct",
        "condition_values": "Yes",
    }
    wrong = visitor.submit(f"{address}questions/new", {**question, "choices": "red"})
    assert (wrong.status_code, "at least two" in wrong.text) == (422, True)
    assert visitor.submit(f"{address}questions/new", question).status_code == 302
    assert keys()[-1] == "which_colour"
    row = db.session.scalars(select(Question).where(Question.key == "which_colour")).one()
    assert row.condition == {"question": "code_of_conduct", "values": ["yes"]}
    own = f"{address}questions/{row.id}"
    assert "Which colour?" in visitor.get(own).text
    assert visitor.submit(own, {**question, "label": "Which tint?", "condition": ""}).status_code == 302
    assert visitor.submit(f"{own}/move", {"to": "up"}, seen_at=address).status_code == 302
    assert keys()[-2] == "which_colour"
    assert visitor.submit(f"{own}/retire", {}, seen_at=address).status_code == 302
    assert "which_colour" not in keys()
    preview = visitor.get(f"{address}preview").text
    assert "This is a preview" in preview
    assert "disabled" in preview


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.SUPPORT])
def test_a_foreign_form_is_not_there(house: House, role: Role) -> None:
    make_form(house.foreign), make_form(house.event)
    visitor, theirs = house.visit(role), f"/events/{house.foreign.id}/form/"
    mine = f"/events/{house.event.id}/form/"
    key = db.session.scalars(
        select(Question.id).join(Form).where(Form.event_id == house.foreign.id).limit(1)
    ).one()
    before = keys()
    for address in (theirs, f"{theirs}preview", f"{theirs}questions/new", f"{theirs}questions/{key}"):
        assert visitor.get(address).status_code == 404
    for address in (
        theirs,
        f"{theirs}new",
        f"{theirs}questions/new",
        f"{theirs}questions/{key}",
        f"{theirs}questions/{key}/move",
        f"{theirs}questions/{key}/retire",
        f"{mine}questions/{key}/retire",
    ):
        answer = visitor.submit(
            address, {"label": "Mine now", "kind": "short", "role": "none", "locale": "en"}, seen_at=mine
        )
        assert answer.status_code == 404, address
    assert keys() == before

"""Reviewers see the applications of their event, score them, and open nothing else."""

import pytest
from flask import Flask, url_for
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import (
    apply_many,
    make_desk,
    make_reviewer,
)
from tests.integration.web.route_lists import PUBLIC
from tests.integration.web.visiting import Visitor
from webapp.people.models.user import Role
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event


@pytest.fixture
def desk(database: Session) -> tuple[Event, Form]:
    """An event with a form and a sender."""
    return make_desk(capacity=30)


@pytest.fixture
def organizer(app: Flask, desk: tuple[Event, Form]) -> Visitor:
    """Its organizer, signed in."""
    return Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=desk[0]).email)


def test_a_reviewer_scores_and_sees_nothing_else(app: Flask, desk: tuple[Event, Form]) -> None:
    event, form = desk
    (row,) = apply_many(form, 1)
    foreign_event, foreign_form = make_desk()
    (foreign,) = apply_many(foreign_form, 1)
    reviewer = Visitor(app).sign_in(make_reviewer(event).email)
    assert reviewer.get("/").location == "/reviewing"
    here = f"/events/{event.id}/applications"
    assert reviewer.get("/reviewing").location == here
    page, one = reviewer.get(here).text, reviewer.get(f"{here}/{row.id}").text
    assert row.person.email not in page + one
    assert "555-1" not in one, "a question that is hidden from reviewers"
    assert "Reason 1" in one
    assert 'href="/people' not in page
    assert (
        reviewer.submit(f"{here}/{row.id}/score", {"score": "4"}, seen_at=f"{here}/{row.id}").status_code
        == 303
    )
    for address in (
        f"/events/{foreign_event.id}/applications",
        f"/events/{foreign_event.id}/applications/{foreign.id}",
        f"{here}/{foreign.id}",
    ):
        assert reviewer.get(address).status_code == 404
    posted = {"rowid": str(row.id), "decision": "accepted", "confirmed": "1"}
    assert reviewer.submit(f"{here}/decide", posted, seen_at=here).status_code == 403


def test_no_other_page_opens_for_a_reviewer(app: Flask, desk: tuple[Event, Form]) -> None:
    event, form = desk
    (row,) = apply_many(form, 1)
    reviewer = Visitor(app).sign_in(make_reviewer(event).email)
    allowed = (
        "application_list.mine",
        "application_list.index",
        "application_review.draw",
        "application_review.show",
    )
    reached = []
    for rule in app.url_map.iter_rules():
        is_own = rule.endpoint.partition(".")[0] in {"profile", "security", "home"}
        if "GET" not in (rule.methods or ()) or rule.arguments - {"event_id", "person_id"}:
            continue
        if is_own or rule.endpoint in PUBLIC or rule.endpoint in allowed:
            continue
        values = {"event_id": event.id, "person_id": row.person_id}
        with app.test_request_context():
            address = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        if reviewer.get(address).status_code < 400:
            reached.append(rule.endpoint)
    assert not reached, f"a reviewer gets there: {reached}"

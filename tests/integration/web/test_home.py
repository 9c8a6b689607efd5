"""Today: what to do first, what runs, what comes, and what wants a look."""

from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.outcomes import give_outcomes, put_in_state
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import Watch, words
from webapp.people.models.user import Role


def test_today_is_empty_at_first_and_says_what_to_do(app: Flask, database: Session) -> None:
    shown = words(Visitor(app).sign_in(factories.make_staff().email).get("/").text)

    assert "Bring people in." in shown
    assert "Needs attention" not in shown


def test_today_has_what_runs_what_comes_and_what_wants_a_look(app: Flask, database: Session) -> None:
    watch = Watch(app)
    watch.schedule()
    missed = watch.schedule()
    put_in_state(missed, "missed")
    give_outcomes(watch.shoot_id, {0: ("failed", "address", "550 no"), 1: ("uncertain", None, "hung up")})

    page = watch.visitor().get("/").text

    shown = words(page)
    for expected in (
        "Needs attention",
        "Decide",
        "came back",
        "Under way",
        "2 of 6 have an outcome",
        "Goes out next",
    ):
        assert expected in shown, expected
    assert f"/log?shoot={watch.shoot_id}&amp;state=uncertain" in page

    stranger = words(watch.visitor(Role.ORGANIZER).get("/").text)
    assert "News of Code Circle Łódź" not in stranger

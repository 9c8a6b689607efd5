"""What Today says of applications: who is to be told, and who could move up; of one's own events only."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import announce, apply_many, decide, make_desk
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import words
from webapp.core.clock import now
from webapp.people.models.user import Role


def test_who_is_to_be_told_and_who_could_move_up(app: Flask, database: Session) -> None:
    event, form = make_desk(
        name="Code Circle Kraków", capacity=3, starts_on=now().date() + timedelta(days=30)
    )
    foreign, _form = make_desk()
    rows = apply_many(form, 4)
    decide(event, rows[:1], "accepted")
    decide(event, rows[1:], "waitlisted")
    organizer, other = (
        Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=one).email)
        for one in (event, foreign)
    )
    assert "4 people do not know yet: 1 accepted, 3 on the waiting list." in words(organizer.get("/").text)
    assert "Places free" not in organizer.get("/").text, "nobody who knows that they wait"
    announce(event)
    page = words(organizer.get("/").text)
    assert "2 places free, 3 people wait for one." in page
    assert "do not know yet" not in page
    assert "Code Circle Kraków" not in other.get("/").text

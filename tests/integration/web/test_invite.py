"""The page behind an invitation: it shows, a form sets, and then the link is spent."""

import pytest
from flask import Flask
from flask_security import verify_password
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.people.actions.invites import make_invite_link, open_account_for
from webapp.people.models.user import User

GOOD = {"password": "four unrelated words", "again": "four unrelated words"}


@pytest.fixture
def user(database: Session) -> User:
    with transaction():
        user, is_new = open_account_for(factories.make_person("new@example.org", "Ana <b>Nowak"))
    assert is_new
    return user


def path_of(user: User) -> str:
    return "/invite/" + make_invite_link(user.id).rpartition("/")[2]


def password_of(user: User) -> str | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(User, user.id).password


def test_looking_sets_nothing(app: Flask, user: User) -> None:
    answer = Visitor(app).get(path_of(user))
    assert answer.status_code == 200
    assert "new@example.org" in answer.text
    assert "Ana &lt;b&gt;Nowak" in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert password_of(user) is None


def test_a_password_is_set_once(app: Flask, user: User) -> None:
    visitor, path = Visitor(app), path_of(user)
    answer = visitor.submit(path, GOOD)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    with app.test_request_context():
        assert verify_password(GOOD["password"], password_of(user))
    first = password_of(user)
    again = visitor.get(path)
    assert "used already" in again.text
    assert "<form" not in again.text
    token = {"csrf_token": visitor.get("/sign-in").text.split('name="csrf_token"')[1].split('"')[3]}
    taken = {"password": "somebody else's words", "again": "somebody else's words", **token}
    assert visitor.post(path, taken).status_code == 422
    assert password_of(user) == first


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "short", "again": "short"}, "10 to 128 characters"),
        ({**GOOD, "again": "four unrelated worms"}, "two different passwords"),
        ({}, "Write a password."),
    ],
)
def test_what_is_no_password_is_refused_beside_its_field(
    app: Flask, user: User, form: dict[str, str], said: str
) -> None:
    answer = Visitor(app).submit(path_of(user), form)
    assert answer.status_code == 422
    assert said in answer.text
    assert password_of(user) is None


def test_other_links_invite_nobody(app: Flask, user: User) -> None:
    foreign = app.extensions["tokens"].make("opt-out", user.id.to_bytes(8, "big"))
    gone = make_invite_link(user.id + 99).rpartition("/")[2]
    for token in (foreign, gone, "guessed"):
        answer = Visitor(app).get(f"/invite/{token}")
        assert answer.status_code == 404
        assert "not complete" in answer.text

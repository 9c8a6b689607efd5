"""Links in letters: valid for ever, in many hands at once, and worth nothing when they are not ours."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.letter_desk import ONE_CLICK, Desk, rows, stored
from tests.integration.web.visiting import Visitor
from webapp.app import create_app
from webapp.core.database import db
from webapp.core.tokens import TokenKeys
from webapp.core.transaction import transaction
from webapp.mail.domain.references import MESSAGE_ID, OPT_OUT, ReferenceMaker
from webapp.mail.models.email_log import EmailEvent
from webapp.mail.models.shoot import Shoot
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event
from webapp.settings import read_settings


@pytest.fixture
def desk(app: Flask, database: Session) -> Desk:
    return Desk(app)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app, keeps_cookies=False)


def test_links_that_are_not_ours_all_look_the_same(desk: Desk, visitor: Visitor) -> None:
    good = desk.token()
    other = "B" if good[4] != "B" else "C"
    foreign = ReferenceMaker(TokenKeys(["another installation's secret, 0123456789"]), OPT_OUT, desk.shoot_id)
    gone = ReferenceMaker(desk.app.extensions["tokens"], OPT_OUT, 999_999)
    bad = [
        good[:4] + other + good[5:],
        good[:-1],
        good + "A",
        good + "=",
        good.swapcase(),
        desk.token(purpose=MESSAGE_ID),
        foreign.make(0),
        gone.make(0),
        "A" * 32,
        "ü",
        "%00",
        "x" * 3000,
    ]
    before = rows()
    pages = set()
    for token in bad:
        for method, tail in (("GET", ""), ("GET", "/one-click"), ("POST", "/one-click"), ("POST", "/stop")):
            answer = visitor.open(f"/opt-out/{token}{tail}", method, data={"scope": "all"})
            assert answer.status_code == 404, token
            assert "Set-Cookie" not in answer.headers
            pages.add(answer.text)
    assert len({page.partition("<body")[2] for page in pages}) == 1
    assert rows() == before


def test_two_clicks_at_once_are_one_wish(desk: Desk, app: Flask) -> None:
    token = desk.token()
    start = threading.Barrier(8)
    statuses: list[int] = []

    def click() -> None:
        start.wait(10)
        statuses.append(app.test_client().post(f"/opt-out/{token}/one-click", data=ONE_CLICK).status_code)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert statuses == [200] * 8
    assert len(stored()) == 1
    assert db.session.scalars(select(EmailEvent.type)).all() == ["opted_out"]


def test_a_link_stays_valid_when_all_it_was_about_is_over(desk: Desk, visitor: Visitor) -> None:
    token = desk.token()
    with transaction() as session:
        session.get_one(Event, desk.event.id).state = "archived"
        session.get_one(Shoot, desk.shoot_id).state = "completed"
    assert visitor.get(f"/opt-out/{token}").status_code == 200
    assert visitor.post(f"/opt-out/{token}/one-click", ONE_CLICK).status_code == 200
    assert len(stored()) == 1


@pytest.fixture
def renewed(desk: Desk, services_environment: dict[str, str]) -> Iterator[Flask]:
    """The application after its secret was changed, the old one kept for links."""
    old = services_environment["SECRET_KEY"]
    new = {"SECRET_KEY": "the-next-one-" + "0" * 32, "SECRET_KEY_OLD": old, "SMTP_URL": "memory:"}
    app = create_app(read_settings({**services_environment, **new}, services_file=None))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_an_old_secret_still_verifies_old_links(desk: Desk, renewed: Flask) -> None:
    visitor = Visitor(renewed, keeps_cookies=False)
    assert visitor.get(f"/opt-out/{desk.token()}").status_code == 200
    assert visitor.post(f"/opt-out/{desk.token()}/one-click", ONE_CLICK).status_code == 200
    assert len(stored()) == 1


def test_staff_who_are_signed_in_get_no_other_cookie(desk: Desk, app: Flask) -> None:
    visitor = Visitor(app).sign_in(factories.make_staff().email)
    answer = visitor.post(f"/opt-out/{desk.token()}/one-click", ONE_CLICK)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_person_who_is_gone_can_still_click(desk: Desk, visitor: Visitor) -> None:
    token = desk.token()
    with transaction() as session:
        session.delete(session.get_one(Person, desk.zofia.id))
    assert visitor.post(f"/opt-out/{token}/one-click", ONE_CLICK).status_code == 200
    assert visitor.get(f"/opt-out/{token}").status_code == 200
    assert stored() == []

"""The opt-out page and the one-click POST: looking never acts, posting always does, nobody learns anything."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.visiting import Visitor
from webapp.app import create_app
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.core.tokens import TokenKeys
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.opt_out import mask_address
from webapp.mail.domain.references import MESSAGE_ID, OPT_OUT, ReferenceMaker
from webapp.mail.domain.states import ShootKind, SkipReason
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.opt_out import OptOut
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.audience import count_audience
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event
from webapp.settings import read_settings

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Desk:
    """One event with a letter of which the rows are written."""

    def __init__(self, app: Flask, people: int = 3) -> None:
        self.app = app
        programme = factories.make_programme(name="Django Girls", support_email="help@example.org")
        self.event = factories.make_event(programme, name="Django Girls Kraków")
        self.other_event = factories.make_event(programme, name="Django Girls Łódź")
        self.zofia = factories.make_person("zofia.nowak@example.org", "Zofia Secretname")
        for event in (self.event, self.other_event):
            factories.register(self.zofia, event)
        factories.make_people(self.event, people - 1)
        self.shoot_id = self.send(self.event)

    def send(self, event: Event) -> int:
        shoot_id = factories.make_shoot(event)
        prepare_shoot(shoot_id)
        return shoot_id

    def token(self, shoot_id: int | None = None, purpose: str = OPT_OUT, person: Person | None = None) -> str:
        shoot_id = shoot_id or self.shoot_id
        db.session.rollback()
        seq = db.session.scalars(
            select(EmailLog.seq).where(
                EmailLog.shoot_id == shoot_id, EmailLog.person_id == (person or self.zofia).id
            )
        ).one()
        return ReferenceMaker(self.app.extensions["tokens"], purpose, shoot_id).make(seq)

    def skipped(self, event: Event) -> int:
        """Return how many of an event the next shoot would leave out because they said stop."""
        db.session.rollback()
        place = Place(SYSTEM, event.programme_id, event.id)
        count = count_audience(Audience((Choice("registered"),)), place, kind=ShootKind.BULK)
        return count.skipped.get(SkipReason.OPTED_OUT, 0)


@pytest.fixture
def desk(app: Flask, database: Session) -> Desk:
    return Desk(app)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app, keeps_cookies=False)


def rows() -> dict[str, int]:
    """Return how many rows every table has that an opt-out could touch."""
    db.session.rollback()
    return {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (OptOut, EmailEvent, EmailLog, AuditEntry, Person, Shoot)
    }


def stored() -> list[tuple[str, int | None, int | None, str]]:
    db.session.rollback()
    return [
        (wish.scope, wish.programme_id, wish.event_id, wish.source)
        for wish in db.session.scalars(select(OptOut).order_by(OptOut.id))
    ]


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

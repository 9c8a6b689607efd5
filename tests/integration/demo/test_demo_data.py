"""The demo's data: whole, balanced, and loaded once."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import empty
from tests.integration.demo.host_side import CHECKS
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.demo.data.load import load_demo
from webapp.demo.data.names import TRAPS
from webapp.demo.data.staff import ACCOUNTS
from webapp.demo.signins import SIGN_INS
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import Letter
from webapp.mail.models.shoot import Shoot, ShootTally
from webapp.people.domain.addresses import normalise_name
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, User
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.wave_review import review_wave
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Application, Review, Wave
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.queries.wave import count_places, find_next_waiting

pytestmark = pytest.mark.xdist_group("demo")  # in one process, which loads it once

# By event: what applicants were told and answered; decided and not told; withdrawn. Sum: 468.
APPLICATIONS = {
    "krakow-3": {"yes": 22, "no": 5, "expired": 7, "waitlisted": 18, "rejected": 29, "withdrawn": 3},
    "cairo-2": {"quiet accepted": 40, "quiet waitlisted": 10, "quiet rejected": 14, "withdrawn": 2},
    "sao-paulo-1": {"undecided": 41},
    "taipei-1": {"yes": 24, "no": 3, "waitlisted": 8, "rejected": 16, "withdrawn": 1},
    "athens-1": {"yes": 21, "no": 2, "expired": 2, "rejected": 13},
    "lodz-2": {"yes": 26, "no": 4, "waitlisted": 6, "rejected": 11},
    "valencia-ve-1": {"undecided": 19},
    "reykjavik-1": {"yes": 6, "no": 2, "rejected": 4},
    "tbilisi-1": {"undecided": 9},
    "data-basics": {"yes": 15, "invited": 1, "waitlisted": 7},
    "bases-du-web": {"undecided": 21},
    "lagos-4": {"undecided": 30, "quiet accepted": 12, "quiet rejected": 14},
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The demo in the database.

    Args:
        at: when it was loaded.
        counted: of what how much there is, as the command says it.
    """

    at: datetime
    counted: dict[str, int]


class _TakenBackError(Exception):
    """Ends a transaction in which a check changed something."""


@pytest.fixture(scope="module")
def loaded(app: Flask) -> Loaded:
    """The demo, loaded once for all tests of this file: it takes seconds, and they leave it as it is."""
    with app.app_context():
        with db.engine.begin() as connection:
            empty(connection)
        at = now()
        said = app.test_cli_runner().invoke(args=["demo", "load", "--json"])
        assert said.exit_code == 0, said.output
        db.session.remove()
    return Loaded(at, json.loads(said.stdout.splitlines()[-1]))


@pytest.fixture
def demo(app: Flask, loaded: Loaded) -> Iterator[Session]:
    """A session of its own for each test."""
    with app.app_context():
        yield db.session()
        db.session.rollback()
        db.session.remove()


def test_the_demo_is_whole(loaded: Loaded) -> None:
    counted = loaded.counted
    assert (counted["programmes"], counted["events"], counted["applications"]) == (3, 16, 468)
    assert 500 <= counted["people"] <= 700


def test_the_demo_goes_only_into_an_empty_postroom(app: Flask, demo: Session) -> None:
    with pytest.raises(StaffError, match="empty"):
        load_demo(password_hash="x", now=now())
    demo.rollback()
    refused = app.test_cli_runner().invoke(args=["demo", "load"])
    assert refused.exit_code == 2
    assert "There is data already" in refused.stderr
    assert "krakow-3" in app.test_cli_runner().invoke(args=["event", "list"]).stdout


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_the_host_side(demo: Session, loaded: Loaded, check: Callable[[Session, datetime], None]) -> None:
    with suppress(_TakenBackError), transaction():
        check(demo, loaded.at)
        raise _TakenBackError


def test_its_mail(demo: Session) -> None:
    states = set(demo.scalars(select(Shoot.state)))
    assert states >= {
        "completed",
        "cancelled",
        "skipped",
        "missed",
        "halted",
        "paused",
        "scheduled",
        "sending",
    }
    assert set(demo.scalars(select(Letter.state))) >= {"draft", "ready", "sent"}
    rows = demo.scalar(select(func.count()).select_from(EmailLog)) or 0
    assert rows == demo.scalar(select(func.sum(ShootTally.letter_count)))
    assert 1000 <= rows <= 1700
    assert set(demo.scalars(select(EmailLog.state))) >= {
        "sent",
        "skipped",
        "failed",
        "cancelled",
        "pending",
        "deferred",
        "uncertain",
    }
    every = demo.scalars(select(Person.email).where(Person.email.is_not(None)))
    ends = (".test", ".example", "example.org", "example.com", "example.net")
    assert not [address for address in every if address and not address.endswith(ends)]
    assert not demo.scalar(select(func.count()).where(EmailLog.handed_at > func.now()))
    waiting = select(Shoot.id).where(Shoot.state == "sending", Shoot.cause.is_not(None))
    assert not demo.scalars(waiting).all()  # what Postroom wrote by itself in the past has left
    assert not demo.scalar(select(func.count()).where(Activity.at > func.now()))
    for row in (Shoot, Activity):  # lists are sorted by number
        at = row.created_at if row is Shoot else Activity.at
        happened = list(demo.scalars(select(at).order_by(row.id)))
        assert happened == sorted(happened)
    assert not demo.scalar(select(func.count()).where(ShootTally.shoot_id < 0))


def test_its_applications(demo: Session) -> None:
    found: dict[str, Counter[str]] = {slug: Counter() for slug in APPLICATIONS}
    for slug, row in demo.execute(
        select(Event.slug, Application).join(Event, Event.id == Application.event_id)
    ):
        if row.withdrawn_at is not None:
            stands = "withdrawn"
        elif row.decision != row.announced:
            stands = f"quiet {row.decision}"
        else:
            stands = row.rsvp if row.decision == "accepted" else row.decision
        found[slug][stands] += 1
    assert found == APPLICATIONS
    counted = select(func.count()).where(Application.form_id == Form.id).correlate(Form).scalar_subquery()
    assert not demo.scalars(
        select(Form.id).join(Event, Event.id == Form.event_id).where(Form.last_number != counted)
    ).all()
    keys = set(demo.scalars(select(EmailLog.dedupe_key).where(EmailLog.dedupe_key.like("attend.received:%"))))
    assert keys == {f"attend.received:{id_}" for id_ in demo.scalars(select(Application.id))}


def test_its_reviews(demo: Session) -> None:
    assert 1100 <= (demo.scalar(select(func.count()).select_from(Review)) or 0) <= 1200
    scored = select(Review.application_id).distinct()
    sao_paulo = select(Application.id).join(Event).where(Event.slug == "sao-paulo-1")
    assert (
        demo.scalar(select(func.count()).where(Application.id.in_(sao_paulo), Application.id.in_(scored)))
        == 26
    )
    blind = demo.scalars(select(Form.is_blind))
    assert all(blind)


def test_its_waves(demo: Session) -> None:
    events = {event.slug: event for event in demo.scalars(select(Event))}
    krakow, cairo = events["krakow-3"], events["cairo-2"]
    places = count_places(krakow)
    assert (places.capacity, places.free, places.to_give) == (30, 8, 8)
    assert len(find_next_waiting(krakow.id, places.to_give or 0)) == 8
    assert set(demo.scalars(select(Wave.state).where(Wave.event_id == krakow.id))) == {"released"}
    assert set(demo.scalars(select(Wave.state).where(Wave.event_id == cairo.id))) == {"undone"}
    review = review_wave(scope=SYSTEM, event_id=cairo.id, now=now())
    assert (len(review.lines), len(review.skipped), review.missing) == (63, 1, ())


def test_its_people(demo: Session) -> None:
    names = set(demo.scalars(select(Person.name)))
    assert {normalise_name(trap.name) for trap in TRAPS} <= names
    ana = (
        select(func.count())
        .select_from(Application)
        .join(Person)
        .where(Person.email == "ana.kovac@example.org")
    )
    assert demo.scalar(ana) == 2
    users = {user.email: user for user in demo.scalars(select(User))}
    assert set(users) >= {one.email for one in SIGN_INS}
    ours = {address for address, *_ in ACCOUNTS}  # beside those of hosts who were accepted
    roles = demo.execute(select(Grant.user_id, Grant.role).join(User).where(User.email.in_(ours)).distinct())
    assert Counter(row.role for row in roles) == {
        "administrator": 2,
        "support": 4,
        "organizer": 21,
        "reviewer": 4,
    }
    krakow = demo.scalars(select(Event).where(Event.slug == "krakow-3")).one()
    sees = {
        address
        for address in ("ola@krakow.test", "lena@lodz.test", "rev@saopaulo.test")
        if get_scope(users[address]).reviews(krakow.programme_id, krakow.id)
    }
    assert sees == {"ola@krakow.test"}

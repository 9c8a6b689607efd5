"""Programmes and events as actions: whose they are, what is refused where, what is written down."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.rivals import at_once
from webapp.core.audit import AuditEntry
from webapp.core.clock import now
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.user import Role
from webapp.programme.actions.events import EventDetails, change_event, create_event, describe_event
from webapp.programme.actions.programmes import ProgrammeDetails, change_programme, create_programme
from webapp.programme.models.programme import Event, Programme

GOOD = ProgrammeDetails("Code Circle", "help@example.org", "1 Main Street", "pl", "Europe/Warsaw")


def verbs(database: Session) -> list[str]:
    database.rollback()
    return list(database.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def support_of(programme: Programme) -> Scope:
    return factories.scope_of(factories.make_staff(Role.SUPPORT, programme=programme))


def organizer_of(event: Event) -> Scope:
    return factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))


def test_a_programme_is_begun_by_administrators(database: Session) -> None:
    key = create_programme(scope=SYSTEM, slug="code-circle", details=GOOD)
    with pytest.raises(ForbiddenError):
        create_programme(scope=support_of(factories.make_programme()), slug="mine", details=GOOD)
    with pytest.raises(StaffError, match="already") as refused:
        create_programme(scope=SYSTEM, slug="Code-Circle", details=GOOD)
    assert refused.value.field == "slug"
    assert database.get_one(Programme, key).timezone == "Europe/Warsaw"
    assert verbs(database) == ["programme.created"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"support_email": "nobody"}, "support_email"),
        ({"postal_address": " \n "}, "postal_address"),
        ({"postal_address": "x" * 501}, "postal_address"),
        ({"locale": "klingon"}, "locale"),
        ({"timezone": ""}, "timezone"),
    ],
)
def test_a_programme_refuses_at_the_field(database: Session, change: dict[str, str], field: str) -> None:
    details = ProgrammeDetails(**{**{name: getattr(GOOD, name) for name in GOOD.__slots__}, **change})
    with pytest.raises(StaffError) as refused:
        create_programme(scope=SYSTEM, slug="code-circle", details=details)
    assert refused.value.field == field
    assert verbs(database) == []


def test_a_programme_is_changed_by_its_own_support(database: Session) -> None:
    ours, theirs = factories.make_programme(), factories.make_programme()
    event = factories.make_event(ours)

    change_programme(scope=support_of(ours), programme_id=ours.id, details=GOOD)
    change_programme(scope=support_of(ours), programme_id=ours.id, details=GOOD)  # nothing is different
    for scope in (support_of(theirs), organizer_of(event)):
        with pytest.raises(NotFoundError):
            change_programme(scope=scope, programme_id=ours.id, details=GOOD)
    assert ours.name == "Code Circle"
    assert verbs(database) == ["programme.changed"]


def test_an_event_is_begun_by_those_who_see_its_programme(database: Session) -> None:
    ours, theirs = factories.make_programme(), factories.make_programme()
    details = EventDetails("Kraków", starts_on=date(2027, 3, 6), timezone="Europe/Warsaw", locale="pl")

    key = create_event(
        scope=support_of(ours), programme_id=ours.id, slug="krakow-3", details=details, now=now()
    )
    for scope, programme_id in (
        (support_of(ours), theirs.id),
        (organizer_of(database.get_one(Event, key)), ours.id),
        (SYSTEM, 999),
    ):
        with pytest.raises(NotFoundError):
            create_event(scope=scope, programme_id=programme_id, slug="other", details=details, now=now())
    assert verbs(database) == ["event.created"]


def test_two_events_of_one_name_at_once_are_one(app: Flask, database: Session) -> None:
    programme_id = factories.make_programme().id

    def begin() -> int:
        return create_event(
            scope=SYSTEM, programme_id=programme_id, slug="twin", details=EventDetails("Twin"), now=now()
        )

    answers = at_once(app, *[begin] * 4)

    assert sum(isinstance(answer, int) for answer in answers) == 1, answers
    assert all(isinstance(answer, int | StaffError) for answer in answers), answers
    database.rollback()
    assert database.scalar(select(func.count()).select_from(Event)) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"city": "x" * 121}, "city"),
        ({"ends_on": date(2027, 3, 6)}, "starts_on"),
        ({"starts_on": date(2027, 3, 6), "ends_on": date(2027, 3, 5)}, "ends_on"),
        ({"timezone": "Europe/Nowhere"}, "timezone"),
        ({"locale": ""}, "locale"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://user:pw@example.org"}, "url"),
        ({"url": "https://exa mple.org"}, "url"),
        ({"url": "https://[broken"}, "url"),
        ({"starts_on": date(2027, 3, 6), "date_precision": "tbd"}, "date_precision"),
        ({"date_precision": "week"}, "date_precision"),
        ({"capacity": 0}, "capacity"),
        ({"format": "moon"}, "format"),
        ({"state": "archived"}, "state"),
        ({"state": "nonsense"}, "state"),
    ],
)
def test_an_event_refuses_at_the_field(database: Session, given: dict[str, object], field: str) -> None:
    programme = factories.make_programme()
    with pytest.raises(StaffError) as refused:
        create_event(
            scope=SYSTEM,
            programme_id=programme.id,
            slug="krakow",
            details=EventDetails(**{"name": "Kraków", **given}),  # type: ignore[arg-type]
            now=now(),
        )
    assert refused.value.field == field
    assert verbs(database) == []


def test_an_event_moves_as_its_table_says(database: Session) -> None:
    event = factories.make_event(name="Kraków")
    for state in ("closed", "archived"):
        change_event(scope=SYSTEM, event_id=event.id, details=EventDetails("Kraków", state=state), now=now())
    with pytest.raises(StaffError, match="archived cannot become open") as refused:
        change_event(
            scope=SYSTEM, event_id=event.id, details=EventDetails("Changed", state="open"), now=now()
        )

    assert refused.value.field == "state"
    database.expire_all()
    assert (event.state, event.name) == ("archived", "Kraków"), "a refused change is never half done"
    assert verbs(database)[-1] == "event.moved"


def test_organizers_change_what_their_event_is_called_and_nothing_else(database: Session) -> None:
    event, other = factories.make_event(), factories.make_event()
    scope = organizer_of(event)

    describe_event(scope=scope, event_id=event.id, name="New name", city="Łódź", url="https://example.org")
    with pytest.raises(NotFoundError):
        change_event(scope=scope, event_id=event.id, details=EventDetails("Whole"), now=now())
    with pytest.raises(NotFoundError):
        describe_event(scope=scope, event_id=other.id, name="Mine now", city="", url="")
    assert (event.name, event.city, event.starts_on) == ("New name", "Łódź", date(2027, 3, 6))
    assert verbs(database) == ["event.changed"]

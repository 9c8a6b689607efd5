"""Questions about applications to host: one, a page of the queue, how many are where; within the asker's scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, exists, func, or_, select, text, true
from sqlalchemy.orm import selectinload

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.queries.persons import matching_people
from webapp.people.queries.scope import within
from webapp.programme.domain.city_names import city_key
from webapp.programme.domain.host_rules import EarlierApplication
from webapp.programme.domain.host_states import OPEN_STATES, HostState
from webapp.programme.models.activity import Activity
from webapp.programme.models.host_application import HostApplication, HostMember
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host_links import read_host_token

PAGE_SIZE = 50  # rows of the queue


def visible_hosts(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for applications that may be seen: those to programmes seen whole."""
    return within(scope, HostApplication.programme_id)


def get_host_application(scope: Scope, application_id: int, *, for_update: bool = False) -> HostApplication:
    """Return one application with its organizers.

    Args:
        scope: who asks; support of its programme.
        application_id: which.
        for_update: hold it until the transaction ends.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    query = (
        select(HostApplication)
        .options(selectinload(HostApplication.members))
        .where(HostApplication.id == application_id, visible_hosts(scope))
    )
    if for_update:
        query = query.with_for_update(of=HostApplication).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError("There is no such application.")
    return found


def find_host_application_by_token(token: str) -> tuple[HostApplication, int] | None:
    """Return the application of an organizer's link and the organizer's person id; None for any other link."""
    reference = read_host_token(token)
    if reference is None:
        return None
    application_id, person_id = reference
    found = db.session.scalar(
        select(HostApplication)
        .options(selectinload(HostApplication.members))
        .where(
            HostApplication.id == application_id,
            exists().where(HostMember.application_id == application_id, HostMember.person_id == person_id),
        )
    )
    return None if found is None else (found, person_id)


@dataclass(frozen=True, slots=True)
class HostFilter:
    """What to show of the queue.

    Args:
        states: ``HostState`` values; empty is all.
        programme_id: only of this programme.
        words: in reference, city, or an organizer's name or address; a city is found however it is spelled.
        assigned_to_id: only whose these are; 0 is nobody's.
        is_waiting: only open ones that have waited longer than their programme allows.
    """

    states: tuple[str, ...] = ()
    programme_id: int | None = None
    words: str = ""
    assigned_to_id: int | None = None
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class HostPage:
    """A page of the queue.

    Args:
        rows: the newest first.
        next_before: id before which the next page begins; None on the last.
    """

    rows: list[HostApplication]
    next_before: int | None


def _matching(
    scope: Scope, chosen: HostFilter, now: datetime, *, in_states: bool = True
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [visible_hosts(scope)]
    if in_states and chosen.states:
        conditions.append(HostApplication.state.in_(chosen.states))
    if chosen.programme_id is not None:
        conditions.append(HostApplication.programme_id == chosen.programme_id)
    if chosen.assigned_to_id is not None:
        owner = chosen.assigned_to_id or None
        conditions.append(HostApplication.assigned_to_id.is_not_distinct_from(owner))
    if chosen.words.strip():
        conditions.append(_named(chosen.words))
    if chosen.is_waiting:
        conditions.append(is_waiting_long(now))
    return and_(*conditions)


def _named(words: str) -> ColumnElement[bool]:
    """Return the condition for applications whose reference, city or organizers have these words."""
    members = (
        select(HostMember.application_id)
        .join(Person, Person.id == HostMember.person_id)
        .where(matching_people(words))
    )
    return or_(
        func.lower(HostApplication.reference).contains(words.strip().lower(), autoescape=True),
        HostApplication.city_key.contains(city_key(words), autoescape=True),
        HostApplication.id.in_(members),
    )


def is_waiting_long(now: datetime) -> ColumnElement[bool]:
    """Return the condition for open applications about which nothing was done for longer than allowed."""
    days = (
        select(Programme.waiting_days)
        .where(Programme.id == HostApplication.programme_id)
        .correlate(HostApplication)
        .scalar_subquery()
    )
    limit = func.make_interval(0, 0, 0, days)
    return and_(HostApplication.state.in_(OPEN_STATES), HostApplication.state_at + limit < now)


def page_host_applications(
    scope: Scope, chosen: HostFilter, *, now: datetime, before: int | None = None, limit: int = PAGE_SIZE
) -> HostPage:
    """Return a page of the queue, the newest first.

    Args:
        scope: who asks.
        chosen: what to show.
        now: the time, for what waits too long.
        before: id of the last row of the page before.
        limit: rows of a page.
    """
    query: Select[HostApplication] = (
        select(HostApplication)
        .options(selectinload(HostApplication.members))
        .where(_matching(scope, chosen, now), HostApplication.id < before if before is not None else true())
        .order_by(HostApplication.id.desc())
        .limit(limit + 1)
    )
    rows = list(db.session.scalars(query))
    return HostPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def count_host_applications(scope: Scope, chosen: HostFilter, *, now: datetime) -> dict[str, int]:
    """Count what a filter shows by state, whatever states it names; a state without any is 0."""
    rows = db.session.execute(
        select(HostApplication.state, func.count())
        .where(_matching(scope, chosen, now, in_states=False))
        .group_by(HostApplication.state)
    )
    return {**dict.fromkeys(map(str, HostState), 0), **{row[0]: row[1] for row in rows}}


def find_visible_ids(scope: Scope, application_ids: Collection[int]) -> set[int]:
    """Return which of these applications may be seen."""
    query = select(HostApplication.id).where(HostApplication.id.in_(application_ids), visible_hosts(scope))
    return set(db.session.scalars(query))


def told_state(row: HostApplication, now: datetime) -> HostState:
    """Return how an application stands as far as its organizers may know: not before their letters may leave."""
    is_held = row.undo_until is not None and now < row.undo_until
    return HostState((row.state_before if is_held else None) or row.state)


def find_id_by_reference(scope: Scope, reference: str) -> int | None:
    """Return the id of an application by what people say on the telephone."""
    query = select(HostApplication.id).where(
        HostApplication.reference == reference.strip().upper(), visible_hosts(scope)
    )
    return db.session.scalar(query)


def find_host_activities(scope: Scope, application_id: int, limit: int = 200) -> list[Activity]:
    """Return what happened to an application and what staff said of it, the latest first.

    Raises:
        NotFoundError: it is not for this member of staff.
    """
    get_host_application(scope, application_id)
    return list(
        db.session.scalars(
            select(Activity)
            .where(Activity.subject_type == "host_application", Activity.subject_id == application_id)
            .order_by(Activity.id.desc())
            .limit(limit)
        )
    )


def find_host_people(application_id: int) -> list[Person]:
    """Return the organizers of an application, the lead first."""
    query = select(Person).join(HostMember, HostMember.person_id == Person.id)
    return list(
        db.session.scalars(
            query.where(HostMember.application_id == application_id).order_by(HostMember.position)
        )
    )


def find_event_of_host(application_id: int) -> Event | None:
    """Return the event that accepting an application has made."""
    return db.session.scalar(select(Event).where(Event.host_application_id == application_id))


def find_earlier_applications(
    programme_id: int, lead_person_id: int, since: timedelta
) -> list[EarlierApplication]:
    """Return what a person sent to a programme as lead: what was accepted, and what is as young as that."""
    rows = db.session.execute(
        select(
            HostApplication.reference,
            HostApplication.created_at,
            HostApplication.state,
            HostApplication.proposed_on,
        ).where(
            HostApplication.programme_id == programme_id,
            HostApplication.lead_person_id == lead_person_id,
            or_(
                HostApplication.state == HostState.ACCEPTED,
                HostApplication.created_at > func.now() - since,
            ),
        )
    )
    return [
        EarlierApplication(
            reference=row.reference,
            sent_at=row.created_at,
            is_new=row.state == HostState.NEW,
            accepted_for=row.proposed_on if row.state == HostState.ACCEPTED else None,
        )
        for row in rows
    ]


def claim_reference(year: int) -> str:
    """Return the next reference of a year; others wait for it until the transaction ends."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('host.reference'))"))
    prefix = f"H-{year}-"
    number = db.session.scalar(
        select(func.max(cast(func.split_part(HostApplication.reference, "-", 3), Integer))).where(
            HostApplication.reference.startswith(prefix)
        )
    )
    return f"{prefix}{(number or 0) + 1:04}"

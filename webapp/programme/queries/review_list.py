"""Questions of the list of applications: which, in what order, how many in each view; scores as far as one may know."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.reviewing import ApplicationLine, ReviewFilter, SortBy, View
from webapp.programme.models.application import Application, Review
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event

PAGE_SIZE = 100  # applications
EXPORTED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One page of the list, and how many there are in all that fit the filter."""

    lines: tuple[ApplicationLine, ...]
    total: int


def get_reviewed_event(scope: Scope, event_id: int) -> Event:
    """Return an event whose applications this member of staff may read and score.

    Raises:
        NotFoundError: there is none, or it is not for them.
    """
    event = db.session.get(Event, event_id)
    if event is None or not scope.reviews(event.programme_id, event.id):
        raise NotFoundError("There is no such event.")
    return event


def find_reviewed_events(scope: Scope) -> list[Event]:
    """Return the events whose applications may be read and scored and that have a form, the latest first."""
    query = (
        select(Event)
        .join(Form, Form.event_id == Event.id)
        .order_by(Event.starts_on.desc().nulls_last(), Event.id.desc())
    )
    if not scope.is_administrator:
        query = query.where(
            or_(
                Event.programme_id.in_(scope.programme_ids),
                Event.id.in_(scope.event_ids | scope.reviewing_event_ids),
            )
        )
    return list(db.session.scalars(query))


def view_column() -> ColumnElement[str]:
    """Return the expression that puts each application into exactly one view."""
    answered = [
        (and_(Application.announced == Decision.ACCEPTED, Application.rsvp == rsvp), view)
        for rsvp, view in (
            (Rsvp.YES, View.CONFIRMED),
            (Rsvp.NO, View.DECLINED),
            (Rsvp.EXPIRED, View.NO_ANSWER),
        )
    ]
    cases: list[tuple[ColumnElement[bool], View]] = [
        (Application.withdrawn_at.isnot(None), View.WITHDRAWN),
        (Application.decision != Application.announced, View.NOT_TOLD),
        (Application.decision == Decision.UNDECIDED, View.TO_REVIEW),
        *answered,
        (Application.announced == Decision.ACCEPTED, View.INVITED),
        (Application.announced == Decision.WAITLISTED, View.WAITING),
    ]
    return case(*[(condition, literal(view.value)) for condition, view in cases], else_=View.REJECTED.value)


def count_views_of(event_ids: Collection[int]) -> dict[int, dict[View, int]]:
    """Count the applications of events in each view, from the rows; an event's views add up to all of its own."""
    view = view_column().label("view")
    rows = db.session.execute(
        select(Application.event_id, view, func.count())
        .where(Application.event_id.in_(event_ids), Application.erased_at.is_(None))
        .group_by(Application.event_id, view)
    )
    counts = {event_id: dict.fromkeys(View, 0) for event_id in event_ids}
    for event_id, name, count in rows:
        counts[event_id][View(name)] = count
    return counts


def count_views(event_id: int) -> dict[View, int]:
    """Count the applications of one event in each view."""
    return count_views_of([event_id])[event_id]


def find_tags(event_id: int) -> list[tuple[str, int]]:
    """Return the tags of an event's applications with how many have each, by name."""
    tag = func.unnest(Application.tags).label("tag")
    tags = select(tag).where(Application.event_id == event_id, Application.erased_at.is_(None)).subquery()
    rows = db.session.execute(select(tags.c.tag, func.count()).group_by(tags.c.tag).order_by(tags.c.tag))
    return [(row[0], row[1]) for row in rows]


def _filtered(
    query: Select[*tuple[Any, ...]], event_id: int, wanted: ReviewFilter, *, with_address: bool = True
) -> Select[*tuple[Any, ...]]:
    """Narrow a query over applications and their people to what the filter wants."""
    query = query.where(Application.event_id == event_id, Application.erased_at.is_(None))
    if wanted.view is not None:
        query = query.where(view_column() == wanted.view.value)
    if wanted.tag:
        query = query.where(Application.tags.contains([wanted.tag]))
    if wanted.text:
        found = [Person.name.icontains(wanted.text, autoescape=True)]
        if with_address:
            found.append(Person.email.icontains(wanted.text, autoescape=True))
        number = wanted.text.lstrip("#")
        if number.isascii() and number.isdigit() and len(number) < 9:
            found.append(Application.number == int(number))
        query = query.where(or_(*found))
    return query


def _select_lines(user_id: int | None, *, is_blind: bool) -> tuple[Select[*tuple[Any, ...]], Any]:
    """Return the query for the lines of the list, and the mean as this member of staff may know it."""
    # looked up by index for each application: a grouped join is at the mercy of what the planner has counted
    scores = (
        select(
            func.count().label("reviews"),
            cast(func.avg(Review.score), Float).label("mean"),
            cast(func.stddev_samp(Review.score), Float).label("deviation"),
        )
        .where(Review.application_id == Application.id)
        .lateral("scores")
    )
    own = aliased(Review, name="own")
    is_shown = own.id.isnot(None) if is_blind else literal(True)
    mean = case((is_shown, scores.c.mean))
    query = (
        select(
            Application.id,
            Application.number,
            Application.person_id,
            Person.name,
            Person.email,
            view_column().label("view"),
            Application.decision,
            Application.announced,
            Application.rsvp,
            Application.waitlist_rank,
            Application.tags,
            Application.submitted_at,
            func.coalesce(scores.c.reviews, 0).label("reviews"),
            mean.label("mean"),
            case((is_shown, scores.c.deviation)).label("deviation"),
            own.id.isnot(None).label("has_own"),
            own.score.label("own_score"),
        )
        .join(Person, Person.id == Application.person_id)
        .join(scores, literal(True))
        .outerjoin(own, and_(own.application_id == Application.id, own.user_id == (user_id or 0)))
    )
    return query, mean


def _sorted(query: Select[*tuple[Any, ...]], wanted: ReviewFilter, mean: Any) -> Select[*tuple[Any, ...]]:
    columns: dict[SortBy, Any] = {
        SortBy.NUMBER: Application.number,
        SortBy.NAME: func.lower(Person.name),
        SortBy.MEAN: mean,
        SortBy.SUBMITTED: Application.submitted_at,
    }
    first = columns[wanted.sort]
    # whoever has no mean, or none that may be known, stands last either way
    return query.order_by(
        (first.desc() if wanted.is_descending else first.asc()).nulls_last(), Application.number
    )


def _line(row: Any, *, is_blind: bool) -> ApplicationLine:
    return ApplicationLine(
        id=row.id,
        number=row.number,
        person_id=row.person_id,
        name=row.name,
        email=row.email,
        view=View(row.view),
        decision=row.decision,
        announced=row.announced,
        rsvp=row.rsvp,
        waitlist_rank=row.waitlist_rank,
        tags=tuple(row.tags),
        submitted_at=row.submitted_at,
        review_count=row.reviews,
        mean=row.mean,
        deviation=row.deviation,
        is_hidden=is_blind and not row.has_own,
        has_own=row.has_own,
        own_score=row.own_score,
    )


def is_blind(event_id: int) -> bool:
    """Say whether the scores of others are hidden until one's own; they are unless the form says otherwise."""
    found = db.session.scalar(select(Form.is_blind).where(Form.event_id == event_id))
    return found is not False


def page_applications(
    scope: Scope, event_id: int, wanted: ReviewFilter, *, page: int = 1, size: int = PAGE_SIZE
) -> ApplicationPage:
    """Return one page of an event's applications, in two queries however long it is.

    Args:
        scope: who looks.
        event_id: whose applications.
        wanted: which, and in what order.
        page: counted from 1.
        size: lines on a page.
    """
    blind = is_blind(event_id)
    event = get_reviewed_event(scope, event_id)
    sees = scope.sees(
        event.programme_id, event.id
    )  # reviewers are not shown addresses, so cannot search them
    query, mean = _select_lines(scope.user_id, is_blind=blind)
    rows = db.session.execute(
        _sorted(_filtered(query, event_id, wanted, with_address=sees), wanted, mean)
        .limit(size)
        .offset((max(page, 1) - 1) * size)
    )
    lines = tuple(_line(row, is_blind=blind) for row in rows)
    counting = select(func.count()).select_from(Application).join(Person, Person.id == Application.person_id)
    total = db.session.scalar(_filtered(counting, event_id, wanted, with_address=sees))
    return ApplicationPage(lines, total or 0)


def find_ids(event_id: int, wanted: ReviewFilter) -> list[int]:
    """Return the ids of all applications that fit a filter, by number."""
    query = select(Application.id).join(Person, Person.id == Application.person_id)
    return list(db.session.scalars(_filtered(query, event_id, wanted).order_by(Application.number)))


def find_export(
    scope: Scope, event_id: int, wanted: ReviewFilter
) -> Iterator[tuple[ApplicationLine, dict[str, Any]]]:
    """Yield every application that fits a filter with its answers, in the filter's order."""
    blind = is_blind(event_id)
    query, mean = _select_lines(scope.user_id, is_blind=blind)
    query = _sorted(_filtered(query, event_id, wanted), wanted, mean).add_columns(Application.answers)
    # fetched some at a time: thousands of long answers are not held at once
    for row in db.session.execute(query, execution_options={"yield_per": EXPORTED_AT_ONCE}):
        yield _line(row, is_blind=blind), row.answers

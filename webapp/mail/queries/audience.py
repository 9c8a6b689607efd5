"""Questions about an audience: who is in it, how many, and who is left out and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.states import ShootKind, SkipReason
from webapp.mail.models.opt_out import OptOut, OptOutScope, Suppression
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.models.person import Person


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """What sending to an audience would mean.

    Args:
        chosen: people chosen, each once, exclusions already taken off.
        will_get: how many of them would be written to.
        skipped: how many would not, by reason.
        duplicates: how often somebody was chosen a second time; they get one letter.
        excluded: how many were chosen and then excluded.
    """

    chosen: int
    will_get: int
    skipped: dict[SkipReason, int]
    duplicates: int
    excluded: int


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody of the audience, with the reason why they would be left out, if they would."""

    person_id: int
    name: str
    email: str | None
    reason: SkipReason | None


def _people_of(choices: Sequence[Choice], place: Place) -> list[Select[int]]:
    """Return one query for person ids for each choice."""
    return [SEGMENTS.get(c.segment).select_people(c.settings, place) for c in choices]


def select_audience(audience: Audience, place: Place) -> Select[int]:
    """Return the query for the ids of everybody in the audience, each once.

    Raises:
        StaffError: nothing is chosen, or a segment does not understand its settings.
    """
    if not audience.include:
        raise StaffError("Nobody is chosen yet. Pick at least one group.", field="audience")
    chosen = union(*_people_of(audience.include, place)).subquery("chosen")
    person_id = chosen.c[0].label("person_id")
    if not audience.exclude:
        return select(person_id)
    left_out = union(*_people_of(audience.exclude, place)).subquery("left_out")
    return select(person_id).where(~select(1).where(left_out.c[0] == chosen.c[0]).exists())


def is_suppressed(address: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Return the condition that nobody may write to the address now; the database's clock judges."""
    return (
        select(1)
        .where(
            Suppression.address == address, or_(Suppression.until.is_(None), Suppression.until > func.now())
        )
        .correlate_except(Suppression)
        .exists()
    )


def is_opted_out(
    person_id: ColumnElement[int], programme_id: int | None, event_id: int | None
) -> ColumnElement[bool]:
    """Return the condition that a person does not want letters of this programme and event."""
    wishes = [OptOut.scope == OptOutScope.ALL]
    if programme_id is not None:
        wishes.append(and_(OptOut.scope == OptOutScope.PROGRAMME, OptOut.programme_id == programme_id))
    if event_id is not None:
        wishes.append(and_(OptOut.scope == OptOutScope.EVENT, OptOut.event_id == event_id))
    return select(1).where(OptOut.person_id == person_id, or_(*wishes)).correlate_except(OptOut).exists()


def skip_reason(
    person_id: ColumnElement[int],
    address: ColumnElement[str | None],
    *,
    kind: str,
    programme_id: int | None,
    event_id: int | None,
) -> ColumnElement[str | None]:
    """Return the expression for why somebody is not written to, null when they are.

    Only bulk letters obey opt-outs; a suppressed address gets nothing at all.
    """
    cases: list[tuple[ColumnElement[bool], str]] = [
        (address.is_(None), SkipReason.NO_ADDRESS.value),
        (is_suppressed(address), SkipReason.SUPPRESSED.value),
    ]
    if kind == ShootKind.BULK:
        cases.append((is_opted_out(person_id, programme_id, event_id), SkipReason.OPTED_OUT.value))
    return case(*[(condition, literal(value)) for condition, value in cases], else_=null())


def _judged(audience: Audience, place: Place, kind: str) -> CTE:
    """Return the audience with each person's reason, as a CTE."""
    chosen = select_audience(audience, place).subquery("audience")
    return (
        select(
            Person.id,
            Person.name,
            Person.email,
            skip_reason(
                Person.id.expression,
                Person.email.expression,
                kind=kind,
                programme_id=place.programme_id,
                event_id=place.event_id,
            ).label("reason"),
        )
        .join(chosen, chosen.c.person_id == Person.id)
        .where(Person.erased_at.is_(None))
        .cte("judged")
    )


def select_recipients(audience: Audience, place: Place, *, kind: str) -> Select[int]:
    """Return the query for the ids (column ``id``) of those who would be written to.

    Args:
        audience: who is chosen.
        place: where, and by whom.
        kind: a ``ShootKind``; essential letters pass opt-outs.

    Raises:
        StaffError: nothing is chosen, or a segment does not understand its settings.
    """
    judged = _judged(audience, place, kind)
    return select(judged.c.id).where(judged.c.reason.is_(None))


def count_audience(audience: Audience, place: Place, *, kind: str) -> AudienceCount:
    """Count what sending to an audience would mean, in one question to the database.

    Args:
        audience: who is chosen.
        place: where, and by whom.
        kind: a ``ShootKind``; essential letters pass opt-outs.

    Raises:
        StaffError: nothing is chosen, or a segment does not understand its settings.
    """
    judged = _judged(audience, place, kind)
    rows = db.session.execute(select(judged.c.reason, func.count()).group_by(judged.c.reason)).all()
    by_reason = {reason: int(count) for reason, count in rows}
    every = union_all(*_people_of(audience.include, place)).subquery("every")
    mentions, distinct = db.session.execute(
        select(func.count(), func.count(every.c[0].distinct())).select_from(every)
    ).one()
    chosen = sum(by_reason.values())
    return AudienceCount(
        chosen=chosen,
        will_get=by_reason.get(None, 0),
        skipped={reason: by_reason[reason] for reason in SkipReason if reason in by_reason},
        duplicates=mentions - distinct,
        excluded=max(distinct - chosen, 0) if audience.exclude else 0,
    )


def page_audience(
    audience: Audience,
    place: Place,
    *,
    kind: str,
    reason: SkipReason | str | None = "any",
    text: str = "",
    limit: int = 8,
) -> list[SamplePerson]:
    """Return a sample of an audience: first those with the longest names, where layouts break.

    Args:
        audience: who is chosen.
        place: where, and by whom.
        kind: a ``ShootKind``.
        reason: only those left out for it; None for those who will get the letter; ``any`` for all.
        text: a part of a name or address to look for.
        limit: how many at most.
    """
    judged = _judged(audience, place, kind)
    query = select(judged.c.id, judged.c.name, judged.c.email, judged.c.reason)
    if reason is None:
        query = query.where(judged.c.reason.is_(None))
    elif reason != "any":
        query = query.where(judged.c.reason == reason)
    if text:
        pattern = f"%{text.lower().replace('%', '').replace('_', '')}%"
        query = query.where(or_(func.lower(judged.c.name).like(pattern), judged.c.email.like(pattern)))
    rows = db.session.execute(query.order_by(func.length(judged.c.name).desc(), judged.c.id).limit(limit))
    return [SamplePerson(r.id, r.name, r.email, SkipReason(r.reason) if r.reason else None) for r in rows]

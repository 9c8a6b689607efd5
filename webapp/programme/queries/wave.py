"""Questions of announcing: who is to be told what, how many places are free, what became of a wave."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Table, and_, case, func, literal, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.move import moving
from webapp.mail.domain.states import ShootKind
from webapp.mail.models.email_log import EmailLog
from webapp.mail.queries.audience import skip_reason
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.programme.domain.application_states import WAVE_MACHINE, Decision, Rsvp, WaveState
from webapp.programme.domain.wave import Places, Untold
from webapp.programme.models.application import Application, Review, Wave, WaveEntry
from webapp.programme.models.programme import Event
from webapp.programme.queries.wave_many import among

_waves: Table = Wave.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


def find_untold(event: Event, *, only: Collection[int] | None = None, is_held: bool = False) -> list[Untold]:
    """Return who was decided differently from what they were told, and did not withdraw; by decision and number.

    Args:
        event: whose applicants.
        only: among these ids; None is among all.
        is_held: keep the applications until the transaction ends, so that nobody tells them at the same time.
    """
    reason = case(
        (Application.token.is_(None), literal("no_link")),
        else_=skip_reason(
            Person.id.expression,
            Person.email.expression,
            kind=ShootKind.ESSENTIAL,
            programme_id=event.programme_id,
            event_id=event.id,
        ),
    )
    query = (
        select(
            Application.id,
            Application.number,
            Application.person_id,
            Person.name,
            Person.email,
            Application.locale,
            func.coalesce(Application.token, "").label("token"),
            Application.decision,
            Application.announced,
            Application.announcement_number,
            reason.label("reason"),
        )
        .join(Person, Person.id == Application.person_id)
        .where(
            Application.event_id == event.id,
            Application.decision != Application.announced,
            Application.decision != Decision.UNDECIDED,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
            Person.erased_at.is_(None),
        )
        .order_by(Application.decision, Application.number)
    )
    if only is not None:
        query = query.where(among(Application.id.expression, only))
    if is_held:
        query = query.with_for_update(of=Application)
    return _untold(db.session.execute(query))


def _untold(rows: Iterable[Any]) -> list[Untold]:
    """Return rows of the query above; its columns stand in the order of an ``Untold``."""
    named = {decision.value: decision for decision in Decision}
    return [
        Untold(key, shown, who, name, email, locale, token, named[to], named[before], number, reason)
        for key, shown, who, name, email, locale, token, to, before, number, reason in rows
    ]


def count_places(event: Event) -> Places:
    """Count how full an event is."""

    def counted(*conditions: Any) -> Any:
        return func.count().filter(and_(*conditions))

    row = db.session.execute(
        select(
            counted(Application.rsvp == Rsvp.YES),
            counted(Application.rsvp == Rsvp.INVITED),
            counted(Application.decision == Decision.ACCEPTED, Application.announced != Application.decision),
            counted(
                Application.decision == Decision.WAITLISTED, Application.announced == Decision.WAITLISTED
            ),
        ).where(
            Application.event_id == event.id,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
        )
    ).one()
    return Places(event.capacity, row[0], row[1], row[2], row[3])


def find_next_waiting(event_id: int, count: int) -> list[int]:
    """Return the next applications of the waiting list: by rank, then by mean score, then by number."""
    mean = (
        select(func.avg(Review.score))
        .where(Review.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    return list(
        db.session.scalars(
            select(Application.id)
            .where(
                Application.event_id == event_id,
                Application.decision == Decision.WAITLISTED,
                Application.announced == Decision.WAITLISTED,
                Application.withdrawn_at.is_(None),
                Application.erased_at.is_(None),
            )
            .order_by(
                Application.waitlist_rank.asc().nulls_last(), mean.desc().nulls_last(), Application.number
            )
            .limit(count)
            .with_for_update(of=Application)
        )
    )


def get_wave(scope: Scope, event_id: int, wave_id: int, *, is_held: bool = False) -> Wave:
    """Return one announcement of an event.

    Args:
        scope: who asks; reviewers are told nothing.
        event_id, wave_id: which.
        is_held: keep it until the transaction ends.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    query = select(Wave).where(Wave.id == wave_id, Wave.event_id == event_id)
    if is_held:
        query = query.with_for_update().execution_options(populate_existing=True)
    wave = db.session.scalar(query)
    if wave is None or not scope.sees(wave.programme_id, wave.event_id):
        raise NotFoundError("There is no such announcement.")
    return wave


def find_waves(event_id: int) -> list[Wave]:
    """Return the announcements of an event, the latest first."""
    return list(db.session.scalars(select(Wave).where(Wave.event_id == event_id).order_by(Wave.id.desc())))


def count_told(wave_id: int) -> dict[str, int]:
    """Count whom an announcement told what, from its entries; those who could not be written to are left out."""
    rows = db.session.execute(
        select(WaveEntry.announced, func.count())
        .where(WaveEntry.wave_id == wave_id, WaveEntry.skip_reason.is_(None))
        .group_by(WaveEntry.announced)
    )
    return {row[0]: row[1] for row in rows}


def find_not_told(wave_id: int) -> list[tuple[Application, str]]:
    """Return whom an announcement could not tell, or has taken back for one of them, each with the reason."""
    rows = db.session.execute(
        select(Application, WaveEntry.skip_reason)
        .join(WaveEntry, WaveEntry.application_id == Application.id)
        .where(WaveEntry.wave_id == wave_id, WaveEntry.skip_reason.isnot(None))
        .order_by(Application.number)
    )
    return [(row[0], row[1] or "") for row in rows]


def find_last_entry(application_id: int) -> WaveEntry | None:
    """Return by which announcement an applicant was told last; None when by none, or when it was taken back."""
    return db.session.scalar(
        select(WaveEntry)
        .join(Wave, Wave.id == WaveEntry.wave_id)
        .where(
            WaveEntry.application_id == application_id,
            WaveEntry.skip_reason.is_(None),
            Wave.state != WaveState.UNDONE,
        )
        .order_by(WaveEntry.wave_id.desc())
        .limit(1)
        .with_for_update(of=WaveEntry)
    )


def find_letters_of(keys: Collection[str]) -> list[EmailLog]:
    """Return the letters that were written under these keys."""
    return list(db.session.scalars(select(EmailLog).where(EmailLog.dedupe_key.in_(keys))))


def release_waves() -> int:
    """Note of every announcement whose time is over that it can no longer be taken back; the database's clock judges.

    Returns:
        How many.
    """
    statement = moving(_waves, WAVE_MACHINE, WaveState.RELEASED, ended_at=func.now())
    ended = statement.where(or_(_waves.c.hold_until <= func.now())).returning(_waves.c.id)
    return len(db.session.scalars(ended).all())

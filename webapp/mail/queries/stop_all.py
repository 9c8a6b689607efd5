"""Questions about the switch that stops all letters: is it on, since when, why, and what it holds back."""

from datetime import datetime

from sqlalchemy import ColumnElement, Executable, Select, case, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from webapp.core.database import db
from webapp.core.prepared import Prepared
from webapp.mail.domain.states import REMAINING, ShootState
from webapp.mail.domain.stop_all import Stop
from webapp.mail.models.shoot import Shoot, ShootTally
from webapp.mail.models.stop_all import StopAll
from webapp.people.models.person import Person
from webapp.people.models.user import User


def is_stopped_all() -> ColumnElement[bool]:
    """Return the condition that the switch is on; as part of another statement it is one look at an empty index."""
    return exists().where(StopAll.lifted_at.is_(None))


def _select_stops() -> Select[int, str, datetime, str, datetime | None, str]:
    """Return the query for throws of the switch, each with the names of those who threw and lifted it."""
    thrower, lifter = aliased(User), aliased(User)
    throwers, lifters = aliased(Person), aliased(Person)
    return (
        select(
            StopAll.id,
            StopAll.reason,
            StopAll.stopped_at,
            func.coalesce(case((throwers.name != "", throwers.name), else_=thrower.email), ""),
            StopAll.lifted_at,
            func.coalesce(case((lifters.name != "", lifters.name), else_=lifter.email), ""),
        )
        .join(thrower, thrower.id == StopAll.stopped_by_id, isouter=True)
        .join(throwers, throwers.id == thrower.person_id, isouter=True)
        .join(lifter, lifter.id == StopAll.lifted_by_id, isouter=True)
        .join(lifters, lifters.id == lifter.person_id, isouter=True)
    )


def _build_open() -> Executable:
    return _select_stops().where(StopAll.lifted_at.is_(None))


_OPEN = Prepared(_build_open)


def find_stop() -> Stop | None:
    """Return the throw of the switch that holds now; None while letters go."""
    found = _OPEN.run().first()
    return Stop(*found) if found else None


def find_last_stops(limit: int) -> list[Stop]:
    """Return the latest throws of the switch, the newest first."""
    rows = db.session.execute(_select_stops().order_by(StopAll.id.desc()).limit(limit))
    return [Stop(*row) for row in rows]


def get_stop(stop_id: int) -> Stop | None:
    """Return one throw of the switch."""
    found = db.session.execute(_select_stops().where(StopAll.id == stop_id)).first()
    return Stop(*found) if found else None


def insert_stop(reason: str, user_id: int | None) -> int | None:
    """Throw the switch.

    Returns:
        The row's id, or None when it is on already; whoever throws it at the same moment is waited for.
    """
    return db.session.scalar(
        insert(StopAll)
        .values(reason=reason, stopped_by_id=user_id, stopped_at=func.clock_timestamp())
        .on_conflict_do_nothing()
        .returning(StopAll.id)
    )


def lift_stop(stop_id: int | None, user_id: int | None) -> int | None:
    """Lift the switch, or that throw of it alone.

    Returns:
        The row's id, or None when there was none to lift.
    """
    statement = update(StopAll).where(StopAll.lifted_at.is_(None))
    if stop_id is not None:
        statement = statement.where(StopAll.id == stop_id)
    return db.session.scalar(
        statement.values(lifted_at=func.clock_timestamp(), lifted_by_id=user_id)
        .returning(StopAll.id)
        .execution_options(synchronize_session=False)
    )


def count_under_way() -> tuple[int, int]:
    """Return how many shoots are sending, of all programmes, and how many of their letters have not left."""
    left = case((ShootTally.state.in_(REMAINING), ShootTally.letter_count), else_=0)
    row = db.session.execute(
        select(func.count(Shoot.id.distinct()), func.coalesce(func.sum(left), 0))
        .join(ShootTally, ShootTally.shoot_id == Shoot.id, isouter=True)
        .where(Shoot.state == ShootState.SENDING)
    ).one()
    return int(row[0]), int(row[1])

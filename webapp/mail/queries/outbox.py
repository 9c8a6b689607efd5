"""The statements of the outbox: write promised letters, take them back, let them go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    JSON,
    TEXT,
    BigInteger,
    FromClause,
    Integer,
    Subquery,
    Table,
    any_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from webapp.core.database import db
from webapp.core.move import moving
from webapp.mail.domain.states import EMAIL_MACHINE, SHOOT_MACHINE, EmailState, ShootState
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.shoot import Chunk, Shoot
from webapp.mail.queries.audience import skip_reason
from webapp.mail.queries.lease import WAITING
from webapp.mail.queries.merge_values import EXPRESSIONS, packed
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_shoots: Table = Shoot.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Written:
    """One row that was written."""

    dedupe_key: str
    seq: int
    reason: str | None


def find_known_keys(keys: Collection[str]) -> set[str]:
    """Return which of these keys a letter was written under before."""
    is_one = EmailLog.dedupe_key == any_(cast(list(keys), ARRAY(TEXT)))  # one value, however many they are
    return {key for key in db.session.scalars(select(EmailLog.dedupe_key).where(is_one)) if key is not None}


def find_locales(person_ids: Collection[int]) -> dict[int, str]:
    """Return the language of each person, "" where they have not said."""
    is_one = Person.id == any_(cast(list(person_ids), ARRAY(BigInteger)))
    rows = db.session.execute(select(Person.id, Person.locale).where(is_one))
    return {row.id: row.locale for row in rows}


Row = tuple[int, str, Mapping[str, str | None]]


def _frame(rows: Sequence[Row]) -> FromClause:
    """Return the rows as a table: person, key, given values."""
    # one value for all of them: the driver would write, and quote, each cell of an array on its own
    written = [{"person_id": person_id, "key": key, "given": given} for person_id, key, given in rows]
    return (
        func.json_to_recordset(literal(written, JSON))
        .table_valued(column("person_id", BigInteger), column("key", TEXT), column("given", JSONB))
        .render_derived(name="frame", with_types=True)
    )


def _people_now(shoot: Shoot, frame: FromClause) -> Subquery:
    """Return those people with address, values in the shoot's order, reason to skip, number and key."""
    given = frame.c.given
    place = Place(SYSTEM, shoot.programme_id, shoot.event_id)
    values = [
        case((given.has_key(name), given[name].astext), else_=EXPRESSIONS.get(name)(place))
        if name in EXPRESSIONS
        else given[name].astext
        for name in shoot.fields
    ]
    name = func.nullif(Person.name, "")
    reason = skip_reason(
        Person.id.expression,
        Person.email.expression,
        kind=shoot.kind,
        programme_id=shoot.programme_id,
        event_id=shoot.event_id,
    )
    return (
        select(
            Person.id,
            Person.email,
            name.label("name"),
            packed(values, name).label("merge_values"),
            reason.label("reason"),
            (func.row_number().over(order_by=Person.id) - 1).label("seq"),
            frame.c.key,
        )
        .join(frame, frame.c.person_id == Person.id)
        .where(Person.erased_at.is_(None))
        .subquery("people_now")
    )


def write_letters(shoot: Shoot, rows: Sequence[Row]) -> list[Written]:
    """Write one row for each letter of a shoot, by one statement; who may not be written to gets one, too.

    Args:
        shoot: whose letters; its ``fields`` say which merge values each row carries.
        rows: person, key and given values by field; a field that is not given is looked up for the person.

    Returns:
        The rows, in no order. People that are gone have none.
    """
    people = _people_now(shoot, _frame(rows))
    is_skipped = people.c.reason.isnot(None)
    written = {
        "shoot_id": literal(shoot.id),
        "seq": people.c.seq,
        "person_id": people.c.id,
        "address": people.c.email,
        "name": people.c.name,
        "merge_values": people.c.merge_values,
        "state": case((is_skipped, EmailState.SKIPPED.value), else_=EmailState.PENDING.value),
        "reason": people.c.reason,
        "settled_at": case((is_skipped, func.now()), else_=null()),
        "dedupe_key": people.c.key,
    }
    statement = (
        insert(_emails)
        .from_select(list(written), select(*written.values()))
        .returning(_emails.c.dedupe_key, _emails.c.seq, _emails.c.reason)
    )
    return [Written(row[0] or "", row[1], row[2]) for row in db.session.execute(statement)]


def cancel_by_key(keys: Collection[str], why: str) -> set[str]:
    """Cancel letters that nobody has begun to hand over.

    Args:
        keys: under which they were written.
        why: stands in each letter's history.

    Returns:
        The keys of those that were cancelled.
    """
    if not keys:
        return set()
    rows = db.session.execute(
        moving(_emails, EMAIL_MACHINE, EmailState.CANCELLED, settled_at=func.now(), next_at=None)
        .where(_emails.c.dedupe_key.in_(keys), _emails.c.state.in_(WAITING))
        .returning(_emails.c.dedupe_key, _emails.c.shoot_id, _emails.c.seq)
    ).all()
    _note_cancelled([(row.shoot_id, row.seq) for row in rows], why)
    return {row.dedupe_key for row in rows}


def cancel_held_batch(batch: str, why: str) -> tuple[int, int]:
    """Cancel every shoot of a batch that is still held, with all its letters.

    Returns:
        How many letters were cancelled, and how many shoots of the batch were not held any more.
    """
    shoot_ids = db.session.scalars(
        moving(_shoots, SHOOT_MACHINE, ShootState.CANCELLED, state_reason=why, completed_at=func.now())
        .where(_shoots.c.batch == batch, _shoots.c.state == ShootState.HELD)
        .returning(_shoots.c.id)
    ).all()
    gone = db.session.scalar(
        select(func.count()).where(
            Shoot.batch == batch, Shoot.id.not_in(shoot_ids), Shoot.state != ShootState.CANCELLED
        )
    )
    cancelled = (
        moving(_emails, EMAIL_MACHINE, EmailState.CANCELLED, settled_at=func.now(), next_at=None)
        .where(_emails.c.shoot_id.in_(shoot_ids), _emails.c.state.in_(WAITING))
        .returning(_emails.c.shoot_id, _emails.c.seq)
        .cte("cancelled")
    )
    noted = insert(EmailEvent).from_select(
        ["shoot_id", "seq", "type", "detail"],
        select(cancelled.c.shoot_id, cancelled.c.seq, literal(EmailState.CANCELLED.value), literal(why)),
    )
    result = db.session.execute(noted, execution_options={"preserve_rowcount": True})
    count = int(result.rowcount)  # type: ignore[attr-defined]  # an INSERT's result counts its rows
    db.session.execute(
        update(Chunk)
        .where(Chunk.shoot_id.in_(shoot_ids))
        .values(next_at=None)
        .execution_options(synchronize_session=False)
    )
    return count, gone or 0


def _note_cancelled(letters: Sequence[tuple[int, int]], why: str) -> None:
    if letters:
        events = [
            {"shoot_id": shoot_id, "seq": seq, "type": EmailState.CANCELLED.value, "detail": why}
            for shoot_id, seq in letters
        ]
        db.session.execute(insert(EmailEvent), events)


def open_gate(gate: str) -> int:
    """Let the shoots that wait for something wait for it no longer; the time of each still holds.

    Returns:
        How many shoots waited.
    """
    opened = db.session.scalars(
        update(_shoots)
        .where(_shoots.c.gate == gate, _shoots.c.state == ShootState.HELD)
        .values(gate=None)
        .returning(_shoots.c.id)
    ).all()
    return len(opened)


def count_held(batch: str) -> int:
    """Count the letters of a batch that are held."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(EmailLog)
            .join(Shoot, Shoot.id == EmailLog.shoot_id)
            .where(Shoot.batch == batch, Shoot.state == ShootState.HELD, EmailLog.settled_at.is_(None))
        )
        or 0
    )


def release_held(batch: str | None = None) -> list[str]:
    """Let held shoots go whose time is over and whose gate is open.

    Args:
        batch: let these go at once, whatever their time and gate.

    Returns:
        The lanes in which there is work now.
    """
    is_due = (
        _shoots.c.batch == batch
        if batch is not None
        else _shoots.c.gate.is_(None)
        & or_(_shoots.c.scheduled_at.is_(None), _shoots.c.scheduled_at <= func.now())
    )
    lanes = db.session.scalars(
        moving(_shoots, SHOOT_MACHINE, ShootState.SENDING, started_at=func.now())
        .where(_shoots.c.state == ShootState.HELD, is_due)
        .returning(_shoots.c.lane)
    )
    return sorted(set(lanes))


def count_letters_by_state(batch: str) -> dict[str, int]:
    """Count the letters of a batch by state, from the rows."""
    rows = db.session.execute(
        select(EmailLog.state, func.count().cast(Integer))
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.batch == batch)
        .group_by(EmailLog.state)
    )
    return {row[0]: row[1] for row in rows}

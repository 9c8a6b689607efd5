"""Questions about freezing an audience into rows and rows into chunks."""

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Subquery,
    any_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
)

from webapp.core.database import db
from webapp.mail.domain.audience import Audience
from webapp.mail.domain.states import EmailState, ShootState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Chunk, Shoot, ShootTally
from webapp.mail.queries.audience import select_audience, skip_reason
from webapp.mail.queries.canary import freezing_order
from webapp.mail.queries.merge_values import join_values, packed
from webapp.mail.queries.segments import Place
from webapp.people.models.person import Person


def find_preparing(lane: str) -> list[int]:
    """Return the shoots of a lane whose audience is to be frozen, the oldest first."""
    return list(
        db.session.scalars(
            select(Shoot.id).where(Shoot.state == ShootState.PREPARING, Shoot.lane == lane).order_by(Shoot.id)
        )
    )


def lock_preparing(shoot_id: int) -> Shoot | None:
    """Return a shoot for freezing, locked, or None when somebody else has it or had it."""
    return db.session.scalar(
        select(Shoot)
        .where(Shoot.id == shoot_id, Shoot.state == ShootState.PREPARING)
        .with_for_update(skip_locked=True, of=Shoot)
    )


def _people_now(shoot: Shoot, audience: Audience, place: Place) -> Subquery:
    """Return everybody in the audience as they are now: address, name, values, number, reason to skip."""
    chosen = select_audience(audience, place).subquery("audience")
    reason = skip_reason(
        Person.id.expression,
        Person.email.expression,
        kind=shoot.kind,
        programme_id=shoot.programme_id,
        event_id=shoot.event_id,
    )
    columns, joins = join_values(shoot.fields, place)
    name = func.nullif(Person.name, "")
    people = (
        select(
            Person.id,
            Person.email,
            name.label("name"),
            packed(columns, name).label("merge_values"),
            reason.label("reason"),
            (func.row_number().over(order_by=freezing_order(shoot)) - 1).label("seq"),
        )
        .join(chosen, chosen.c.person_id == Person.id)
        .where(Person.erased_at.is_(None))
    )
    for target, on in joins:
        people = people.outerjoin(target, on)
    return people.subquery("people_now")


def freeze_audience(shoot: Shoot, audience: Audience, place: Place) -> int:
    """Write one row for everybody in the audience, in the database and by one statement.

    Who is left out gets a row too, with the reason, so that the sum is always that of the rows.

    Args:
        shoot: whose letters; its ``fields`` say which merge values each row carries.
        audience: who was chosen.
        place: where, and by whom.

    Returns:
        The number of rows.
    """
    people = _people_now(shoot, audience, place)
    is_skipped = people.c.reason.isnot(None)
    rows = select(
        literal(shoot.id),
        people.c.seq,
        people.c.id,
        people.c.email,
        people.c.name,
        people.c.merge_values,
        case((is_skipped, EmailState.SKIPPED.value), else_=EmailState.PENDING.value),
        people.c.reason,
        case((is_skipped, func.now()), else_=null()),
    )  # in the order of seq, since their numbers were counted in it: sorting them again costs a tenth
    columns = [
        "shoot_id",
        "seq",
        "person_id",
        "address",
        "name",
        "merge_values",
        "state",
        "reason",
        "settled_at",
    ]
    # A million rows are sorted and tallied in memory; what is set here ends with the transaction.
    db.session.execute(text("SET LOCAL work_mem = '256MB'"))
    statement = insert(EmailLog).from_select(columns, rows)
    result = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]  # an INSERT's result counts its rows


def _earlier_tries(old: FromClause, prefix: str) -> FromClause:
    """Return the letters by which a letter was sent again before."""
    again = EmailLog.__table__.alias("again")
    return (
        select(again.c.state)
        .where(
            again.c.person_id == old.c.person_id,
            again.c.dedupe_key.like(func.concat(prefix, old.c.seq, ":%")),
        )
        .correlate(old)
        .lateral("earlier")
    )


def _is_answered(old: FromClause, earlier: FromClause) -> ColumnElement[bool]:
    """Say that a letter is on its way again, or has arrived by then: it is not sent a third time."""
    given_up = [EmailState.FAILED, EmailState.CANCELLED, EmailState.SKIPPED]
    return select(1).select_from(earlier).where(earlier.c.state.not_in(given_up)).correlate(old).exists()


def copy_letters(
    source_shoot_id: int, shoot_id: int, states: list[EmailState], seqs: list[int] | None
) -> int:
    """Write rows for letters of an earlier shoot that are to be sent once more; the old rows stay.

    Each gets a key that names the letter and how often it was sent again, unique in the database, so that two
    people who press at once send it once.

    Args:
        source_shoot_id: the earlier shoot.
        shoot_id: the new one.
        states: only letters in one of these states.
        seqs: only these numbers, or None for all.

    Returns:
        The number of rows.
    """
    old = EmailLog.__table__.alias("old")
    prefix = f"resend:{source_shoot_id}:"
    earlier = _earlier_tries(old, prefix)
    tries = select(func.count()).select_from(earlier).correlate(old).scalar_subquery()
    answered = _is_answered(old, earlier)
    chosen = select(
        literal(shoot_id),
        (func.row_number().over(order_by=old.c.seq) - 1),
        old.c.person_id,
        func.coalesce(Person.email, old.c.address),
        old.c.name,
        old.c.merge_values,
        literal(EmailState.PENDING.value),
        func.concat(prefix, old.c.seq, ":", tries + 1),
    ).join_from(old, Person, Person.id == old.c.person_id, isouter=True)
    chosen = chosen.where(
        old.c.shoot_id == source_shoot_id, old.c.state.in_(states), old.c.address.isnot(None)
    )
    if seqs is None:
        chosen = chosen.where(~answered)
    else:
        # whoever names a letter means it, but of an uncertain one that was sent again the copy is sent again instead
        is_named = old.c.seq == any_(cast(seqs, ARRAY(Integer)))
        chosen = chosen.where(is_named, or_(~answered, old.c.state != EmailState.UNCERTAIN))
    columns = ["shoot_id", "seq", "person_id", "address", "name", "merge_values", "state", "dedupe_key"]
    statement = insert(EmailLog).from_select(columns, chosen)
    result = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)  # type: ignore[attr-defined]  # an INSERT's result counts its rows


def cut_chunks(shoot_id: int) -> None:
    """Write the chunk rows over a shoot's letters; one where nobody is to be written to is done at once."""
    has_work = func.bool_or((ShootTally.state == EmailState.PENDING) & (ShootTally.letter_count > 0))
    rows = (
        select(ShootTally.shoot_id, ShootTally.chunk, case((has_work, func.now()), else_=null()))
        .where(ShootTally.shoot_id == shoot_id)
        .group_by(ShootTally.shoot_id, ShootTally.chunk)
    )
    db.session.execute(insert(Chunk).from_select(["shoot_id", "number", "next_at"], rows))

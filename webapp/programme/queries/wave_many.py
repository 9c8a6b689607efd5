"""Statements about thousands of applications at once: ids and values travel as arrays, never one by one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    TEXT,
    BigInteger,
    ColumnElement,
    any_,
    cast,
    column,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.types import NullType

from webapp.core.database import db
from webapp.people.models.person import Person
from webapp.programme.domain.wave import Untold
from webapp.programme.models.application import Application, WaveEntry


def among(ids: ColumnElement[int], wanted: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that an id is one of these, given as one array however many they are."""
    # Written as PostgreSQL writes arrays, since the driver would look at each number on its own. It has no type
    # here, so that the database takes it as an array at once: a text would be cast anew for each row. And it is
    # compared, not joined: rows are then found, and written, in the order of their ids, which halves an UPDATE.
    written = "{" + ",".join(map(str, wanted)) + "}"
    return ids == any_(cast(literal(written, NullType()), ARRAY(BigInteger)))


def find_decidable(
    event_id: int, application_ids: Collection[int], *, is_held: bool = False
) -> Sequence[Any]:
    """Return what deciding asks of applications of an event, in the order of their ids, without their answers.

    Args:
        event_id: whose; those of others are left out.
        application_ids: which.
        is_held: keep them until the transaction ends.

    Returns:
        Rows of id, number, name, decision, announced, is_gone.
    """
    query = (
        select(
            Application.id,
            Application.number,
            Person.name,
            Application.decision,
            Application.announced,
            or_(Application.withdrawn_at.isnot(None), Application.erased_at.isnot(None)).label("is_gone"),
        )
        .join(Person, Person.id == Application.person_id)
        .where(Application.event_id == event_id, among(Application.id.expression, application_ids))
        .order_by(Application.id)
    )
    return db.session.execute(query.with_for_update(of=Application) if is_held else query).all()


def write_entries(
    wave_id: int, everybody: Collection[Untold], skipped: Mapping[int, str], keyless: Collection[int]
) -> None:
    """Write down by one statement who is told what by a wave, and what stood there before.

    Args:
        wave_id: of the wave.
        everybody: who is told, and who cannot be.
        skipped: why those are not told, by application.
        keyless: applications for which no letter was written at all.
    """
    rows = [
        {
            "id": one.id,
            "key": None if one.id in keyless else one.next_key,
            "reason": skipped.get(one.id),
            "decision": one.decision,
        }
        for one in everybody
    ]
    frame = (
        func.json_to_recordset(literal(rows, JSON))
        .table_valued(
            column("id", BigInteger), column("key", TEXT), column("reason", TEXT), column("decision", TEXT)
        )
        .render_derived(name="frame", with_types=True)
    )
    entry: dict[str, Any] = {
        "wave_id": literal(wave_id, BigInteger),
        "application_id": Application.id,
        "dedupe_key": frame.c.key,
        "skip_reason": frame.c.reason,
        "announced": frame.c.decision,
        "announced_before": Application.announced,
        "announced_at_before": Application.announced_at,
        "rsvp_before": Application.rsvp,
        "rsvp_deadline_before": Application.rsvp_deadline,
    }
    source = select(*entry.values()).join(frame, frame.c.id == Application.id)
    db.session.execute(insert(WaveEntry).from_select(list(entry), source))

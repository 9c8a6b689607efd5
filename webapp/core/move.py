"""The only writer of a state column: a row moves only as its table of transitions says."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Table, Update, and_, case, or_, update

from webapp.core.database import Base, db
from webapp.core.errors import ConflictError
from webapp.core.machine import Machine, State

Row = TypeVar("Row", bound=Base)


def move(row: Row, machine: Machine[State], to: State, column: str = "state", /, **values: object) -> Row:
    """Move one row if it is still in the state that was read.

    Args:
        row: a mapped row.
        machine: its table of transitions.
        to: the new state.
        column: which column holds it; an application has a decision and an answer.
        values: further columns to write in the same statement.

    Returns:
        The row, refreshed.

    Raises:
        ConflictError: the table does not allow it, or somebody else moved the row first.
    """
    before = getattr(row, column)
    if not machine.allows(before, to):
        raise ConflictError(f"This {machine.name} is {before}; it cannot become {to} any more.")
    table = type(row).__table__
    assert isinstance(table, Table)  # noqa: S101 -- narrows the type only
    key = and_(*(column == getattr(row, column.key) for column in table.primary_key.columns))
    done = db.session.execute(
        update(table)
        .where(key, table.c[column] == before)
        .values({column: to, **values})
        .returning(table.c[column])
    ).first()
    if done is None:
        raise ConflictError(
            f"Somebody else has changed this {machine.name} in the meantime. Reload to see it."
        )
    db.session.refresh(row)
    return row


def moving(
    table: Table, machine: Machine[State], to: State, column: str = "state", /, **values: Any
) -> Update:
    """Return an UPDATE that moves all rows that may become ``to``; the caller narrows it with ``where``."""
    return update(table).where(table.c[column].in_(machine.sources_of(to))).values({column: to, **values})


def also_moving(statement: Update, table: Table, machine: Machine[State], to: State, column: str) -> Update:
    """Return an UPDATE that moves a second state of the same rows along; a row that may not become ``to`` keeps it.

    A row is written once instead of twice, which counts where a table has many indexes.
    """
    may = table.c[column].in_(machine.sources_of(to))
    return statement.values({column: case((may, to.value), else_=table.c[column])})


def moving_each(
    table: Table, machine: Machine[State], frame: FromClause, match: ColumnElement[bool], **values: Any
) -> Update:
    """Return an UPDATE that moves each row to the state that ``frame.c.state`` names for it.

    Args:
        table: the rows' table.
        machine: its table of transitions; a pair that it does not allow is left as it is.
        frame: rows of new states, for example of ``unnest``.
        match: which row of the frame belongs to which row of the table.
        values: further columns to write.
    """
    allowed = or_(
        *(
            and_(table.c.state.in_(machine.sources_of(to)), frame.c.state == to)
            for to in {target for targets in machine.moves.values() for target in targets}
        )
    )
    return update(table).where(match, allowed).values(state=frame.c.state, **values)

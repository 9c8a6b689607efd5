"""Counts what is asked of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event as sql_event

from webapp.core.database import db


@contextmanager
def counted() -> Iterator[list[str]]:
    """Yield the statements that are sent to the database meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sql_event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sql_event.remove(db.engine, "before_cursor_execute", note)

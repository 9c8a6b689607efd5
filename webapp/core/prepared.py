"""Statements of the hot path: written in SQLAlchemy, turned into SQL once, run as that SQL ever after."""

from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import BindParameter, CursorResult, Executable, bindparam
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

from webapp.core.database import db


def parameter(name: str, type_: type[TypeEngine[Any]] | None = None) -> BindParameter[Any]:
    """Return a place in a statement for a value that is given with each run."""
    return bindparam(name, type_=type_, required=False)


class Prepared:
    """A statement whose shape never changes, only its parameters.

    Building and keying an expression costs as much as running it where a statement touches two hundred rows;
    this pays once for each shape.

    Args:
        build: makes the statement for a shape; its parameters are ``parameter`` by name.
    """

    def __init__(self, build: Callable[..., Executable]) -> None:
        self._build = build
        self._ready: dict[tuple[Hashable, ...], tuple[str, dict[str, Any]]] = {}

    def run(self, *shape: Hashable, **parameters: object) -> CursorResult[*tuple[Any, ...]]:
        """Run it on the session's connection.

        Args:
            shape: what ``build`` is given; each shape is its own SQL.
            parameters: values by name.
        """
        connection = db.session.connection()
        if shape not in self._ready:
            statement = self._build(*shape)
            assert isinstance(statement, ClauseElement)  # noqa: S101 -- narrows the type only
            compiled = statement.compile(
                dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
            )
            self._ready[shape] = (str(compiled), dict(compiled.params))
        sql, fixed = self._ready[shape]
        return connection.exec_driver_sql(sql, {**fixed, **parameters})

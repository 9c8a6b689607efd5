"""Where the values of merge fields come from: one SQL expression for each field that differs by person."""

from collections.abc import Callable, Sequence

from sqlalchemy import TEXT, ColumnElement, cast, null

from webapp.core.registry import Shelf
from webapp.mail.queries.segments import Place

Expression = Callable[[Place], ColumnElement[str | None]]

EXPRESSIONS: Shelf[Expression] = Shelf("merge field")
"""By field name; each returns text over a row of ``people``. The catalog puts them there."""


def value_columns(fields: Sequence[str], place: Place) -> list[ColumnElement[str | None]]:
    """Return the expressions for fields, in their order; a field that has none here is null."""
    return [EXPRESSIONS.get(name)(place) if name in EXPRESSIONS else cast(null(), TEXT) for name in fields]

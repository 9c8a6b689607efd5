"""Where the values of merge fields come from: one SQL expression for each field that differs by person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, TEXT, ColumnElement, case, cast, func, literal, null, type_coerce
from sqlalchemy.dialects.postgresql import array

from webapp.core.database import Base
from webapp.core.registry import Shelf
from webapp.core.tokens import TokenKeys
from webapp.mail.models.packed import END, NAME, NOTHING, PackedValues
from webapp.mail.queries.segments import Place

Expression = Callable[[Place], ColumnElement[str | None]]
Maker = Callable[[TokenKeys, str, str], str]

EXPRESSIONS: Shelf[Expression] = Shelf("merge field")
"""By field name; each returns text over a row of ``people``. The catalog puts them there."""

MAKERS: Shelf[Maker] = Shelf("merge field")
"""By field name; each makes what is read of what is kept in the row, for links that are signed with our keys.

They are given the keys, our public address and what is kept, which is never empty.
"""


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows that many merge fields are read from: joined once where an audience is frozen, not asked for field by field.

    Args:
        target: at most one row of it belongs to a person.
        on: which, over ``people``.
        column: the expression for the part of a field's name behind its dot.
    """

    target: type[Base]
    on: ColumnElement[bool]
    column: Callable[[str], ColumnElement[str | None]]


JOINS: Shelf[Callable[[Place], Joined]] = Shelf("source of merge fields")
"""By the part of a field's name before its dot; its fields have an expression of their own, too."""


def packed(
    values: Sequence[ColumnElement[str | None]], name: ColumnElement[str | None]
) -> ColumnElement[list[str | None]]:
    """Return the expression for values in one text, as `PackedValues` reads it and `MadeValues` understands it.

    Args:
        values: in the order of the shoot's fields.
        name: the row's; a value that is the same, as in most letters one is, is not kept twice.
    """
    if not values:
        return type_coerce(literal("", TEXT), PackedValues)
    kept = [case((value == name, literal(NAME, TEXT)), else_=value) for value in values]
    joined = func.array_to_string(cast(array(kept, type_=TEXT), ARRAY(TEXT)), END, NOTHING)
    return type_coerce(func.concat(joined, END), PackedValues)


def join_values(
    fields: Sequence[str], place: Place
) -> tuple[list[ColumnElement[str | None]], list[tuple[type[Base], ColumnElement[bool]]]]:
    """Return the expressions for fields where many rows are frozen, and what has to be joined for them."""
    sources = {name.partition(".")[0] for name in fields if name.partition(".")[0] in JOINS}
    joined = {source: JOINS.get(source)(place) for source in sorted(sources)}
    plain = value_columns(fields, place)
    columns = []
    for name, column in zip(fields, plain, strict=True):
        source, _, part = name.partition(".")
        columns.append(joined[source].column(part) if source in joined and name in EXPRESSIONS else column)
    return columns, [(one.target, one.on) for one in joined.values()]


def value_columns(fields: Sequence[str], place: Place) -> list[ColumnElement[str | None]]:
    """Return the expressions for fields, in their order; a field that has none here is null."""
    return [EXPRESSIONS.get(name)(place) if name in EXPRESSIONS else cast(null(), TEXT) for name in fields]


class MadeValues:
    """Makes the values of one letter after another that are read otherwise than they are kept.

    Args:
        fields: names of the values, in their order.
        keys: from which links are signed.
        public_url: where our public pages are.
    """

    def __init__(self, fields: Sequence[str], keys: TokenKeys, public_url: str) -> None:
        self._makers = [(number, MAKERS.get(name)) for number, name in enumerate(fields) if name in MAKERS]
        self._keys, self._public_url = keys, public_url

    def of(self, kept: Sequence[str | None], name: str | None = None) -> Sequence[str | None]:
        """Return the values as they are read.

        Args:
            kept: as they stand in a row.
            name: the row's.
        """
        if NAME in kept:
            kept = [name if value == NAME else value for value in kept]
        if not self._makers:
            return kept
        made = list(kept)
        for number, maker in self._makers:
            value = made[number]
            made[number] = maker(self._keys, self._public_url, value) if value else value
        return made

"""Where the values of merge fields come from: one SQL expression for each field that differs by person."""

from collections.abc import Callable, Sequence

from sqlalchemy import TEXT, ColumnElement, cast, null

from webapp.core.registry import Shelf
from webapp.core.tokens import TokenKeys
from webapp.mail.queries.segments import Place

Expression = Callable[[Place], ColumnElement[str | None]]
Maker = Callable[[TokenKeys, str, str], str]

EXPRESSIONS: Shelf[Expression] = Shelf("merge field")
"""By field name; each returns text over a row of ``people``. The catalog puts them there."""

MAKERS: Shelf[Maker] = Shelf("merge field")
"""By field name; each makes what is read of what is kept in the row, for links that are signed with our keys.

They are given the keys, our public address and what is kept, which is never empty.
"""


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

    def of(self, kept: Sequence[str | None]) -> Sequence[str | None]:
        """Return the values as they are read."""
        if not self._makers:
            return kept
        made = list(kept)
        for number, maker in self._makers:
            value = made[number]
            made[number] = maker(self._keys, self._public_url, value) if value else value
        return made

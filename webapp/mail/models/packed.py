"""Values in a row as one text: half the bytes of an array, of which a million rows have a million headers."""

from collections.abc import Sequence

from sqlalchemy import TEXT, Dialect, TypeDecorator

END = "\x1f"  # closes a value (ASCII: unit separator); none may hold these three, and what cleans values removes them
NOTHING = "\x1e"  # stands for a value that is not there
NAME = "\x1d"  # stands for the recipient's name, which the row has in a column of its own


def pack(values: Sequence[str | None]) -> str:
    """Return values as one text."""
    return "".join([(NOTHING if value is None else value) + END for value in values])


def unpack(text: str) -> list[str | None]:
    """Return the values of a text from `pack`."""
    values: list[str | None] = text.split(END)[:-1]  # type: ignore[assignment]  # text, so far
    return [None if value == NOTHING else value for value in values] if NOTHING in text else values


class PackedValues(TypeDecorator[list[str | None]]):
    """A column of values, each of which may be missing, in their order."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: list[str | None] | None, dialect: Dialect) -> str | None:
        """Pack."""
        return None if value is None else pack(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str | None] | None:
        """Unpack."""
        return None if value is None else unpack(value)

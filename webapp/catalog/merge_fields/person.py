"""Merge fields about the person who gets the letter."""

from sqlalchemy import ColumnElement, func

from webapp.mail.domain.merge_fields import FieldKind, MergeField, register_field
from webapp.mail.queries.merge_values import EXPRESSIONS
from webapp.mail.queries.segments import Place
from webapp.people.models.person import Person


def _text(column: ColumnElement[str]) -> ColumnElement[str | None]:
    """Return a column with the empty text as no value, so that a fallback takes its place."""
    return func.nullif(column, "")


register_field(MergeField("person.name", "Name", FieldKind.TEXT, "Zofia Nowak"))
register_field(MergeField("person.greeting", "First name or greeting", FieldKind.TEXT, "Zofia"))
register_field(MergeField("person.email", "E-mail address", FieldKind.EMAIL, "zofia@example.org"))


@EXPRESSIONS.register("person.name")
def person_name(_place: Place) -> ColumnElement[str | None]:
    """Return the whole name."""
    return _text(Person.name.expression)


@EXPRESSIONS.register("person.greeting")
def person_greeting(_place: Place) -> ColumnElement[str | None]:
    """Return how they want to be greeted; the whole name otherwise, because no rule knows a first name."""
    return func.coalesce(_text(Person.greeting.expression), _text(Person.name.expression))


@EXPRESSIONS.register("person.email")
def person_email(_place: Place) -> ColumnElement[str | None]:
    """Return the address that the letter goes to."""
    return Person.email.expression

"""Merge field: the page on which a reader chooses newsletters, their own link in each letter."""

from sqlalchemy import TEXT, ColumnElement, cast, func, null

from webapp.core.tokens import TokenKeys
from webapp.mail.domain.merge_fields import FieldKind, MergeField, register_field
from webapp.mail.queries.merge_values import EXPRESSIONS, MAKERS
from webapp.mail.queries.segments import Place
from webapp.people.models.person import Person
from webapp.programme.domain.newsletter import preferences_link

NAME = "newsletter.preferences_link"

register_field(
    MergeField(
        NAME,
        "Page to choose newsletters",
        FieldKind.URL,
        "https://post.example.org/newsletter/choose/example",
        trusted=True,
    )
)


@EXPRESSIONS.register(NAME)
def whose_page(place: Place) -> ColumnElement[str | None]:
    """Return whose page of which programme it is, ``person.programme``; none outside of programmes."""
    if place.programme_id is None:
        return cast(null(), TEXT)
    return cast(func.concat(Person.id, ".", place.programme_id), TEXT)


@MAKERS.register(NAME)
def make_link(keys: TokenKeys, public_url: str, stored: str) -> str:
    """Return the link to that page; letters by role bring theirs along."""
    person, _, programme = stored.partition(".")
    if not (person.isdecimal() and programme.isdecimal()):
        return stored
    return preferences_link(keys, public_url, int(person), int(programme))

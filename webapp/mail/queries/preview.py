"""Questions of the preview: one real recipient with their values, the next one, and those who break letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from webapp.core.database import db
from webapp.mail.domain.audience import Audience
from webapp.mail.domain.merge_fields import MERGE_FIELDS
from webapp.mail.queries.audience import select_recipients
from webapp.mail.queries.merge_values import MadeValues, value_columns
from webapp.mail.queries.segments import Place
from webapp.people.models.person import Person

MISSING_SHOWN = 3  # fields for which somebody without a value is looked for
_BEYOND_LATIN = "[^\u0001-\u024f\u0300-\u036f\u1e00-\u1eff\u2000-\u206f]"
_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who would get the letter, with what stands in their copy.

    Args:
        person_id: who; None for an example person.
        name: "" where nobody knows it.
        email: where the letter goes.
        locale: their language, "" where nobody knows it.
        values: in the order of the fields that were asked for.
    """

    person_id: int | None
    name: str
    email: str
    locale: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """Somebody in whose copy a letter is likely to look wrong, and why."""

    person_id: int
    label: str
    name: str


def _recipients(
    audience: Audience, place: Place, kind: str, *columns: ColumnElement[str | None]
) -> Select[*tuple[Any, ...]]:
    """Return the query for those who would get the letter, with further columns behind their own four."""
    chosen = select_recipients(audience, place, kind=kind).subquery("recipients")
    return select(Person.id, Person.name, Person.email, Person.locale, *columns).join(
        chosen, chosen.c.id == Person.id
    )


def find_recipient(
    audience: Audience, place: Place, *, kind: str, fields: Sequence[str], person_id: int | None = None
) -> Recipient | None:
    """Return one recipient with the values of fields, or None when nobody like that gets the letter.

    Args:
        audience: who is chosen.
        place: where, and by whom.
        kind: a ``ShootKind``.
        fields: names of the fields that differ by person, in the compiled letter's order.
        person_id: who; without one the first.
    """
    columns = [column.label(f"value_{i}") for i, column in enumerate(value_columns(fields, place))]
    query = _recipients(audience, place, kind, *columns).order_by(Person.id).limit(1)
    if person_id is not None:
        query = query.where(Person.id == person_id)
    row = db.session.execute(query).first()
    if row is None:
        return None
    made = MadeValues(fields, current_app.extensions["tokens"], current_app.extensions["settings"].public_url)
    return Recipient(row[0], row[1], row[2], row[3], tuple(made.of(row[4:])))


def find_example(fields: Sequence[str]) -> Recipient:
    """Return nobody in particular, with the example of every field, for a letter without an audience."""
    examples = tuple(MERGE_FIELDS.get(name).example for name in fields)
    name = MERGE_FIELDS.get("person.name").example
    return Recipient(None, name, MERGE_FIELDS.get("person.email").example, "", examples)


def find_neighbours(
    audience: Audience, place: Place, *, kind: str, person_id: int
) -> tuple[int | None, int | None]:
    """Return the recipients before and after one, by the order in which people became known."""
    chosen = select_recipients(audience, place, kind=kind).subquery("recipients")
    row = db.session.execute(
        select(
            func.max(chosen.c.id).filter(chosen.c.id < person_id),
            func.min(chosen.c.id).filter(chosen.c.id > person_id),
        )
    ).one()
    return row[0], row[1]


def find_edge_cases(
    audience: Audience, place: Place, *, kind: str, fields: Sequence[str], locale: str
) -> list[EdgeCase]:
    """Return the recipients whose copies are worth a look: each another way to go wrong, nobody twice.

    Args:
        audience: who is chosen.
        place: where, and by whom.
        kind: a ``ShootKind``.
        fields: names of the fields that the letter uses and that differ by person.
        locale: of the letter.
    """
    language = locale.replace("-", "_").split("_")[0].lower()
    spoken = func.split_part(func.replace(func.lower(Person.locale), "-", "_"), "_", 1)
    cases: list[tuple[str, ColumnElement[bool]]] = [
        ("No name", Person.name == ""),
        ("Other direction", Person.name.op("~")(_RIGHT_TO_LEFT)),
        ("Other script", Person.name.op("~")(_BEYOND_LATIN)),
        ("Other language", and_(Person.locale != "", spoken != language)),
    ]
    missing = [name for name in fields if name != "person.name"]
    for name, column in list(zip(missing, value_columns(missing, place), strict=True))[:MISSING_SHOWN]:
        cases.append((f"No {MERGE_FIELDS.get(name).label}", or_(column.is_(None), column == "")))
    found: list[EdgeCase] = []
    everybody = _recipients(audience, place, kind)
    longest = db.session.execute(everybody.order_by(func.length(Person.name).desc(), Person.id).limit(1))
    for row in longest:
        found.append(EdgeCase(row[0], "Longest name", row[1] or row[2]))
    for label, condition in cases:
        seen = [case.person_id for case in found]
        query = everybody.where(condition, Person.id.not_in(seen)).order_by(Person.id).limit(1)
        for row in db.session.execute(query):
            found.append(EdgeCase(row[0], label, row[1] or row[2]))
    return found

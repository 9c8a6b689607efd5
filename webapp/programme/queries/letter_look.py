"""Look at one person's letter before it is written: made as those that go out are made, stored nowhere."""

from collections.abc import Mapping

from flask import current_app
from sqlalchemy import select

from webapp.core.database import db
from webapp.mail.domain.compiled import RenderedLetter, compile_letter
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.domain.merge_fields import MERGE_FIELDS
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letters import find_senders
from webapp.mail.queries.merge_values import MadeValues, value_columns
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person


def make_letter(
    text: LetterText,
    place: Place,
    person_id: int,
    *,
    constants: Mapping[str, str],
    given: Mapping[str, str | None],
) -> RenderedLetter:
    """Return the letter that somebody would get.

    Args:
        text: the words.
        place: where it belongs; its closest sender signs.
        person_id: who gets it; what is known of them is looked up.
        constants: values that are the same for all.
        given: values of this letter alone.

    Raises:
        PostroomError: the words cannot be made into a letter.
        PoisonError: this person's letter cannot be written.
    """
    assembled = assemble_letter(text.content(), get_layout(text.layout), is_bulk=False)
    senders = find_senders(place.programme_id, place.event_id)
    known = {
        **constants,
        "sender.name": senders[0].display_name if senders else "",
        "letter.reason": text.reason,
    }
    compiled = compile_letter(assembled, dict(MERGE_FIELDS.items()), known)
    columns = [column.label(f"value_{i}") for i, column in enumerate(value_columns(compiled.fields, place))]
    row = db.session.execute(select(Person.id, *columns).where(Person.id == person_id)).one()
    values: list[str | None] = [
        given.get(name) if name in given else str(row[i] or "")
        for i, name in enumerate(compiled.fields, start=1)
    ]
    extensions = current_app.extensions
    made = MadeValues(compiled.fields, extensions["tokens"], extensions["settings"].public_url)
    return compiled.render(made.of(values), None)


def place_of(programme_id: int | None, event_id: int | None) -> Place:
    """Return where a letter belongs that the system itself looks at."""
    return Place(SYSTEM, programme_id, event_id)

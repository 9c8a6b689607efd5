"""Which words a letter by role is written in: the closest to its event, in the reader's language."""

from pathlib import Path

from flask import current_app
from sqlalchemy import false, or_, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.core.errors import OperatorError
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_chain import Keeper, Link, find_winner, letter_chain
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.letter_texts import LetterText, load_letter_texts
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.letter_template import LetterTemplate
from webapp.mail.queries.layouts import get_layout, pin_layout

_EXTENSION = "postroom.letter_texts"


def install_letter_texts(extensions: dict[str, object], folder: Path) -> None:
    """Read the words that ship; a broken file keeps Postroom from starting."""
    extensions[_EXTENSION] = load_letter_texts(folder)


def shipped_texts(role: str) -> dict[str, LetterText]:
    """Return the words that ship for a role, by locale."""
    texts: dict[str, dict[str, LetterText]] = current_app.extensions[_EXTENSION]
    return texts.get(role, {})


def text_of(template: LetterTemplate) -> LetterText:
    """Return what staff wrote as words."""
    return LetterText(
        subject=template.subject,
        reason=template.reason,
        slots=dict(template.slots),
        preheader=template.preheader,
        layout=template.layout,
        text=template.text,
        locale=template.locale,
    )


def own_texts(
    role: str, programme_id: int | None, event_id: int | None
) -> dict[tuple[Keeper, str], LetterText]:
    """Return what staff wrote for a role at a place, by whose it is and in which language."""
    rows = db.session.scalars(
        select(LetterTemplate).where(
            LetterTemplate.role == role,
            or_(
                LetterTemplate.event_id == event_id if event_id is not None else false(),
                LetterTemplate.event_id.is_(None) & (LetterTemplate.programme_id == programme_id),
            ),
        )
    )
    return {
        (Keeper.PROGRAMME if row.event_id is None else Keeper.EVENT, row.locale): text_of(row) for row in rows
    }


def find_chain(role: str, programme_id: int | None, event_id: int | None, locale: str) -> list[Link]:
    """Return all places that are asked for the words of a letter by role, in order."""
    keepers = [Keeper.EVENT] if event_id is not None else []
    keepers += [Keeper.PROGRAMME] if programme_id is not None else []
    own = own_texts(role, programme_id, event_id)
    return letter_chain(own, shipped_texts(role), locale.replace("_", "-") or "en", tuple(keepers))


def find_letter_text(role: str, programme_id: int | None, event_id: int | None, locale: str) -> LetterText:
    """Return the words that a letter by role has at a place, in a language (``letter_chain``).

    Raises:
        OperatorError: there are no words for the role at all.
    """
    LETTER_ROLES.get(role)
    found = find_winner(find_chain(role, programme_id, event_id, locale))
    if found is None or found.text is None:
        raise OperatorError(
            f"There are no words for the letter “{role}”. Write its template first.", field="template"
        )
    return found.text


def has_letter_text(role: str, programme_id: int | None, event_id: int | None) -> bool:
    """Say whether a letter by role could be written at a place at all."""
    return bool(shipped_texts(role)) or bool(own_texts(role, programme_id, event_id))


def pin_letter_text(role: str, text: LetterText) -> LetterVersion:
    """Return the stored version of words, made into a letter once; part of the open transaction.

    Raises:
        StaffError: the layout is gone, or the letter is longer than can be sent.
    """
    is_bulk = LETTER_ROLES.get(role).is_bulk
    layout = get_layout(text.layout)
    checksum = text.checksum(layout, is_bulk=is_bulk)
    query = select(LetterVersion).where(LetterVersion.checksum == checksum)
    stored = db.session.scalar(query)
    if stored is not None:
        return stored
    assembled = assemble_letter(text.content(), layout, is_bulk=is_bulk)
    added = db.session.scalar(
        insert(LetterVersion)
        .values(
            letter_id=None,
            number=1,
            layout_version_id=pin_layout(layout).id,
            subject=assembled.subject,
            preheader=text.preheader,
            slots=dict(text.slots),
            text=text.text,
            reason=text.reason,
            locale=text.locale,
            is_essential=not is_bulk,
            assembled_html=assembled.html,
            assembled_text=assembled.text,
            checksum=checksum,
        )
        .on_conflict_do_nothing(index_elements=["checksum"])
        .returning(LetterVersion)
    )
    return added if added is not None else db.session.scalars(query).one()

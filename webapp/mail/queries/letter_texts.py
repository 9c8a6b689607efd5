"""Which words a letter by role is written in: the closest to its event, in the reader's language."""

from collections.abc import Iterable
from pathlib import Path

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.core.errors import OperatorError
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.letter_texts import LetterText, in_locale, load_letter_texts
from webapp.mail.domain.locales import nearest
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


def _own_texts(role: str, programme_id: int | None, event_id: int | None) -> list[LetterTemplate]:
    """Return what staff wrote for a role at a place, the event's first."""
    return list(
        db.session.scalars(
            select(LetterTemplate)
            .where(
                LetterTemplate.role == role,
                or_(
                    LetterTemplate.event_id == event_id if event_id is not None else LetterTemplate.id < 0,
                    LetterTemplate.event_id.is_(None) & (LetterTemplate.programme_id == programme_id),
                ),
            )
            .order_by(LetterTemplate.event_id.nulls_last())
        )
    )


def _closest(templates: Iterable[LetterTemplate], locale: str) -> LetterText | None:
    """Return the words of one place in a locale, or those that are for every language there."""
    texts = {template.locale: text_of(template) for template in templates}
    for name in (locale, locale.partition("-")[0], ""):
        if name in texts:
            return in_locale(texts[name], locale)
    return None


def find_letter_text(role: str, programme_id: int | None, event_id: int | None, locale: str) -> LetterText:
    """Return the words that a letter by role has at a place, in a language.

    The event's in that language, the event's for every language, the programme's likewise, then what ships,
    in English where it ships in no such language.

    Raises:
        OperatorError: there are no words for the role at all.
    """
    LETTER_ROLES.get(role)
    locale = locale.replace("_", "-") or "en"
    own = _own_texts(role, programme_id, event_id)
    found = _closest([t for t in own if t.event_id is not None], locale) or _closest(
        [t for t in own if t.event_id is None], locale
    )
    found = found or nearest(shipped_texts(role), locale)
    if found is None:
        raise OperatorError(
            f"There are no words for the letter “{role}”. Write its template first.", field="template"
        )
    return found


def has_letter_text(role: str, programme_id: int | None, event_id: int | None) -> bool:
    """Say whether a letter by role could be written at a place at all."""
    return bool(shipped_texts(role)) or bool(_own_texts(role, programme_id, event_id))


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
    db.session.execute(
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
    )
    return db.session.scalars(query).one()

"""Questions about letters and their versions, within what the asker may see."""

from sqlalchemy import ColumnElement, func, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.models.letter import Letter, LetterVersion
from webapp.mail.models.sender import Sender
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within


def visible_letters(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for letters that may be seen: those of one's places, and one's own."""
    return or_(within(scope, Letter.programme_id, Letter.event_id), Letter.author_id == scope.user_id)


def get_letter(scope: Scope, letter_id: int) -> Letter:
    """Return one letter.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    letter = db.session.scalar(select(Letter).where(Letter.id == letter_id, visible_letters(scope)))
    if letter is None:
        raise NotFoundError("There is no such letter.")
    return letter


def find_versions(letter_id: int) -> list[LetterVersion]:
    """Return the versions of a letter, the latest first."""
    return list(
        db.session.scalars(
            select(LetterVersion)
            .where(LetterVersion.letter_id == letter_id)
            .order_by(LetterVersion.number.desc())
        )
    )


def find_latest_version(letter_id: int) -> LetterVersion | None:
    """Return the latest version of a letter, or None when none was kept yet."""
    return db.session.scalar(
        select(LetterVersion)
        .where(LetterVersion.letter_id == letter_id)
        .order_by(LetterVersion.number.desc())
        .limit(1)
    )


def find_version(letter_id: int, number: int) -> LetterVersion | None:
    """Return one version of a letter by its number."""
    return db.session.scalar(
        select(LetterVersion).where(LetterVersion.letter_id == letter_id, LetterVersion.number == number)
    )


def next_version_number(letter_id: int) -> int:
    """Return the number that the next version of a letter will have."""
    highest = db.session.scalar(
        select(func.max(LetterVersion.number)).where(LetterVersion.letter_id == letter_id)
    )
    return (highest or 0) + 1


def find_senders(programme_id: int | None, event_id: int | None) -> list[Sender]:
    """Return the senders that a letter of this programme and event may come from, its own first."""
    return list(
        db.session.scalars(
            select(Sender)
            .where(
                Sender.is_active,
                or_(Sender.programme_id.is_(None), Sender.programme_id == programme_id),
                or_(Sender.event_id.is_(None), Sender.event_id == event_id),
            )
            .order_by(Sender.event_id.nulls_last(), Sender.programme_id.nulls_last(), Sender.address)
        )
    )

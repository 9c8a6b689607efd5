"""Give an event the words that another event has for letters by role."""

from sqlalchemy import insert, literal, select

from webapp.core.transaction import transaction
from webapp.mail.models.letter_template import LetterTemplate

_WORDS = ("role", "locale", "subject", "preheader", "layout", "slots", "text", "reason")


def copy_templates(
    *, from_event_id: int, event_id: int, programme_id: int, author_id: int | None
) -> tuple[str, ...]:
    """Copy the letter templates of an event to a new one; part of the open transaction.

    Only words are copied: each begins at its first revision, and what was sent with them stays where it was.

    Args:
        from_event_id: whose words.
        event_id, programme_id: the event that gets them; it has none yet.
        author_id: the member of staff who caused it, None for nobody.

    Returns:
        The roles of what was copied, one for each language.
    """
    columns = [getattr(LetterTemplate, name) for name in _WORDS]
    words = select(*columns, literal(programme_id), literal(event_id), literal(author_id)).where(
        LetterTemplate.event_id == from_event_id
    )
    statement = insert(LetterTemplate).from_select([*_WORDS, "programme_id", "event_id", "author_id"], words)
    with transaction() as session:
        return tuple(session.scalars(statement.returning(LetterTemplate.role)))

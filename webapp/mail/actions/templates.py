"""Write a programme's or event's own words for a letter by role, and go back to what they stand before."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.domain.faults import Fault
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.letter_texts import LetterText, check_letter_text, in_locale
from webapp.mail.models.letter_template import LetterTemplate
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letter_templates import SUBJECT, Spot, at_spot, count_history, find_template
from webapp.mail.queries.letter_texts import pin_letter_text, text_of
from webapp.people.domain.scope import Scope

OVERTAKEN = (
    "Somebody else has changed these words in the meantime. Yours are still on this page: compare, then save"
    " them over the others or leave."
)


class FaultyTextError(StaffError):
    """Words cannot be kept; ``faults`` say where and why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].message, field=faults[0].place)
        self.faults = faults


def may_write(scope: Scope, programme_id: int | None, event_id: int | None) -> bool:
    """Say whether somebody may write words at a place.

    Administrators anywhere, support for their programme and its events, organizers for their event.
    """
    if event_id is None:
        return programme_id is not None and scope.sees_programme(programme_id)
    return scope.sees(programme_id, event_id)


def _require_spot(scope: Scope, spot: Spot) -> None:
    """Refuse a spot that is not theirs, or whose words would never be used."""
    if spot.role not in LETTER_ROLES or not may_write(scope, spot.programme_id, spot.event_id):
        raise NotFoundError("There is no such template.")
    if spot.event_id is not None and not LETTER_ROLES.get(spot.role).is_of_event:
        raise StaffError(
            "This letter does not belong to an event; its words are the programme's.", field="place"
        )


def save_template(*, scope: Scope, spot: Spot, revision: int, text: LetterText, now: datetime) -> int:
    """Keep words at a spot; from now on its letters are written in them.

    Args:
        scope: who writes.
        spot: where, and for which letter.
        revision: what the editor last saw, 0 where there was nothing; a later save of somebody else's is never
            overwritten.
        text: all the words.
        now: the time.

    Returns:
        The new revision.

    Raises:
        NotFoundError: the place is not theirs.
        FaultyTextError: the words cannot be used; nothing was kept.
        ConflictError: somebody else was first.
    """
    _require_spot(scope, spot)
    faults = check_letter_text(text, LETTER_ROLES.get(spot.role), get_layout(text.layout))
    if faults:
        raise FaultyTextError(faults)
    words = {
        "subject": text.subject,
        "preheader": text.preheader,
        "layout": text.layout,
        "slots": dict(text.slots),
        "text": text.text,
        "reason": text.reason,
        "author_id": scope.user_id,
        "updated_at": now,
    }
    with transaction():
        done = _change(spot, revision, words) if revision else _begin(spot, words)
        if done is None:
            raise ConflictError(OVERTAKEN)
        _note("template.saved", scope, spot, text, done)
        return done


def _change(spot: Spot, revision: int, words: Mapping[str, object]) -> int | None:
    """Replace words that are still those of a revision; return the new one, None where they are not."""
    return db.session.scalar(
        update(LetterTemplate)
        .where(*at_spot(spot), LetterTemplate.revision == revision)
        .values(**words, revision=revision + 1)
        .returning(LetterTemplate.revision)
        .execution_options(synchronize_session=False)
    )


def _begin(spot: Spot, words: Mapping[str, object]) -> int | None:
    """Write words where there are none; return their revision, None where somebody has written some.

    Revisions go on where they ended before words were taken away, so that none stands for two texts.
    """
    return db.session.scalar(
        insert(LetterTemplate)
        .values(
            role=spot.role,
            locale=spot.locale,
            programme_id=spot.programme_id,
            event_id=spot.event_id,
            revision=count_history(spot) + 1,
            **words,
        )
        .on_conflict_do_nothing()
        .returning(LetterTemplate.revision)
    )


def remove_template(*, scope: Scope, spot: Spot, revision: int) -> None:
    """Take words away, so that those behind them are used again; the history keeps them.

    Args:
        scope: who does it.
        spot: where, and for which letter.
        revision: what they last saw.

    Raises:
        NotFoundError: the place is not theirs.
        ConflictError: the words have been changed since, or are gone already.
    """
    _require_spot(scope, spot)
    with transaction() as session:
        template = find_template(spot)
        if template is None or template.revision != revision:
            raise ConflictError("These words have been changed in the meantime. Look at them once more.")
        _note("template.removed", scope, spot, text_of(template), revision)
        done = session.scalar(
            delete(LetterTemplate)
            .where(*at_spot(spot), LetterTemplate.revision == revision)
            .returning(LetterTemplate.id)
            .execution_options(synchronize_session="fetch")
        )
        if done is None:
            raise ConflictError("These words have been changed in the meantime. Look at them once more.")


def _note(verb: str, scope: Scope, spot: Spot, text: LetterText, revision: int) -> None:
    """Keep the words as a version, made into a letter, and write down who did what with them."""
    version = pin_letter_text(spot.role, in_locale(text, "en"))
    record(
        verb,
        SUBJECT,
        spot.key,
        actor_id=scope.user_id,
        programme_id=spot.programme_id,
        event_id=spot.event_id,
        version=version.id,
        revision=revision,
    )

"""Write letters: drafts with a guard against two editors, versions that are kept, and *ready*."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import update

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.domain.faults import Fault
from webapp.mail.domain.letter_content import LetterContent, check_letter
from webapp.mail.domain.merge_fields import declared_fields
from webapp.mail.domain.states import LETTER_MACHINE, LetterState
from webapp.mail.models.letter import Letter, LetterVersion
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letters import get_letter
from webapp.people.domain.scope import Scope


class FaultyLetterError(StaffError):
    """A letter cannot be made ready; ``faults`` say where and why."""

    def __init__(self, faults: list[Fault]) -> None:
        first = faults[0]
        more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
        super().__init__(f"{first.message}{more}", field=first.place)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything about a letter that its author writes."""

    title: str = ""
    subject: str = ""
    preheader: str = ""
    layout: str = "simple"
    slots: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    reason: str = ""
    locale: str = "en"
    is_essential: bool = False
    sender_id: int | None = None


def content_of(letter: Letter | LetterVersion) -> LetterContent:
    """Return a letter's words as the value that is checked and assembled."""
    return LetterContent(
        subject=letter.subject,
        preheader=letter.preheader,
        slots=dict(letter.slots),
        text=letter.text,
        locale=letter.locale,
    )


def find_faults(letter: Letter) -> list[Fault]:
    """Return what keeps a letter from being ready, each with its place."""
    return check_letter(
        content_of(letter),
        get_layout(letter.layout),
        declared_fields(),
        is_bulk=not letter.is_essential,
    )


def _require_place(scope: Scope, programme_id: int | None, event_id: int | None) -> None:
    """Refuse to write where the person does not see anything; the two ids were looked up within the scope."""
    if not scope.sees(programme_id, event_id):
        raise NotFoundError("Choose an event or programme of yours.", field="event")


def create_letter(
    *, scope: Scope, programme_id: int | None, event_id: int | None, draft: Draft, now: datetime
) -> int:
    """Begin a letter.

    Args:
        scope: who writes.
        programme_id: where it belongs; None is for everybody, which only administrators may.
        event_id: likewise.
        draft: first words.
        now: the time.

    Returns:
        The letter's id.

    Raises:
        NotFoundError: the place is not theirs.
    """
    _require_place(scope, programme_id, event_id)
    get_layout(draft.layout)
    with transaction() as session:
        letter = Letter(
            programme_id=programme_id,
            event_id=event_id,
            author_id=scope.user_id,
            state=LetterState.DRAFT,
            revision=1,
            editor_id=scope.user_id,
            edited_at=now,
            updated_at=now,
            **{**asdict(draft), "slots": dict(draft.slots)},
        )
        session.add(letter)
        session.flush()
        record(
            "letter.created",
            "letter",
            letter.id,
            actor_id=scope.user_id,
            programme_id=programme_id,
            event_id=event_id,
        )
        return letter.id


def save_letter(*, scope: Scope, letter_id: int, revision: int, draft: Draft, now: datetime) -> int:
    """Save the working copy; any change makes a ready letter a draft again.

    Args:
        scope: who writes.
        letter_id: which letter.
        revision: what the editor last saw; somebody else's later save is never overwritten.
        draft: all the words.
        now: the time.

    Returns:
        The new revision.

    Raises:
        ConflictError: somebody else saved in the meantime, or the letter was sent.
        NotFoundError: no such letter for this member of staff.
    """
    get_layout(draft.layout)
    with transaction() as session:
        letter = get_letter(scope, letter_id)
        if letter.state == LetterState.SENT:
            raise ConflictError("This letter was sent and cannot be changed any more. Make a copy of it.")
        if letter.state == LetterState.READY:
            move(letter, LETTER_MACHINE, LetterState.DRAFT)
        words = {**asdict(draft), "slots": dict(draft.slots)}
        done = session.execute(
            update(Letter)
            .where(Letter.id == letter_id, Letter.revision == revision)
            .values(**words, revision=revision + 1, editor_id=scope.user_id, edited_at=now, updated_at=now)
            .returning(Letter.revision)
            .execution_options(synchronize_session=False)
        ).first()
        if done is None:
            raise ConflictError(
                "Somebody else has saved this letter in the meantime. Your words are still on this page: copy what"
                " you need, then reload."
            )
        session.expire(letter)
        return revision + 1


def copy_letter(*, scope: Scope, letter_id: int, now: datetime) -> int:
    """Begin a new draft with the words of a letter.

    Returns:
        The new letter's id.
    """
    with transaction():
        letter = get_letter(scope, letter_id)
        draft = Draft(
            title=f"{letter.title or letter.subject} (copy)"[:200],
            subject=letter.subject,
            preheader=letter.preheader,
            layout=letter.layout,
            slots=dict(letter.slots),
            text=letter.text,
            reason=letter.reason,
            locale=letter.locale,
            is_essential=letter.is_essential,
            sender_id=letter.sender_id,
        )
        return create_letter(
            scope=scope,
            programme_id=letter.programme_id,
            event_id=letter.event_id,
            draft=draft,
            now=now,
        )


def archive_letter(*, scope: Scope, letter_id: int) -> None:
    """Put a letter that is not wanted any more out of the way; nothing is deleted."""
    with transaction():
        letter = get_letter(scope, letter_id)
        move(letter, LETTER_MACHINE, LetterState.ARCHIVED)
        record(
            "letter.archived",
            "letter",
            letter_id,
            actor_id=scope.user_id,
            programme_id=letter.programme_id,
            event_id=letter.event_id,
        )


def set_audience(*, scope: Scope, letter_id: int, audience: dict[str, object]) -> None:
    """Remember who a letter is for; whether it may go to them is asked when it is sent."""
    with transaction():
        letter = get_letter(scope, letter_id)
        if letter.state == LetterState.SENT:
            raise ConflictError("This letter was sent; its audience cannot be changed any more.")
        letter.audience = audience
        db.session.flush()

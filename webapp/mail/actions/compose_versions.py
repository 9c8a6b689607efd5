"""Keep versions of a letter, say that it is ready, go back to an earlier version."""

from datetime import datetime

from webapp.core.errors import NotFoundError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.actions.compose import Draft, FaultyLetterError, content_of, find_faults, save_letter
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.states import LETTER_MACHINE, LetterState
from webapp.mail.models.letter import LetterVersion
from webapp.mail.queries.layouts import get_layout, pin_layout
from webapp.mail.queries.letters import find_latest_version, find_version, get_letter, next_version_number
from webapp.people.domain.scope import Scope


def keep_version(*, scope: Scope, letter_id: int) -> int:
    """Keep the working copy as a version, laid out and cleaned once; nothing new is kept for equal words.

    Returns:
        The version's id.

    Raises:
        FaultyLetterError: it cannot be made into a letter; the faults say where.
    """
    with transaction() as session:
        letter = get_letter(scope, letter_id)
        # Two at once take turns, so that numbers do not collide.
        session.refresh(letter, with_for_update=True)
        faults = find_faults(letter)
        if faults:
            raise FaultyLetterError(faults)
        layout = get_layout(letter.layout)
        assembled = assemble_letter(content_of(letter), layout, is_bulk=not letter.is_essential)
        words = {
            "layout_version_id": pin_layout(layout).id,
            "subject": assembled.subject,
            "preheader": letter.preheader,
            "slots": dict(letter.slots),
            "text": letter.text,
            "reason": letter.reason,
            "locale": letter.locale,
            "is_essential": letter.is_essential,
            "assembled_html": assembled.html,
            "assembled_text": assembled.text,
        }
        latest = find_latest_version(letter.id)
        if latest is not None and all(getattr(latest, name) == value for name, value in words.items()):
            return latest.id
        version = LetterVersion(
            letter_id=letter.id, number=next_version_number(letter.id), author_id=scope.user_id, **words
        )
        session.add(version)
        session.flush()
        return version.id


def make_ready(*, scope: Scope, letter_id: int) -> int:
    """Say that a letter is ready to be sent, and keep it as a version.

    Returns:
        The version's id.

    Raises:
        FaultyLetterError: it has faults.
        ConflictError: it was sent already.
    """
    with transaction():
        letter = get_letter(scope, letter_id)
        version_id = keep_version(scope=scope, letter_id=letter_id)
        if letter.state != LetterState.READY:
            move(letter, LETTER_MACHINE, LetterState.READY)
        return version_id


def restore_version(*, scope: Scope, letter_id: int, number: int, revision: int, now: datetime) -> int:
    """Put the words of an earlier version back into the working copy.

    Returns:
        The new revision.

    Raises:
        NotFoundError: there is no such version of this letter.
    """
    with transaction():
        letter = get_letter(scope, letter_id)
        version = find_version(letter.id, number)
        if version is None:
            raise NotFoundError("There is no such version.")
        draft = Draft(
            title=letter.title,
            subject=version.subject,
            preheader=version.preheader,
            layout=version.layout_version.key,
            slots=dict(version.slots),
            text=version.text,
            reason=version.reason,
            locale=version.locale,
            is_essential=version.is_essential,
            sender_id=letter.sender_id,
        )
        return save_letter(scope=scope, letter_id=letter_id, revision=revision, draft=draft, now=now)

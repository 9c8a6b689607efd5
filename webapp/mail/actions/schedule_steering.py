"""Pause, resume and cancel shoots, and send letters of one again."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.actions.schedule import record_deed
from webapp.mail.domain.report_log import Key
from webapp.mail.domain.states import SHOOT_MACHINE, EmailState, Lane, ShootState, UncertainReason
from webapp.mail.domain.uncertain import Deciding, Decision, check_numbers
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.chunk import copy_letters, cut_chunks
from webapp.mail.queries.guard import forgive
from webapp.mail.queries.schedule import get_shoot
from webapp.mail.queries.uncertain import mark_decided
from webapp.mail.queries.uncertain_plan import find_plan
from webapp.people.domain.scope import Scope


def pause_shoot(*, scope: Scope, shoot_id: int) -> None:
    """Stop handing letters over; what is in a worker's hands ends within two seconds."""
    with transaction():
        shoot = _own(scope, shoot_id)
        move(shoot, SHOOT_MACHINE, ShootState.PAUSED, state_reason="Paused by staff.")
        record_deed("shoot.paused", shoot, scope)


def resume_shoot(*, scope: Scope, shoot_id: int) -> None:
    """Go on with a shoot that was paused, halted or missed."""
    with transaction():
        shoot = _own(scope, shoot_id)
        to = ShootState.PREPARING if shoot.started_at is None else ShootState.SENDING
        if shoot.state == ShootState.HALTED:
            forgive(shoot.id)  # else its guard would halt it again at once
        move(shoot, SHOOT_MACHINE, to, state_reason=None)
        record_deed("shoot.resumed", shoot, scope)
        wake(shoot.lane)


def cancel_shoot(*, scope: Scope, shoot_id: int) -> None:
    """End a shoot for good; letters not yet handed over become *cancelled*, in the background where many."""
    with transaction():
        shoot = _own(scope, shoot_id)
        never_began = shoot.started_at is None and shoot.state != ShootState.HELD  # a held one has its rows
        ends = {"completed_at": func.now()} if never_began else {}
        move(shoot, SHOOT_MACHINE, ShootState.CANCELLED, state_reason="Cancelled by staff.", **ends)
        record_deed("shoot.cancelled", shoot, scope)


def _own(scope: Scope, shoot_id: int) -> Shoot:
    """Return a shoot that this person may steer."""
    shoot = get_shoot(scope, shoot_id)
    if not scope.may_send(shoot.programme_id, shoot.event_id):
        raise ForbiddenError("You may see this shoot but not steer it. Ask somebody who may send.")
    return shoot


def _again(old: Shoot, author_id: int | None, lane: Lane) -> Shoot:
    """Return a new shoot that is made of the same things as an old one."""
    return Shoot(
        letter_version_id=old.letter_version_id,
        programme_id=old.programme_id,
        event_id=old.event_id,
        sender_id=old.sender_id,
        author_id=author_id,
        resend_of_id=old.id,
        kind=old.kind,
        lane=lane,
        sender_line=old.sender_line,
        constants=old.constants,
        fields=old.fields,
        audience=old.audience,
        cause=old.cause,
        attachment_ids=list(old.attachment_ids),
        state=ShootState.PREPARING,
    )


RESENDABLE = (EmailState.FAILED,)
ONE_BY_ONE = (EmailState.SENT, EmailState.FAILED, EmailState.CANCELLED, EmailState.UNCERTAIN)


def resend_letters(*, scope: Scope, shoot_id: int, seq: int | None = None) -> tuple[int, int]:
    """Send letters of a shoot once more, as new rows of a new shoot; the old rows stay as they are.

    Opt-outs and suppressions are judged anew when the letters are handed over.

    Args:
        scope: who asks.
        shoot_id: the shoot.
        seq: one letter, whatever became of it; None is all that failed and are not on their way again.

    Returns:
        The new shoot's id and how many letters it has.

    Raises:
        StaffError: there is nothing to send again.
        ConflictError: somebody else has just done it.
    """
    with transaction() as session:
        old = _own(scope, shoot_id)
        if seq is None:
            return _send_copies(session, scope, old, RESENDABLE, None)
        # an uncertain one is marked first: of two who press at once the second waits here, and then finds its copy
        mark_decided([Key(old.id, seq)], UncertainReason.RESENT)
        return _send_copies(session, scope, old, ONE_BY_ONE, [seq])


def resend_uncertain(*, scope: Scope, deciding: Deciding) -> list[tuple[int, int]]:
    """Send uncertain letters once more, as new rows; the old rows stay uncertain and leave the worklist.

    Args:
        scope: who asks.
        deciding: which letters, and what was shown before; all of a shoot are those that did not probably arrive.

    Returns:
        For each shoot that they were of, the new shoot's id and how many letters it has.

    Raises:
        NotFoundError: the letters are not there or not for this member of staff.
        ForbiddenError: they may not send there.
        StaffError: there is nothing to decide any more, or other numbers than were shown.
        ConflictError: somebody else has just done it.
    """
    letters = find_plan(scope, Decision.SEND_AGAIN, deciding.chosen).letters
    check_numbers(len(letters), deciding)
    with transaction() as session:
        marked = mark_decided([one.key for one in letters], UncertainReason.RESENT)
        if not marked:
            raise ConflictError("Somebody else has just decided about these letters.")
        return [
            _send_copies(
                session, scope, _own(scope, shoot_id), (EmailState.UNCERTAIN,), [key.seq for key in keys]
            )
            for shoot_id, keys in groupby(marked, key=lambda key: key.shoot_id)
        ]


def _send_copies(
    session: Session, scope: Scope, old: Shoot, states: Sequence[EmailState], seqs: list[int] | None
) -> tuple[int, int]:
    """Write copies of letters into a new shoot that goes out at once; return its id and how many they are."""
    shoot = _again(old, scope.user_id, Lane.URGENT if seqs is not None and len(seqs) == 1 else Lane.BULK)
    session.add(shoot)
    session.flush()
    try:
        count = copy_letters(old.id, shoot.id, list(states), seqs)
    except IntegrityError as error:
        raise ConflictError("Somebody else has just sent this again. Reload to see it.") from error
    if count == 0:
        raise StaffError("There is nothing to send again: nothing failed, or it is already on its way.")
    cut_chunks(shoot.id)
    move(shoot, SHOOT_MACHINE, ShootState.SENDING, started_at=func.now())
    record_deed("shoot.resent", shoot, scope, resend_of=old.id, letters=count)
    wake(shoot.lane)
    return shoot.id, count

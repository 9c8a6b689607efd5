"""Pause, resume and cancel shoots, and send letters of one again."""

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError

from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.actions.schedule import record_deed
from webapp.mail.domain.states import SHOOT_MACHINE, EmailState, Lane, ShootState
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.chunk import copy_letters, cut_chunks
from webapp.mail.queries.schedule import get_shoot
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
        shoot = _again(old, scope.user_id, Lane.BULK if seq is None else Lane.URGENT)
        session.add(shoot)
        session.flush()
        try:
            count = copy_letters(
                old.id,
                shoot.id,
                list(RESENDABLE if seq is None else ONE_BY_ONE),
                None if seq is None else [seq],
            )
        except IntegrityError as error:
            raise ConflictError("Somebody else has just sent this again. Reload to see it.") from error
        if count == 0:
            raise StaffError("There is nothing to send again: nothing failed, or it is already on its way.")
        cut_chunks(shoot.id)
        move(shoot, SHOOT_MACHINE, ShootState.SENDING, started_at=func.now())
        record_deed("shoot.resent", shoot, scope, resend_of=old.id, letters=count)
        wake(shoot.lane)
        return shoot.id, count

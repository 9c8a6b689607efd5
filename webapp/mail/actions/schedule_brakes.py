"""Hold shoots back by themselves: canaries go first, and a guard halts what goes wrong."""

import structlog

from webapp.core.audit import record
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.actions.schedule import record_deed
from webapp.mail.domain.brakes import find_halt_reason, may_begin_wait
from webapp.mail.domain.states import SHOOT_MACHINE, Lane, ShootState
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.canary import open_rest
from webapp.mail.queries.guard import Watched, begin_wait, find_watched, halt_shoot_row
from webapp.mail.queries.schedule import get_shoot
from webapp.people.domain.scope import Scope

log = structlog.get_logger()

GONE_ON = "Its first letters are no longer alone, or it was stopped. Look how it stands now."


def watch_shoots() -> None:
    """Judge all shoots that are sending, halt those that go wrong, and move canaries on; safe to run twice at once."""
    with transaction():
        kept = [watched for watched in find_watched() if not _halt_if_bad(watched)]
        for watched in kept:
            if (
                watched.open_to is not None
                and not watched.is_waiting
                and may_begin_wait(
                    canary_count=watched.canary_count or 0, untried=watched.untried, put_off=watched.put_off
                )
            ):
                begin_wait(watched.shoot_id)
    for watched in kept:
        if watched.open_to is not None and watched.is_over:
            with transaction():
                if open_rest(watched.shoot_id, watched.open_to):
                    record("shoot.canary_passed", "shoot", watched.shoot_id, actor_id=None)
                    wake(Lane.BULK)


def _halt_if_bad(watched: Watched) -> bool:
    """Halt a shoot of which too much went wrong since somebody last let it go on; say whether it did."""
    counts = watched.counts.since(watched.forgiven)
    reason = find_halt_reason(counts, watched.halt_percent, is_canary=watched.open_to is not None)
    if reason is None or not halt_shoot_row(watched.shoot_id, reason):
        return reason is not None
    record("shoot.halted", "shoot", watched.shoot_id, actor_id=None, **watched.counts.to_json())
    log.warning("shoot halted by its guard", shoot=watched.shoot_id, reason=reason)
    return True


def go_on_now(*, scope: Scope, shoot_id: int) -> None:
    """Let the rest of a shoot go without waiting any longer for its canary.

    Args:
        scope: who presses it.
        shoot_id: a shoot that is sending its first letters, or waits after them.

    Raises:
        NotFoundError, ForbiddenError: it is not theirs to steer.
        ConflictError: nothing of it waits for a canary, or it does not send.
    """
    with transaction():
        shoot, edge = _canary_of(scope, shoot_id)
        if not open_rest(shoot.id, edge):
            raise ConflictError(GONE_ON)
        record_deed("shoot.canary_cut_short", shoot, scope)
        wake(shoot.lane)


def stop_here(*, scope: Scope, shoot_id: int) -> None:
    """Halt a shoot after its first letters; somebody resumes or cancels it.

    Args:
        scope: who presses it.
        shoot_id: a shoot that is sending its first letters, or waits after them.

    Raises:
        NotFoundError, ForbiddenError: it is not theirs to steer.
        ConflictError: nothing of it waits for a canary, or it does not send.
    """
    with transaction():
        shoot, _ = _canary_of(scope, shoot_id)
        reason = f"Staff stopped it after the first {shoot.canary_count:,} letters."
        move(shoot, SHOOT_MACHINE, ShootState.HALTED, state_reason=reason)
        record_deed("shoot.halted", shoot, scope)


def _canary_of(scope: Scope, shoot_id: int) -> tuple[Shoot, int]:
    """Return a shoot whose canary this person may decide about, and its edge."""
    shoot = get_shoot(scope, shoot_id)
    if not scope.may_send(shoot.programme_id, shoot.event_id):
        raise ForbiddenError("You may see this shoot but not steer it. Ask somebody who may send.")
    if shoot.state != ShootState.SENDING or shoot.open_to is None:
        raise ConflictError(GONE_ON)
    return shoot, shoot.open_to

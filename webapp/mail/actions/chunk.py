"""Freeze an audience into rows and chunks: from then on the letters are promised."""

import structlog
from sqlalchemy import func

from webapp.core.database import db
from webapp.core.errors import PostroomError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.domain.audience import read_audience
from webapp.mail.domain.states import SHOOT_MACHINE, ShootState
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.canary import close_rest
from webapp.mail.queries.chunk import cut_chunks, freeze_audience, lock_preparing
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import User
from webapp.people.queries.scope import get_scope

log = structlog.get_logger()


def place_of(shoot: Shoot) -> Place:
    """Return where a shoot belongs, seen with the eyes of whoever sent it, as they may see now."""
    author = db.session.get(User, shoot.author_id) if shoot.author_id else None
    scope = get_scope(author) if author else SYSTEM
    return Place(scope, shoot.programme_id, shoot.event_id)


def prepare_shoot(shoot_id: int) -> None:
    """Freeze one shoot's audience, in one transaction; running it twice, or in two processes, does it once.

    An empty audience makes the shoot *skipped*; an audience that can no longer be read makes it *halted*,
    with the reason on its page.
    """
    try:
        with transaction():
            shoot = lock_preparing(shoot_id)
            if shoot is None:
                return
            count = freeze_audience(shoot, read_audience(shoot.audience), place_of(shoot))
            if count == 0:
                reason = "Nobody is in the audience any more."
                move(shoot, SHOOT_MACHINE, ShootState.SKIPPED, state_reason=reason, completed_at=func.now())
                return
            cut_chunks(shoot.id)
            close_rest(shoot)
            move(shoot, SHOOT_MACHINE, ShootState.SENDING, started_at=func.now())
            wake(shoot.lane)
            log.info("shoot frozen", shoot=shoot_id, letters=count)
    except PostroomError as error:
        _halt(shoot_id, error.message)


def _halt(shoot_id: int, reason: str) -> None:
    """Stop a shoot that cannot be prepared and say why where its author looks."""
    with transaction():
        shoot = lock_preparing(shoot_id)
        if shoot is not None:
            move(shoot, SHOOT_MACHINE, ShootState.HALTED, state_reason=reason)

"""Take an announcement back within its time: no letter leaves, and everybody stands where they stood before."""

from datetime import datetime

from sqlalchemy import Table, select

from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.move import also_moving, move, moving
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import undo_batch
from webapp.people.domain.scope import Scope
from webapp.programme.domain.application_states import (
    DECISION_MACHINE,
    RSVP_MACHINE,
    WAVE_MACHINE,
    Decision,
    Rsvp,
    WaveState,
)
from webapp.programme.models.activity import write_activity
from webapp.programme.models.application import Application, Wave, WaveEntry
from webapp.programme.queries.wave import get_wave

_applications: Table = Application.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_entries: Table = WaveEntry.__table__  # type: ignore[assignment]


def undo_wave(*, scope: Scope, event_id: int, wave_id: int, now: datetime) -> int:
    """Take all letters of an announcement back, and let nobody have been told; or do nothing at all.

    Args:
        scope: who acts; they must be allowed to send.
        event_id, wave_id: which announcement.
        now: when.

    Returns:
        How many letters were cancelled.

    Raises:
        NotFoundError: it is not there, or not for this member of staff.
        ConflictError: its time is over, or it was taken back already.
    """
    with transaction() as session:
        wave = get_wave(scope, event_id, wave_id, is_held=True)
        if not scope.may_send(wave.programme_id, wave.event_id):
            raise ForbiddenError("Only somebody who may announce can take an announcement back.")
        if wave.state == WaveState.UNDONE:
            raise ConflictError("This announcement was taken back already.")
        if wave.state != WaveState.HELD or wave.hold_until <= now:
            raise ConflictError("Its time is over: the letters are on their way. It can no longer be undone.")
        cancelled = undo_batch(wave.batch, why="The announcement was taken back.")
        _restore(wave)
        move(wave, WAVE_MACHINE, WaveState.UNDONE, ended_at=now)
        write_activity(
            "wave.undone",
            "event",
            wave.event_id,
            actor_id=scope.user_id,
            programme_id=wave.programme_id,
            event_id=wave.event_id,
            wave=wave.id,
            letters=cancelled,
        )
        session.expire_all()
        return cancelled


def _restore(wave: Wave) -> None:
    """Let everybody whom a wave told stand where they stood before it; who was changed since is left alone."""
    mine = (
        _applications.c.id == _entries.c.application_id,
        _entries.c.wave_id == wave.id,
        _entries.c.skip_reason.is_(None),
    )
    with transaction() as session:
        pairs = session.execute(
            select(_entries.c.announced_before, _entries.c.rsvp_before)
            .where(_entries.c.wave_id == wave.id, _entries.c.skip_reason.is_(None))
            .distinct()
        ).all()
        for announced, rsvp in pairs:
            restored = moving(
                _applications,
                DECISION_MACHINE,
                Decision(announced),
                "announced",
                announced_at=_entries.c.announced_at_before,
                rsvp_deadline=_entries.c.rsvp_deadline_before,
            )
            session.execute(
                also_moving(restored, _applications, RSVP_MACHINE, Rsvp(rsvp), "rsvp").where(
                    *mine,
                    _entries.c.announced_before == announced,
                    _entries.c.rsvp_before == rsvp,
                    _applications.c.announced == _entries.c.announced,
                )
            )

"""Store whether an accepted applicant comes: their own answer, an organizer's, or that none came in time."""

from datetime import datetime

from sqlalchemy import Table, select

from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.move import move, moving
from webapp.core.transaction import transaction
from webapp.core.words import say
from webapp.people.domain.scope import Scope
from webapp.programme.domain.application_states import RSVP_MACHINE, Decision, Rsvp
from webapp.programme.domain.attend_rsvp import REFUSALS, Standing, has_free_place
from webapp.programme.models.activity import write_activity
from webapp.programme.models.application import Application
from webapp.programme.models.programme import Event
from webapp.programme.queries.attend import count_taken_places, find_application_by_token

ANSWERS = (Rsvp.YES, Rsvp.NO)
NO_PLACE = say(
    "All places are taken by now. You are stored as not coming; write to the organizers, who know whether"
    " another place becomes free."
)
EXPIRED_A_TICK = 500
_applications: Table = Application.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


def answer_rsvp(*, token: str, answer: Rsvp, now: datetime) -> Rsvp:
    """Store what an applicant answers; they may change it until the deadline.

    Args:
        token: of the applicant's link.
        answer: yes or no.
        now: the time.

    Returns:
        What is stored now.

    Raises:
        NotFoundError: the link belongs to no application.
        ConflictError: they may not answer (any more), or the last place is gone. Nothing was stored.
    """
    if answer not in ANSWERS:
        raise StaffError("Choose yes or no.", field="answer")
    with transaction():
        _hold(token, now)
        page = find_application_by_token(token, now)
        if page is None:
            raise NotFoundError("There is no such application.")
        if page.standing is not Standing.OPEN:
            raise ConflictError(REFUSALS[page.standing])
        row = page.application
        before = Rsvp(row.rsvp)
        if before == answer:
            return answer
        # Who was invited has a place kept for them; who said no has given it away.
        if before is Rsvp.NO and not has_free_place(page.event.capacity, count_taken_places(row.event_id)):
            raise ConflictError(NO_PLACE)
        move(row, RSVP_MACHINE, answer, "rsvp", rsvp_at=now, rsvp_by="person")
        _note(row, before, answer, actor_id=None)
        return answer


def _hold(token: str, now: datetime) -> None:
    """Hold the event, then the application: two who want the last place come one after the other."""
    page = find_application_by_token(token, now)
    if page is None:
        raise NotFoundError("There is no such application.")
    with transaction() as session:
        session.refresh(page.event, with_for_update={"of": Event})
        session.refresh(page.application, with_for_update={"of": Application})


def override_rsvp(*, scope: Scope, application_id: int, answer: Rsvp, reason: str, now: datetime) -> None:
    """Store an answer that reached the organizers by another way; deadline and capacity are theirs to judge.

    Args:
        scope: who acts.
        application_id: whose answer.
        answer: yes or no.
        reason: how it is known; it stays in the history.
        now: the time.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: the answer is neither, or there is no reason.
        ConflictError: it is withdrawn, they were not told that they are accepted, or somebody else was first.
    """
    if answer not in ANSWERS:
        raise StaffError("Choose yes or no.", field="answer")
    if not reason.strip():
        raise StaffError("Say how you know, for example “by phone on Monday”.", field="reason")
    with transaction() as session:
        row = session.get(Application, application_id, with_for_update={"of": Application})
        if row is None or not scope.sees(row.programme_id, row.event_id):
            raise NotFoundError("There is no such application.")
        if row.withdrawn_at is not None:
            raise ConflictError("This application was withdrawn; there is nothing to answer.")
        if row.announced != Decision.ACCEPTED:
            raise ConflictError(
                "They were not told that they are accepted, so there is nothing to answer yet."
            )
        before = Rsvp(row.rsvp)
        if before == answer:
            return
        move(row, RSVP_MACHINE, answer, "rsvp", rsvp_at=now, rsvp_by="organizer")
        _note(row, before, answer, actor_id=scope.user_id, comment=reason.strip()[:1000])


def expire_rsvps(now: datetime) -> int:
    """Let invitations run out whose time is over; safe when two do it at once.

    Args:
        now: the time.

    Returns:
        How many did, at most ``EXPIRED_A_TICK``.
    """
    due = (
        select(Application.id)
        .where(
            Application.rsvp == Rsvp.INVITED,
            Application.rsvp_deadline <= now,
            Application.withdrawn_at.is_(None),
        )
        .limit(EXPIRED_A_TICK)
        .with_for_update(skip_locked=True, of=Application)
    )
    with transaction() as session:
        ids = session.scalars(due).all()
        if not ids:
            return 0
        rows = session.execute(
            moving(_applications, RSVP_MACHINE, Rsvp.EXPIRED, "rsvp", rsvp_at=now, rsvp_by="system")
            .where(_applications.c.id.in_(ids), _applications.c.rsvp == Rsvp.INVITED)
            .returning(_applications.c.id)
        ).all()
        db.session.expire_all()
        for row in session.scalars(select(Application).where(Application.id.in_([r.id for r in rows]))):
            _note(row, Rsvp.INVITED, Rsvp.EXPIRED, actor_id=None)
        return len(rows)


def _note(row: Application, before: Rsvp, after: Rsvp, *, actor_id: int | None, comment: str = "") -> None:
    write_activity(
        "application.rsvp",
        "application",
        row.id,
        actor_id=actor_id,
        programme_id=row.programme_id,
        event_id=row.event_id,
        before=before,
        after=after,
        comment=comment,
        by=row.rsvp_by,
    )

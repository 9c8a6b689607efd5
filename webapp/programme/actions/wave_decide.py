"""Decide who is accepted, waits or is rejected: quietly, for many at once; and change what somebody was told."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.core.move import move, moving
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import cancel_letters
from webapp.people.domain.scope import Scope
from webapp.programme.domain.application_states import DECISION_MACHINE, RSVP_MACHINE, Decision, Rsvp
from webapp.programme.domain.wave import DECISION_NAMES, Decided, Skipped
from webapp.programme.models.activity import write_activities, write_activity
from webapp.programme.models.application import Application
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import get_event
from webapp.programme.queries.review_one import get_application
from webapp.programme.queries.wave import count_places, find_last_entry, find_next_waiting
from webapp.programme.queries.wave_many import among, find_decidable

_applications: Table = Application.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
CHANGED = "changed"  # of a wave's entry: its letter was taken back for this one alone
MOST_AT_ONCE = 500  # places that are offered to the waiting list in one go


def decide_applications(
    *,
    scope: Scope,
    event_id: int,
    application_ids: Collection[int],
    decision: str,
    now: datetime,
    is_dry_run: bool = False,
) -> Decided:
    """Decide the same for many applications. Nobody is told, and it may be changed as often as one likes.

    Args:
        scope: who acts; reviewers may not.
        event_id: whose applications.
        application_ids: which; all must be of the event.
        decision: a ``Decision``.
        now: when.
        is_dry_run: only say what would be done.

    Returns:
        What was done, and who was left out: those who withdrew, and those who were told something else already.

    Raises:
        NotFoundError: one of them is not there, or not for this member of staff; nothing was changed.
        StaffError: there is no such decision.
    """
    event = get_event(scope, event_id)
    wanted = read_decision(decision)
    with transaction():
        rows = find_decidable(event_id, application_ids, is_held=not is_dry_run)
        if len(rows) != len(set(application_ids)):
            raise NotFoundError("There is no such application.")
        decided = _sort_out(rows, wanted)
        if decided.done and not is_dry_run:
            _decide(scope, event, decided.done, wanted, now)
        return decided


def read_decision(text: str) -> Decision:
    """Return a decision by its name.

    Raises:
        StaffError: there is none of that name.
    """
    try:
        return Decision(text)
    except ValueError as error:
        raise StaffError("Choose accept, waiting list, reject or undecided.", field="decision") from error


def _sort_out(rows: Collection[Any], wanted: Decision) -> Decided:
    """Say which applications can be decided, which are so already, and which are left out and why."""
    done, unchanged, skipped = [], 0, []
    free = (Decision.UNDECIDED, wanted)
    for application_id, number, name, decision, announced, is_gone in rows:
        if is_gone:
            skipped.append(Skipped(application_id, number, name, "withdrew"))
        elif decision == wanted:
            unchanged += 1
        elif announced not in free:
            why = f"was told “{DECISION_NAMES[Decision(announced)]}” already; change it on its own page"
            skipped.append(Skipped(application_id, number, name, why))
        else:
            done.append(application_id)
    return Decided(tuple(done), unchanged, tuple(skipped))


def _decide(scope: Scope, event: Event, ids: Collection[int], wanted: Decision, now: datetime) -> None:
    """Write a decision and its history by one statement; the applications are held."""
    before = _applications.alias("before")
    decided = moving(
        _applications, DECISION_MACHINE, wanted, "decision", decided_by_id=scope.user_id, decided_at=now
    ).where(among(_applications.c.id, ids), before.c.id == _applications.c.id)
    with transaction() as session:
        write_activities(
            "application.decided",
            "application",
            decided.returning(
                _applications.c.id, before.c.decision.label("before"), _applications.c.decision.label("after")
            ).cte("decided"),
            actor_id=scope.user_id,
            programme_id=event.programme_id,
            event_id=event.id,
        )
        session.expire_all()


def change_announced(
    *,
    scope: Scope,
    event_id: int,
    application_id: int,
    decision: str,
    reason: str,
    is_confirmed: bool,
    now: datetime,
) -> bool:
    """Decide anew about somebody who was told already. A letter of the old decision that is still held is taken back.

    Args:
        scope: who acts.
        event_id, application_id: whose.
        decision: a ``Decision``, but not *undecided*.
        reason: why, for the history.
        is_confirmed: the person at the screen has said that they mean it.
        now: when.

    Returns:
        Whether the letter of the old decision was taken back, so that they were never told.

    Raises:
        NotFoundError: it is not there, or not for this member of staff.
        StaffError: the reason or the confirmation is missing, or there is nothing to change.
    """
    event = get_event(scope, event_id)
    wanted = read_decision(decision)
    words = reason.strip()
    if not words:
        raise StaffError("Say why: they were told something else already.", field="reason")
    if not is_confirmed:
        raise StaffError(
            "Confirm that you mean it: they were told something else already.", field="confirmed"
        )
    with transaction() as session:
        row = get_application(scope, event_id, application_id)
        session.refresh(row, with_for_update={"of": Application})
        if row.withdrawn_at is not None:
            raise StaffError("They withdrew; there is nothing to decide any more.", field="decision")
        if row.announced == Decision.UNDECIDED or wanted in (row.decision, Decision.UNDECIDED):
            raise StaffError("There is nothing to change. Decide as usual.", field="decision")
        is_taken_back = _take_back(row, words)
        _change(scope, event, row, wanted, words, now)
        return is_taken_back


def _take_back(row: Application, why: str) -> bool:
    """Take back the letter that told somebody last, if nobody has begun to hand it over; then they were never told."""
    with transaction():
        entry = find_last_entry(row.id)
        if entry is None or entry.dedupe_key is None or not cancel_letters([entry.dedupe_key], why=why):
            return False
        entry.skip_reason = CHANGED
        rsvp = row.rsvp
        if row.announced != entry.announced_before:
            move(
                row,
                DECISION_MACHINE,
                Decision(entry.announced_before),
                "announced",
                announced_at=entry.announced_at_before,
                rsvp_deadline=entry.rsvp_deadline_before,
            )
        if rsvp != entry.rsvp_before:
            move(row, RSVP_MACHINE, Rsvp(entry.rsvp_before), "rsvp")
        return True


def _change(scope: Scope, event: Event, row: Application, wanted: Decision, why: str, now: datetime) -> None:
    """Write a changed decision with its reason."""
    with transaction() as session:
        session.flush()
        before = row.decision
        move(row, DECISION_MACHINE, wanted, "decision", decided_by_id=scope.user_id, decided_at=now)
        write_activity(
            "application.changed",
            "application",
            row.id,
            actor_id=scope.user_id,
            programme_id=event.programme_id,
            event_id=event.id,
            before=before,
            after=wanted,
            comment=why,
        )


def rank_waiting(*, scope: Scope, event_id: int, application_id: int, rank: int | None) -> None:
    """Say as which one somebody moves up from the waiting list; None leaves it to the scores.

    Raises:
        NotFoundError: it is not there, or not for this member of staff.
        StaffError: the rank is no such number.
    """
    get_event(scope, event_id)
    if rank is not None and not 1 <= rank <= 1_000_000:
        raise StaffError("A rank is 1, 2, 3 and so on.", field="rank")
    with transaction():
        get_application(scope, event_id, application_id).waitlist_rank = rank


def invite_next(*, scope: Scope, event_id: int, count: int, now: datetime) -> tuple[int, ...]:
    """Accept the next ones of the waiting list, by rank, then by mean score. They are told by the next announcement.

    Args:
        scope: who acts.
        event_id: whose places are free.
        count: how many.
        now: when.

    Returns:
        Whose applications; fewer than asked for where fewer wait.

    Raises:
        NotFoundError: it is not for this member of staff.
        ConflictError: fewer places are free than were to be given away.
    """
    event = get_event(scope, event_id)
    if not scope.sees(event.programme_id, event.id):
        raise ForbiddenError("Only the organizers decide.")
    if not 1 <= count <= MOST_AT_ONCE:
        raise StaffError(f"Invite 1 to {MOST_AT_ONCE} at once.", field="count")
    with transaction() as session:
        session.refresh(event, with_for_update={"of": Event})  # two at once must not give a place away twice
        to_give = count_places(event).to_give
        if to_give is not None and count > to_give:
            raise ConflictError(f"Only {to_give} places are free now. Reload the page to see the numbers.")
        ids = find_next_waiting(event_id, count)
        for application_id in ids:
            row = get_application(scope, event_id, application_id)
            _take_back(row, "A place became free.")
            _change(scope, event, row, Decision.ACCEPTED, "Next on the waiting list.", now)
        return tuple(ids)

"""The one transition function of applications to host: page, bulk, command line and links all come through it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy import select

from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.words import say
from webapp.mail.actions.outbox import undo_batch
from webapp.people.domain.scope import Scope
from webapp.programme.actions.host_letters import batch_of
from webapp.programme.actions.host_undo import take_back
from webapp.programme.domain.host_states import HOST_MACHINE, HostState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Programme
from webapp.programme.queries.host import find_visible_ids, get_host_application
from webapp.programme.queries.host_links import read_host_token
from webapp.programme.queries.triage_actions import (
    DECISIONS,
    TRIAGE_ACTIONS,
    Actor,
    Choices,
    Deed,
    Need,
    TriageAction,
    why_not,
)

LONGEST_COMMENT = 5_000  # characters


@dataclass(frozen=True, slots=True)
class Triaged:
    """What became of one application.

    Args:
        application_id, reference: which.
        state: its new state.
        undo_until: until when the decision can be taken back, None when it cannot.
        event_id: the event that accepting made.
    """

    application_id: int
    reference: str
    state: str
    undo_until: datetime | None = None
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """One application to which nothing was done, and why."""

    application_id: int
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class TriagedMany:
    """What became of many: those it was done to (or would be, in a dry run), and those it was not."""

    done: tuple[Triaged, ...]
    skipped: tuple[Skipped, ...]


def triage_host(
    *,
    scope: Scope,
    application_id: int,
    action: str,
    comment: str = "",
    now: datetime,
    **choices: Unpack[Choices],
) -> Triaged:
    """Do one thing to one application, with its letters and its history, in one transaction.

    Args:
        scope: who acts; support of the programme.
        application_id: to which.
        action: a name on the shelf ``TRIAGE_ACTIONS``.
        comment: internal words.
        now: when.
        choices: what the action needs besides (``Choices``).

    Raises:
        NotFoundError: there is no such application, or it is not for this member of staff.
        ForbiddenError: the action is not for staff.
        ConflictError: its state does not allow it, for example because somebody else was first.
        StaffError: something that the action needs is missing or wrong.
    """
    wanted = TRIAGE_ACTIONS.get(action)
    with transaction():
        row = get_host_application(scope, application_id, for_update=True)
        _require_support(wanted, scope, row.programme_id)
        return _act(wanted, row, scope, comment, choices, now)


def triage_many(
    *,
    scope: Scope,
    application_ids: Collection[int],
    action: str,
    comment: str = "",
    now: datetime,
    dry_run: bool = False,
    **choices: Unpack[Choices],
) -> TriagedMany:
    """Do one thing to many applications: to those that may, and say of the others why not.

    Args:
        scope, action, comment, now, choices: as for ``triage_host``.
        application_ids: to which.
        dry_run: only say what would be done.

    Raises:
        NotFoundError: one of them is not for this member of staff; nothing was done.
        StaffError: the action needs a choice for each, or its comment is missing; nothing was done.
    """
    wanted = TRIAGE_ACTIONS.get(action)
    if not wanted.is_for_many:
        raise StaffError(f"Open the applications one by one: “{wanted.label}” asks something of each.")
    with transaction():
        ids = sorted(set(application_ids))
        if find_visible_ids(scope, ids) != set(ids):
            raise NotFoundError("There is no such application.")
        if not dry_run:
            _require_words(wanted, comment)
        done: list[Triaged] = []
        skipped: list[Skipped] = []
        for application_id in ids:
            row = get_host_application(scope, application_id, for_update=not dry_run)
            _require_support(wanted, scope, row.programme_id)
            reason = why_not(wanted, row, scope, now)
            if reason is not None:
                skipped.append(Skipped(row.id, row.reference, reason))
            elif dry_run:
                done.append(Triaged(row.id, row.reference, wanted.target))
            else:
                done.append(_act(wanted, row, scope, comment, choices, now))
        return TriagedMany(tuple(done), tuple(skipped))


def withdraw_by_link(*, token: str, comment: str = "", now: datetime) -> Triaged:
    """Withdraw an application by the link in the lead organizer's letters.

    Raises:
        NotFoundError: the link is none of ours.
        ForbiddenError: it is another organizer's; only the lead withdraws.
        ConflictError: it is decided already.
    """
    reference = read_host_token(token)
    if reference is None:
        raise NotFoundError("This link is not complete.")
    wanted = TRIAGE_ACTIONS.get("withdraw")
    with transaction() as session:
        row = session.scalar(
            select(HostApplication)
            .where(HostApplication.id == reference[0])
            .with_for_update(of=HostApplication)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFoundError("This link is not complete.")
        if row.lead_person_id != reference[1] or Actor.LEAD not in wanted.actors:
            raise ForbiddenError(say("Only the organizer who is named first can withdraw the application."))
        return _act(wanted, row, Scope(user_id=None), comment, {}, now)


def _require_support(wanted: TriageAction, scope: Scope, programme_id: int) -> None:
    """Refuse whoever may not do this there, however they came here."""
    if Actor.SUPPORT not in wanted.actors or not scope.sees_programme(programme_id):
        raise ForbiddenError("Only support of the programme may do this.")


def _require_words(wanted: TriageAction, comment: str) -> None:
    """Refuse an action without the words that it needs."""
    if Need.COMMENT in wanted.needs and not comment.strip():
        raise StaffError("Write a comment that says why; your colleagues will ask.", field="comment")
    if len(comment) > LONGEST_COMMENT:
        raise StaffError(f"At most {LONGEST_COMMENT} characters, please.", field="comment")


def _act(
    wanted: TriageAction, row: HostApplication, scope: Scope, comment: str, choices: Choices, now: datetime
) -> Triaged:
    """Do it to a row that is held: nobody else can be at it in this moment."""
    _require_words(wanted, comment)
    reason = why_not(wanted, row, scope, now)
    if reason is not None:
        raise ConflictError(reason)
    if row.state in DECISIONS:
        _free_of_letters(wanted, row, scope, now)
    programme = db.session.get_one(Programme, row.programme_id)
    hold_until = now + timedelta(minutes=programme.undo_minutes) if programme.undo_minutes else None
    before = row.state
    values: dict[str, object] = {"state_at": now, "undo_until": None}
    if wanted.is_decision:
        values |= {
            "decision_number": row.decision_number + 1,
            "decided_by_id": scope.user_id,
            "state_before": before,
            "undo_until": hold_until,
            "note": choices.get("note", "").strip(),
        }
    move(row, HOST_MACHINE, wanted.target, **values)
    deed = Deed(scope, comment, choices, now, hold_until)
    found = wanted.effect(row, deed) if wanted.effect is not None else {}
    write_activity(
        f"host.{wanted.target.value}",
        "host_application",
        row.id,
        actor_id=scope.user_id,
        programme_id=row.programme_id,
        before=before,
        after=wanted.target.value,
        comment=comment.strip(),
        action=wanted.name,
        **found,  # type: ignore[arg-type]  # what else is worth showing, whatever it is
    )
    event_id = found.get("made_event_id")
    return Triaged(
        row.id, row.reference, row.state, row.undo_until, event_id if isinstance(event_id, int) else None
    )


def _free_of_letters(wanted: TriageAction, row: HostApplication, scope: Scope, now: datetime) -> None:
    """Take back what an earlier decision promised, so that nobody is told two things."""
    if wanted.is_decision:
        take_back(row, scope, now)
    elif row.state == HostState.REJECTED and row.undo_until is not None and now < row.undo_until:
        undo_batch(batch_of(row), why=f"The application was {wanted.done} before its letters had left.")

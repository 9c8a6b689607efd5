"""What the demo's organizers decided and announced, by the real actions in the past; and what was answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Table, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from webapp.core.move import moving
from webapp.demo.data.applicants import Applied
from webapp.demo.data.attend_plan import (
    ACCEPTED,
    ANSWERS,
    ATTEND_PLANS,
    REJECTED,
    WAITLISTED,
    AttendPlan,
)
from webapp.demo.data.past import at_time, delivering, forget
from webapp.demo.data.world import World
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.wave_announce import Announcing, announce_wave
from webapp.programme.actions.wave_decide import decide_applications
from webapp.programme.actions.wave_undo import undo_wave
from webapp.programme.domain.application_states import RSVP_MACHINE, WAVE_MACHINE, Rsvp, WaveState
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Application, Wave

_applications: Table = Application.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_waves: Table = Wave.__table__  # type: ignore[assignment]

DECISIONS = (ACCEPTED, WAITLISTED, REJECTED)
TICKETS = ("Beginner", "Beginner", "Returning", "Coach")
DIETS = ("", "", "vegetarian", "vegan", "halal")


def make_decisions(session: Session, world: World, applied: Mapping[str, Sequence[Applied]]) -> None:
    """Let the organizers of every event decide and tell, as far as its plan goes."""
    with delivering(session):
        for plan in ATTEND_PLANS:
            by_decision = {
                decision: [one.id for one in applied[plan.event] if _decision_of(one) == decision]
                for decision in DECISIONS
            }
            if any(by_decision.values()):
                _decide(session, world, plan, by_decision)


def _decision_of(one: Applied) -> str:
    """Return what was decided about an application."""
    return ACCEPTED if one.fate in ANSWERS else one.fate


def _decide(session: Session, world: World, plan: AttendPlan, by_decision: dict[str, list[int]]) -> None:
    """Decide, and announce where the plan says so; who waits was decided after what was taken back again."""
    event_id = world.events[plan.event].id
    scope = get_scope(world.users[next(iter(plan.scored_by))])
    told_at = world.now - timedelta(days=plan.told_ago or plan.undone_ago or 1, hours=3)

    def decide(decisions: Sequence[str], at: datetime) -> None:
        with at_time(session, at):
            for decision in decisions:
                ids = by_decision[decision]
                if ids:
                    decide_applications(
                        scope=scope, event_id=event_id, application_ids=ids, decision=decision, now=at
                    )

    if plan.undone_ago is not None:
        decide((ACCEPTED, REJECTED), told_at - timedelta(hours=5))
        _announce(session, plan, event_id, scope, told_at)
        decide((WAITLISTED,), told_at + timedelta(hours=2))
    else:
        decide(DECISIONS, told_at - timedelta(hours=5))
        if plan.told_ago is not None:
            _announce(session, plan, event_id, scope, told_at)
    _rank(session, by_decision[WAITLISTED])


def _announce(session: Session, plan: AttendPlan, event_id: int, scope: Scope, at: datetime) -> None:
    """Tell everybody who is decided, and take it back where the plan says so."""
    count = session.scalar(
        select(func.count()).where(
            Application.event_id == event_id,
            Application.decision != Application.announced,
            Application.withdrawn_at.is_(None),
        )
    )
    undone_at = at + timedelta(minutes=4)
    with at_time(session, undone_at if plan.undone_ago else at):
        wave_id = announce_wave(
            scope=scope, event_id=event_id, announcing=Announcing(typed_count=count), now=at
        )
        if plan.undone_ago:
            undo_wave(scope=scope, event_id=event_id, wave_id=wave_id, now=undone_at)
            _date_cancelled(session, f"wave:{wave_id}", undone_at)
        else:
            session.execute(
                moving(_waves, WAVE_MACHINE, WaveState.RELEASED, ended_at=Wave.hold_until).where(
                    _waves.c.id == wave_id
                )
            )
    session.execute(update(_waves).where(_waves.c.id == wave_id).values(created_at=at))


def _date_cancelled(session: Session, batch: str, at: datetime) -> None:
    """Let letters have been taken back at a moment."""
    session.flush()
    for statement in (
        "UPDATE email_logs SET settled_at = :at FROM shoots"
        " WHERE shoots.id = email_logs.shoot_id AND shoots.batch = :batch",
        "UPDATE email_events SET at = :at FROM shoots"
        " WHERE shoots.id = email_events.shoot_id AND shoots.batch = :batch",
    ):
        session.execute(text(statement), {"at": at, "batch": batch})


def _rank(session: Session, ids: Sequence[int]) -> None:
    """Put the waiting list into an order, but for its last third: those follow by their scores."""
    ranked = [{"key": key, "rank": rank} for rank, key in enumerate(ids[: len(ids) * 2 // 3], start=1)]
    if ranked:
        ranking = update(_applications).where(_applications.c.id == bindparam("key"))
        session.connection().execute(ranking.values(waitlist_rank=bindparam("rank")), ranked)


def make_answers(
    session: Session, world: World, applied: Mapping[str, Sequence[Applied]], answers: Sequence[Rsvp]
) -> None:
    """Let those who were invited answer, or let their time run out; who comes stands in the register, too."""
    number = _applications.c.number
    answered_at = _applications.c.announced_at + func.make_interval(0, 0, 0, 0, 2 + number * 7 % 70)
    for plan in ATTEND_PLANS:
        if plan.told_ago is None:
            continue
        for rsvp in answers:
            ids = [one.id for one in applied[plan.event] if one.fate == rsvp]
            is_expired = rsvp is Rsvp.EXPIRED
            at = _applications.c.rsvp_deadline if is_expired else func.least(answered_at, world.now)
            by = "system" if is_expired else "person"
            session.execute(
                moving(_applications, RSVP_MACHINE, rsvp, "rsvp", rsvp_at=at, rsvp_by=by).where(
                    _applications.c.id.in_(ids)
                )
            )
            _note_answers(session, ids)
        if Rsvp.YES in answers:
            _come(session, world, plan, [one for one in applied[plan.event] if one.fate == Rsvp.YES])
    forget(session, Application)


def _note_answers(session: Session, ids: Sequence[int]) -> None:
    """Write answers into the history of their applications."""
    rows = session.execute(select(_applications).where(_applications.c.id.in_(ids))).all()
    if rows:
        session.execute(
            insert(Activity),
            [
                {
                    "at": row.rsvp_at,
                    "verb": "application.rsvp",
                    "subject_type": "application",
                    "subject_id": row.id,
                    "programme_id": row.programme_id,
                    "event_id": row.event_id,
                    "before": "invited",
                    "after": row.rsvp,
                }
                for row in rows
            ],
        )


def _come(session: Session, world: World, plan: AttendPlan, coming: Sequence[Applied]) -> None:
    """Let everybody who comes stand in the event's register, with ticket, table and diet."""
    event = world.events[plan.event]
    rows = []
    for place, one in enumerate(coming):
        details = {
            "ticket": TICKETS[place % len(TICKETS)],
            "table": str(place % 12 + 1),
            "diet": DIETS[place % len(DIETS)],
        }
        rows.append(
            {
                "person_id": one.person_id,
                "programme_id": event.programme_id,
                "event_id": event.id,
                "kind": MembershipKind.REGISTERED,
                "details": {key: value for key, value in details.items() if value},
            }
        )
    session.execute(insert(Membership), rows)
    if plan.attended is not None:
        came = [one.id for one in coming]
        for ids, is_attended in ((came[: plan.attended], True), (came[plan.attended :], False)):
            session.execute(
                update(_applications).where(_applications.c.id.in_(ids)).values(is_attended=is_attended)
            )

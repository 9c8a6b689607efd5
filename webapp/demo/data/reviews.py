"""Scores that the demo's organizers and reviewers gave, in keeping with what was decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from webapp.demo.data.applicants import Applied
from webapp.demo.data.attend_plan import ATTEND_PLANS, REJECTED, UNDECIDED, WAITLISTED, WITHDRAWN, AttendPlan
from webapp.demo.data.world import World, make_random
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Review

_reviews: Table = Review.__table__  # type: ignore[assignment]  # a mapped class's table is a Table

COMMENTS = {
    5: ("Knows exactly why. Would come tomorrow.", "Our first choice, and brings a friend along."),
    4: ("Clear goal, has tried on her own.", "Good fit for a table of beginners."),
    3: ("Not sure what they want from the day.", "Fine, but could say more."),
    2: ("Works as a programmer; another event suits better.", "Short answers."),
    1: ("Copied from the web.", "This is an advertisement."),
}
MEANS = {REJECTED: 2.3, WAITLISTED: 3.2, UNDECIDED: 3.1, WITHDRAWN: 3.0}  # whoever is accepted has more


def make_reviews(session: Session, world: World, applied: Mapping[str, Sequence[Applied]]) -> None:
    """Let staff score what came in, each in an order of their own and some days after it came."""
    random = make_random("reviews")
    for plan in ATTEND_PLANS:
        rows: list[dict[str, object]] = []
        for address, count in plan.scored_by.items():
            rows += _scores(
                random, world.users[address].id, _reach(plan, applied[plan.event], count), count, world.now
            )
        session.execute(insert(_reviews), rows)
        event = world.events[plan.event]
        session.execute(
            insert(Activity),
            [
                {
                    "at": row["created_at"],
                    "actor_id": row["user_id"],
                    "verb": "application.scored",
                    "subject_type": "application",
                    "subject_id": row["application_id"],
                    "programme_id": event.programme_id,
                    "event_id": event.id,
                }
                for row in sorted(rows, key=lambda row: str(row["created_at"]))
            ],
        )


def _reach(plan: AttendPlan, applied: Sequence[Applied], count: int) -> Sequence[Applied]:
    """Return what somebody may have scored: of an event that nobody is decided in, what came first."""
    if set(plan.counts) == {UNDECIDED}:
        return applied[: max(count, *plan.scored_by.values())]
    return applied


def _scores(
    random: Random, user_id: int, applied: Sequence[Applied], count: int, now: datetime
) -> list[dict[str, object]]:
    """Return what one member of staff thinks of so many applications."""
    leaning = random.choice((-0.4, 0.0, 0.3))
    rows: list[dict[str, object]] = []
    for one in random.sample(applied, min(count, len(applied))):
        drawn = round(random.gauss(MEANS.get(one.fate, 4.2) + leaning, 0.7))
        score = None if random.random() < 0.03 else min(max(drawn, 1), 5)  # none: knows the person, abstains
        at = min(
            one.submitted_at + timedelta(hours=random.randint(4, 60)),
            now - timedelta(minutes=random.randint(5, 90)),
        )
        is_said = score is not None and random.random() < 0.35
        comment = random.choice(COMMENTS[score or 3]) if is_said else ""
        rows.append(
            {
                "application_id": one.id,
                "user_id": user_id,
                "score": score,
                "comment": comment if score is not None else "I know her, so I leave this to you.",
                "created_at": at,
                "updated_at": at,
            }
        )
    return rows

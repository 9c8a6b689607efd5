"""Makes what mail by rule has done for the demo's events, and plans what it will do, by the rules themselves."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.core.move import move
from webapp.demo.data.past import at_time, delivering, forget
from webapp.demo.data.world import World
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.rules import plan_runs
from webapp.programme.actions.rules_decide import skip_run, switch_rule
from webapp.programme.actions.rules_run import note, send_run
from webapp.programme.domain.rule_states import RUN_MACHINE, RunState
from webapp.programme.domain.rules import RULES, Occasion, due_time
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.rules import find_event_facts
from webapp.programme.queries.rules_runs import find_runs_of

SUPPORT, ADMIN = "support@demo.test", "admin@demo.test"
# What went out when it was due, by event and rule.
SENT = (
    ("krakow-2", "thank_you"),
    ("lodz-2", "see_you_soon"),
    ("lodz-2", "thank_you"),
    ("lodz-2", "ask_numbers"),
    ("athens-1", "see_you_soon"),
    ("athens-1", "thank_you"),
    ("taipei-1", "see_you_soon"),
)
MISSED = ("krakow-2", "ask_numbers")
NO_SENDER = "There is no sender that this letter may come from. Add one under Settings."
FAILED = ("athens-1", "ask_numbers")  # this minute; it is tried again by itself
WHY_FAILED = "Something unexpected went wrong (OperationalError); the log of the server says more."
LEFT_OUT = ("data-basics", "see_you_soon", "The tutors write to their course themselves.")


def make_rule_runs(session: Session, world: World, now: datetime) -> None:
    """Make the runs of rules: those of the past with their letters, then all that the rules plan as of now.

    Args:
        session: of the open transaction.
        world: places and staff; organizers, applications and their answers are made already.
        now: the moment of loading.
    """
    switch_rule(
        scope=get_scope(world.users[ADMIN]),
        programme_id=world.programmes["launchpad"].id,
        rule="offer_help",
        is_enabled=False,
    )
    with delivering(session):
        for slug, rule in SENT:
            _send(session, world, slug, rule, now)
    _miss(session, world, *MISSED, now)
    session.flush()
    plan_runs(now)
    forget(session, RuleRun)
    _leave_out(session, world)
    _fail(session, world, now)


def _make_run(session: Session, world: World, slug: str, rule: str, now: datetime) -> RuleRun:
    """Return the run of a rule for an event as it stood before it was due."""
    event = world.events[slug]
    due_at, _ = due_time(RULES.get(rule), find_event_facts([event.id], now)[event.id])
    run = RuleRun(programme_id=event.programme_id, event_id=event.id, rule=rule, due_at=due_at)
    session.add(run)
    session.flush()
    return run


def _send(session: Session, world: World, slug: str, rule: str, now: datetime) -> None:
    """Let a rule have written to its readers when it was due."""
    run = _make_run(session, world, slug, rule, now)
    if run.due_at is None or run.due_at > now:
        raise LookupError(f"The rule {rule} is not due yet for {slug}.")
    at = run.due_at + timedelta(seconds=40)
    with at_time(session, at):
        send_run(run, RULES.get(rule), Occasion(), at)


def _miss(session: Session, world: World, slug: str, rule: str, now: datetime) -> None:
    """Let a rule have failed for as long as its time lasted."""
    run = _make_run(session, world, slug, rule, now)
    _, until = due_time(RULES.get(rule), find_event_facts([run.event_id], now)[run.event_id])
    said = f"{until:%-d %B %Y}" if until else "its day"
    move(
        run,
        RUN_MACHINE,
        RunState.MISSED,
        reason=f"Its time was over on {said} and it had not gone out. {NO_SENDER}",
        ran_at=run.due_at,
    )


def _leave_out(session: Session, world: World) -> None:
    """Let support have left one letter out."""
    slug, rule, why = LEFT_OUT
    run = find_runs_of([world.events[slug].id])[world.events[slug].id, rule, ""]
    skip_run(scope=get_scope(world.users[ADMIN]), run_id=run.id, reason=why)


def _fail(session: Session, world: World, now: datetime) -> None:
    """Let a letter that is due have failed just now."""
    slug, rule = FAILED
    at = now - timedelta(minutes=4)
    with at_time(session, at):
        run = find_runs_of([world.events[slug].id])[world.events[slug].id, rule, ""]
        move(run, RUN_MACHINE, RunState.FAILED, reason=WHY_FAILED, ran_at=at)
        note(run, "rule.failed", None, RunState.SCHEDULED)

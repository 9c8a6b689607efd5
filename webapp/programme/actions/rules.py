"""Plan what rules will send: one run for each rule, event and occasion, corrected when dates or states change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from webapp.core.errors import ConflictError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.programme.domain.rule_states import RUN_MACHINE, RunState
from webapp.programme.domain.rules import (
    ENTERED_LATE,
    RULES,
    EventFacts,
    Judgement,
    Occasion,
    Rule,
    Standing,
    judge,
    occasions_of,
    was_entered_late,
)
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.rules import find_event_facts, find_events_to_plan, find_occasion
from webapp.programme.queries.rules_runs import add_runs, claim_planning, correct_run, find_runs_of

log = structlog.get_logger()

EVENTS_AT_ONCE = 500
RETRY = timedelta(minutes=15)  # a run that failed is tried again so much later, as long as its time lasts

STATES = {
    Standing.SCHEDULED: RunState.SCHEDULED,
    Standing.DUE: RunState.SCHEDULED,
    Standing.SKIPPED: RunState.SKIPPED,
    Standing.MISSED: RunState.MISSED,
}

Runs = dict[tuple[int, str, str], RuleRun]


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning wrote.

    Args:
        added: new runs.
        changed: runs that stand otherwise than before.
    """

    added: int = 0
    changed: int = 0


def plan_runs(now: datetime) -> Planned:
    """See that every rule has its run for every event that it may concern; nothing is sent.

    Safe in several processes at once: one plans, the others do nothing.

    Args:
        now: the moment, aware.
    """
    reach = max((rule.reach_days for _, rule in RULES.items()), default=0)
    with transaction():
        event_ids = find_events_to_plan(now, reach)
    total = Planned()
    for start in range(0, len(event_ids), EVENTS_AT_ONCE):
        with transaction():
            if not claim_planning():
                return total
            done = _plan_events(event_ids[start : start + EVENTS_AT_ONCE], now)
        total = Planned(total.added + done.added, total.changed + done.changed)
    return total


def plan_events(event_ids: list[int], now: datetime) -> Planned:
    """Plan the rules of some events at once, for example after their dates were changed."""
    with transaction():
        return _plan_events(event_ids, now)


def _plan_events(event_ids: list[int], now: datetime) -> Planned:
    facts_by_event = find_event_facts(event_ids, now)
    runs = find_runs_of(event_ids)
    fresh: list[dict[str, object]] = []
    changed = 0
    for facts in facts_by_event.values():
        for rule, occasion in _expected(facts, runs):
            judgement = judge(rule, facts, now, occasion)
            run = runs.get((facts.event_id, rule.name, occasion.key))
            if run is None:
                fresh.append(_new_run(rule, facts, occasion, judgement))
            else:
                changed += _correct(run, _as_it_stands(run, rule, facts, judgement, now))
    return Planned(add_runs(fresh), changed)


def _expected(facts: EventFacts, runs: Runs) -> Iterator[tuple[Rule, Occasion]]:
    """Yield what there ought to be a run for; also what there is one for although its occasion is gone."""
    for name, rule in RULES.items():
        occasions = occasions_of(rule, facts)
        yield from ((rule, occasion) for occasion in occasions)
        known = {occasion.key for occasion in occasions}
        for event_id, rule_name, key in runs:
            if (event_id, rule_name) == (facts.event_id, name) and key not in known:
                yield rule, find_occasion(facts, key)


def _new_run(rule: Rule, facts: EventFacts, occasion: Occasion, judgement: Judgement) -> dict[str, object]:
    if was_entered_late(rule, facts, judgement) and judgement.standing is not Standing.SKIPPED:
        judgement = replace(judgement, standing=Standing.SKIPPED, reason=ENTERED_LATE)
    return {
        "programme_id": facts.programme_id,
        "event_id": facts.event_id,
        "rule": rule.name,
        "occasion": occasion.key,
        "due_at": judgement.due_at,
        "state": STATES[judgement.standing].value,
        "reason": judgement.reason,
    }


def _as_it_stands(
    run: RuleRun, rule: Rule, facts: EventFacts, judgement: Judgement, now: datetime
) -> Judgement | None:
    """Return how a run should stand now, None where it stays as it is whatever the facts say."""
    wanted = STATES[judgement.standing]
    is_same_date = run.due_at == judgement.due_at
    if run.state == RunState.SENT:
        return None  # never opened again by itself
    if run.state == RunState.SKIPPED:
        if run.decided_by_id is not None:
            return None  # a person said so
        if wanted is not RunState.SKIPPED and is_same_date and run.ran_at is not None:
            return None  # it ran and found nobody
        if run.reason == ENTERED_LATE and was_entered_late(rule, facts, judgement):
            return None
    if run.state == RunState.FAILED:
        is_fresh = run.ran_at is not None and now < run.ran_at + RETRY
        if wanted is RunState.SCHEDULED and is_same_date and is_fresh:
            return None
        if wanted is RunState.MISSED:
            return replace(judgement, reason=f"{judgement.reason} {run.reason}")
    return judgement


def _correct(run: RuleRun, judgement: Judgement | None) -> bool:
    """Let a run stand as it should; whoever moved it in the meantime knew better."""
    if judgement is None:
        return False
    wanted = STATES[judgement.standing]
    values: dict[str, object] = {"due_at": judgement.due_at, "reason": judgement.reason}
    if run.state == wanted:
        if all(getattr(run, name) == value for name, value in values.items()):
            return False
        return correct_run(run, **values)
    try:
        move(run, RUN_MACHINE, wanted, **values)
    except ConflictError as error:
        log.info("run moved meanwhile", run=run.id, reason=error.message)
        return False
    return True

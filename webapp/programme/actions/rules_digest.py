"""Tell support whom a rule's letters have really reached, once they have all come to an end."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import structlog
from flask import current_app

from webapp.core.errors import PostroomError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.programme.domain.rule_states import RUN_MACHINE, RunState
from webapp.programme.domain.rules import RULES, Rule
from webapp.programme.models.programme import Event, Programme
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.constants import letter_constants, write_event_dates
from webapp.programme.queries.rules_audience import find_support_ids
from webapp.programme.queries.rules_runs import (
    UNSETTLED,
    add_runs,
    count_letters,
    find_digested,
    find_reached,
    find_runs_of,
    find_runs_to_digest,
)

log = structlog.get_logger()

NOBODY_REACHED = "None of the letters reached anybody."


def digest_name(rule: str) -> str:
    """Return under which name the digests of a rule have their runs."""
    return f"{rule}_digest"


def write_digests(now: datetime) -> int:
    """Write to support about the runs of rules with a digest, each once, after its letters are settled.

    What one programme has at the moment is told in one letter. What did not arrive is not listed; *Needs
    attention* and the log show it.

    Args:
        now: the moment, aware.

    Returns:
        How many runs were told of.
    """
    told = 0
    for name, rule in RULES.items():
        if rule.digest_role:
            with transaction():
                told += _digest_rule(name, rule, now)
    return told


def _digest_rule(name: str, rule: Rule, now: datetime) -> int:
    runs = find_runs_to_digest([name], now)
    known = find_digested([(run.event_id, _occasion(run)) for run in runs], digest_name(name))
    open_runs = [run for run in runs if (run.event_id, _occasion(run)) not in known]
    counts = count_letters([run.batch or "" for run in open_runs])
    settled: defaultdict[int, list[RuleRun]] = defaultdict(list)
    for run in open_runs:
        if not any(counts.get(run.batch or "", {}).get(state) for state in UNSETTLED):
            settled[run.programme_id].append(run)
    return sum(_try(rule, programme_id, some, now) for programme_id, some in settled.items())


def _try(rule: Rule, programme_id: int, runs: Sequence[RuleRun], now: datetime) -> int:
    """Tell about a programme's runs; one whose digest cannot be written is tried again and stops no other."""
    try:
        with transaction() as session, session.begin_nested():
            _digest_programme(rule, programme_id, runs, now)
    except PostroomError as error:
        log.warning("digest not written", programme=programme_id, reason=error.message)
        return 0
    return len(runs)


def _occasion(run: RuleRun) -> str:
    """Return what names the digest of a run among those of its event: run again, it is told of again."""
    return f"{run.occasion}#{run.run_number}"


def _digest_programme(rule: Rule, programme_id: int, runs: Sequence[RuleRun], now: datetime) -> None:
    """Write one letter about runs of a programme, and a run of the digest for each, so that it is never repeated."""
    reached = find_reached([run.batch or "" for run in runs])
    told = [run for run in runs if reached.get(run.batch or "")]
    batch = f"digest:{rule.name}:{runs[0].id}:{runs[0].run_number}" if told else None
    digest = digest_name(rule.name)
    add_runs(
        [
            {
                "programme_id": programme_id,
                "event_id": run.event_id,
                "rule": digest,
                "occasion": _occasion(run),
                "due_at": now,
                "state": RunState.SCHEDULED.value,
                "reason": "",
            }
            for run in runs
        ]
    )
    written = _post(rule, programme_id, told, reached, batch) if batch else 0
    rows = find_runs_of([run.event_id for run in runs])
    for run in runs:
        row = rows[run.event_id, digest, _occasion(run)]
        if run in told:
            values = {"batch": batch, "letter_count": written, "run_number": 1, "ran_at": now}
            move(row, RUN_MACHINE, RunState.SENT, **values)
        else:
            move(row, RUN_MACHINE, RunState.SKIPPED, reason=NOBODY_REACHED, ran_at=now)


def _post(
    rule: Rule, programme_id: int, runs: Sequence[RuleRun], reached: dict[str, list[str]], batch: str
) -> int:
    """Promise the digest to everybody of support."""
    with transaction() as session:
        programme = session.get_one(Programme, programme_id)
        events = {run.event_id: session.get_one(Event, run.event_id) for run in runs}
        public_url = current_app.extensions["settings"].public_url

    def constants(locale: str) -> dict[str, str]:
        lines = [_line(events[run.event_id], reached[run.batch or ""], locale) for run in runs]
        return {**letter_constants(programme_id, None, locale), "digest.lines": "\n".join(lines)}

    values: dict[str, str | None] = {
        "desk.link": f"{public_url}/rules?programme={programme_id}&rule={rule.name}"
    }
    posted = post_letters(
        Errand(
            role=rule.digest_role,
            programme_id=programme_id,
            event_id=None,
            constants=constants,
            locale=programme.locale,
            batch=batch,
        ),
        [
            Addressee(person_id, f"{batch}:{person_id}", values)
            for person_id in find_support_ids(programme_id)
        ],
    )
    return len(posted.written)


def _line(event: Event, names: Sequence[str], locale: str) -> str:
    """Write one line of the digest: the event, its day, and whom the letter has reached."""
    parts = [event.name, write_event_dates(event, locale), ", ".join(names)]
    return " · ".join(part for part in parts if part)

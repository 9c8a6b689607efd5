"""Run rules that are due: each for itself, so that one that fails stops none of the others."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from webapp.core.errors import PostroomError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.programme.actions.rules import STATES
from webapp.programme.actions.rules_errand import rule_errand, rule_key
from webapp.programme.domain.rule_states import RUN_MACHINE, RunState
from webapp.programme.domain.rules import RULES, Judgement, Occasion, Rule, Standing, judge
from webapp.programme.models.activity import write_activity
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.rules import find_event_facts, find_occasion
from webapp.programme.queries.rules_audience import find_readers
from webapp.programme.queries.rules_runs import claim_due_run, correct_run

log = structlog.get_logger()

RUNS_AT_ONCE = 50  # of one call; the rest waits for the next
NOBODY = "There was nobody to write to."


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of the runs that were due.

    Args:
        sent: their letters are promised.
        passed: skipped or missed after all, or due later, once the facts were looked at again.
        failed: the run says why.
    """

    sent: int = 0
    passed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Promised:
    """What one run promised.

    Args:
        written: letters that go out.
        left_out: people who may not be written to; they have a row as well.
        problems: sentences about those for whom no letter could be written.
    """

    written: int
    left_out: int
    problems: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what did not go as it should; "" when all did."""
        said = [f"Left out because they may not be written to: {self.left_out}."] if self.left_out else []
        if self.problems:
            said.append(f"Letters that could not be written: {len(self.problems)}. {self.problems[0]}")
        return " ".join(said)


def run_due(now: datetime, limit: int = RUNS_AT_ONCE) -> RunReport:
    """Promise the letters of every run that is due, each in a transaction of its own.

    Safe in several processes at once: who holds a run is passed over, and keys in the database see that nobody
    gets a letter twice.

    Args:
        now: the moment, aware.
        limit: runs at most.
    """
    sent = passed = failed = 0
    for _ in range(limit):
        run_id = None
        try:
            with transaction():
                run = claim_due_run(now)
                if run is None:
                    break
                run_id = run.id
                is_sent = _run(run, now)
        except Exception as error:  # whatever it is, the next event must have its letters
            if run_id is None:
                raise
            log.exception("rule failed", run=run_id)
            _mark_failed(run_id, error, now)
            failed += 1
        else:
            sent, passed = sent + is_sent, passed + (not is_sent)
    return RunReport(sent, passed, failed)


def _run(run: RuleRun, now: datetime) -> bool:
    """Judge a run by the facts of this moment and send it if it is due; say whether it was sent."""
    rule = RULES.get(run.rule)
    facts = find_event_facts([run.event_id], now)[run.event_id]
    occasion = find_occasion(facts, run.occasion)
    judgement = judge(rule, facts, now, occasion)
    if judgement.standing is Standing.DUE:
        return send_run(run, rule, occasion, now)
    _pass(run, judgement)
    return False


def _pass(run: RuleRun, judgement: Judgement) -> None:
    """Note that a run is not due after all."""
    values: dict[str, object] = {"due_at": judgement.due_at, "reason": judgement.reason}
    wanted = STATES[judgement.standing]
    if wanted == run.state:
        correct_run(run, **values)
    else:
        move(run, RUN_MACHINE, wanted, **values)


def send_run(
    run: RuleRun, rule: Rule, occasion: Occasion, now: datetime, *, decided_by_id: int | None = None
) -> bool:
    """Promise the letters of a run that the caller holds; part of the open transaction.

    Args:
        run: which; one that was sent is sent once more, under a new number.
        rule, occasion: what it is about.
        now: the moment, aware.
        decided_by_id: the member of staff who wanted it now; None for the clock.

    Returns:
        Whether there was anybody to write to.

    Raises:
        PostroomError: no letter could be written to anybody.
    """
    with transaction() as session:
        event = session.get_one(Event, run.event_id)
        readers = find_readers(rule.audience, event, occasion)
        if not readers:
            if run.state != RunState.SENT:
                move(run, RUN_MACHINE, RunState.SKIPPED, reason=NOBODY, ran_at=now)
            return False
        number = run.run_number + 1
        errand = rule_errand(run, rule, event, number, now, author_id=decided_by_id)
        promised = promise(
            errand,
            [
                Addressee(one.person_id, rule_key(run, number, one.person_id), one.values, one.locale)
                for one in readers
            ],
        )
        values: dict[str, object] = {
            "run_number": number,
            "batch": errand.batch,
            "letter_count": promised.written,
            "reason": promised.sentence(),
            "ran_at": now,
            "decided_by_id": decided_by_id,
        }
        before = run.state
        if before == RunState.SENT:
            correct_run(run, **values)
        else:
            move(run, RUN_MACHINE, RunState.SENT, **values)
        note(run, "rule.sent", decided_by_id, before, letters=promised.written, number=number)
        return True


def promise(errand: Errand, addressees: list[Addressee]) -> Promised:
    """Promise letters; where some cannot be written the others are all the same.

    Raises:
        Exception: none could be written; it is what stood in the way of the first.
    """
    with transaction() as session:
        try:
            with session.begin_nested():
                posted = post_letters(errand, addressees)
            return Promised(len(posted.written), len(posted.skipped))
        except Exception as error:  # one reader's fault: find out whose, by trying each alone
            if len(addressees) == 1:
                raise
            log.warning("letters written one by one", batch=errand.batch, error=str(error))
        written = left_out = 0
        problems: list[Exception] = []
        for one in addressees:
            try:
                with session.begin_nested():
                    posted = post_letters(errand, [one])
                written, left_out = written + len(posted.written), left_out + len(posted.skipped)
            except Exception as error:
                log.warning("letter not written", key=one.dedupe_key, error=str(error))
                problems.append(error)
        if len(problems) == len(addressees):
            raise problems[0]
        return Promised(written, left_out, tuple(describe(problem) for problem in problems))


def describe(error: Exception) -> str:
    """Return what went wrong as staff may read it."""
    if isinstance(error, PostroomError):
        return error.message
    if isinstance(error, ValueError) and str(error):
        return str(error)[:300]
    return f"Something unexpected went wrong ({type(error).__name__}); the log of the server says more."


def _mark_failed(run_id: int, error: Exception, now: datetime) -> None:
    """Note, in a transaction of its own, why a run failed, unless somebody else has it by now."""
    with transaction():
        run = claim_due_run(now, run_id)
        if run is not None:
            move(run, RUN_MACHINE, RunState.FAILED, reason=describe(error), ran_at=now)
            note(run, "rule.failed", None, RunState.SCHEDULED)


def note(
    run: RuleRun, verb: str, actor_id: int | None, before: str, comment: str = "", **data: object
) -> None:
    """Write what became of a run into its history."""
    write_activity(
        verb,
        "rule_run",
        run.id,
        actor_id=actor_id,
        programme_id=run.programme_id,
        event_id=run.event_id,
        before=before,
        after=run.state,
        comment=comment,
        rule=run.rule,
        **data,
    )


def check_may_run(judgement: Judgement, event: Event) -> None:
    """See that a person does not send what no rule would ever send.

    Raises:
        StaffError: the event does not take place.
    """
    if judgement.standing is Standing.SKIPPED and event.state in {"cancelled", "postponed", "archived"}:
        raise StaffError(f"{judgement.reason} Nothing goes out by rule for it.")

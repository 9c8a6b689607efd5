"""What a person decides about a rule: run it now, leave it out, look who would get what, switch it off."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from webapp.core.audit import record
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, PostroomError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.queries.letter_texts import find_letter_text
from webapp.people.domain.scope import Scope
from webapp.people.queries.memberships import has_programme
from webapp.programme.actions.rules_run import check_may_run, describe, note, send_run
from webapp.programme.domain.rule_states import RUN_MACHINE, RunState
from webapp.programme.domain.rules import RULES, Judgement, judge
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun, RuleSetting
from webapp.programme.queries.rules import find_event_facts, find_occasion
from webapp.programme.queries.rules_audience import find_readers
from webapp.programme.queries.rules_people import KnownReader, find_known_readers
from webapp.programme.queries.rules_runs import get_run

LONGEST_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would do now.

    Args:
        run_id: which.
        judgement: how it stands by the facts of this moment.
        readers: who would get a letter, and who would be left out and why.
        subjects: of the letter, by language, with its tags.
        problems: why it could not be written, by language.
    """

    run_id: int
    judgement: Judgement
    readers: tuple[KnownReader, ...] = ()
    subjects: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def may_decide(scope: Scope, programme_id: int) -> bool:
    """Say whether somebody may run rules of a programme now or leave them out: support, not organizers."""
    return scope.sees_programme(programme_id)


def may_switch(scope: Scope) -> bool:
    """Say whether somebody may switch rules on and off: what goes out by itself is set by administrators."""
    return scope.is_administrator


def _hold(scope: Scope, run_id: int) -> RuleRun:
    """Return a run that somebody may decide about, held until the transaction ends."""
    run = get_run(scope, run_id, held=True)
    if not may_decide(scope, run.programme_id):
        raise ForbiddenError("Rules are run by the support of the programme. Ask them.")
    return run


def _judge(run: RuleRun, now: datetime) -> Judgement:
    facts = find_event_facts([run.event_id], now)[run.event_id]
    return judge(RULES.get(run.rule), facts, now, find_occasion(facts, run.occasion))


def run_now(*, scope: Scope, run_id: int, now: datetime) -> int:
    """Send a rule's letters at once, whatever the clock says; one that was sent is sent again, to everybody.

    Returns:
        How many letters go out.

    Raises:
        NotFoundError: there is no such run, or it is not for this member of staff.
        ForbiddenError: they may not send letters there.
        StaffError: the event does not take place, there is nobody to write to, or the letter cannot be written.
    """
    with transaction() as session:
        run = _hold(scope, run_id)
        if not scope.may_send(run.programme_id, run.event_id):
            raise ForbiddenError("You may not send letters there. Ask an administrator.")
        rule = RULES.get(run.rule)
        facts = find_event_facts([run.event_id], now)[run.event_id]
        occasion = find_occasion(facts, run.occasion)
        check_may_run(judge(rule, facts, now, occasion), session.get_one(Event, run.event_id))
        if rule.has_calendar and (facts.starts_on is None or facts.date_precision != "day"):
            raise StaffError(
                "The letter carries the day for a calendar. Give the event its exact date first."
            )
        if not find_readers(rule.audience, session.get_one(Event, run.event_id), occasion):
            raise StaffError("There is nobody to write to.")
        send_run(run, rule, occasion, now, decided_by_id=scope.user_id)
        return run.letter_count


def skip_run(*, scope: Scope, run_id: int, reason: str) -> None:
    """Leave a run out for good; nothing but a person sends it after that.

    Raises:
        NotFoundError: there is no such run, or it is not for this member of staff.
        ForbiddenError: they may not decide about it.
        StaffError: no reason was given.
        ConflictError: it was sent already.
    """
    why = " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON:
        raise StaffError(
            f"Say why, in {LONGEST_REASON} characters at most; colleagues will ask.", field="reason"
        )
    with transaction():
        run = _hold(scope, run_id)
        before = run.state
        if before == RunState.SENT:
            raise ConflictError("It was sent already; nothing can be left out any more.")
        if before == RunState.SKIPPED:
            raise ConflictError("It is left out already.")
        move(run, RUN_MACHINE, RunState.SKIPPED, reason=why, decided_by_id=scope.user_id)
        note(run, "rule.skipped", scope.user_id, before, why)


def switch_rule(*, scope: Scope, programme_id: int, rule: str, is_enabled: bool) -> None:
    """Switch a rule on or off for a programme; what is planned follows within a minute.

    Raises:
        NotFoundError: the programme is not for this member of staff.
        ForbiddenError: they are no administrator.
        StaffError: there is no such rule.
    """
    if not scope.sees_programme(programme_id) or not has_programme(programme_id):
        raise NotFoundError("There is no such programme.")
    if not may_switch(scope):
        raise ForbiddenError("Rules are switched by administrators. Ask one of them.")
    name = RULES.get(rule).name
    with transaction() as session:
        statement = insert(RuleSetting).values(programme_id=programme_id, rule=name, is_enabled=is_enabled)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["programme_id", "rule"], set_={"is_enabled": is_enabled}
            )
        )
        record(
            "rule.switched_on" if is_enabled else "rule.switched_off",
            "rule",
            name,
            actor_id=scope.user_id,
            programme_id=programme_id,
        )


def dry_run_rule(*, scope: Scope, run_id: int, now: datetime) -> DryRun:
    """Say who would get what if a run went out now; nothing is written.

    Raises:
        NotFoundError: there is no such run, or it is not for this member of staff.
    """
    run = get_run(scope, run_id)
    rule = RULES.get(run.rule)
    facts = find_event_facts([run.event_id], now)[run.event_id]
    occasion = find_occasion(facts, run.occasion)
    judgement = judge(rule, facts, now, occasion)
    with transaction() as session:
        event = session.get_one(Event, run.event_id)
        readers = find_known_readers(find_readers(rule.audience, event, occasion), event)
    subjects: dict[str, str] = {}
    problems: dict[str, str] = {}
    for locale in sorted({reader.locale for reader in readers}):
        try:
            subjects[locale] = find_letter_text(rule.role, run.programme_id, run.event_id, locale).subject
        except PostroomError as error:
            problems[locale] = describe(error)
    return DryRun(run_id, judgement, tuple(readers), subjects, problems)

"""Mail by rule: what is due, sent, left out and missed, with the reasons; run one now, leave one out, switch a rule."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BuildError

from webapp.core.clock import now
from webapp.core.errors import PostroomError, StaffError
from webapp.mail.queries.shoot_letters import find_shoots
from webapp.programme.actions.rules_decide import (
    dry_run_rule,
    may_decide,
    may_switch,
    run_now,
    skip_run,
    switch_rule,
)
from webapp.programme.actions.rules_look import look_at_run
from webapp.programme.domain.rule_states import RunState
from webapp.programme.domain.rules import RULES, Rule
from webapp.programme.models.programme import Event, Programme
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.events import find_events, find_programmes, get_event, get_programme
from webapp.programme.queries.rules import find_switched_off
from webapp.programme.queries.rules_runs import (
    RunFilter,
    count_letters,
    count_runs,
    get_run,
    page_runs,
)
from webapp.web.formats import plural
from webapp.web.security_headers import LETTER
from webapp.web.staff.access import StaffBlueprint, current_scope, may_open
from webapp.web.states import Badge

blueprint = StaffBlueprint("rules", __name__, url_prefix="/rules")

ID = "<int(max=9223372036854775807):run_id>"
PAGE_SIZE = 50
LAST_PAGE = 10_000
STATES = {
    RunState.SCHEDULED: Badge("Planned", "busy", "clock", "It goes out by itself at its time."),
    RunState.SENT: Badge(
        "Sent", "good", "check", "Its letters were promised; the log says what became of them."
    ),
    RunState.SKIPPED: Badge("Left out", "quiet", "minus", "On purpose; the reason is beside it."),
    RunState.MISSED: Badge("Missed", "bad", "alert", "Its time passed. Run it now, or leave it out."),
    RunState.FAILED: Badge(
        "Failed", "bad", "stop", "It could not be written. It is tried again every 15 minutes."
    ),
}


def rule_label(name: str) -> str:
    """Return what staff call a rule, or the digest of one."""
    if name in RULES:
        return RULES.get(name).label
    parent = name.removesuffix("_digest")
    return f"{RULES.get(parent).label}: digest to support" if parent in RULES else name


def _number(name: str) -> int | None:
    value = request.args.get(name, type=int)
    return value if value is not None and 0 < value < 2**63 else None


def read_filter() -> RunFilter:
    """Read the filters of the address; what belongs to others is not there."""
    scope = current_scope()
    rule, state = request.args.get("rule", ""), request.args.get("state", "")
    wanted = RunFilter(
        programme_id=_number("programme"),
        event_id=_number("event"),
        rule=rule if rule in RULES else None,
        state=state if state in set(RunState) else None,
    )
    if wanted.programme_id is not None:
        get_programme(scope, wanted.programme_id)
    if wanted.event_id is not None:
        get_event(scope, wanted.event_id)
    return wanted


@blueprint.get("")
def index() -> str:
    """List runs, what comes next first: ``?programme= &event= &rule= &state= &page=``."""
    scope = current_scope()
    wanted = read_filter()
    page = min(_number("page") or 0, LAST_PAGE)
    found = page_runs(scope, wanted, page=page, size=PAGE_SIZE)
    lines = found[:PAGE_SIZE]
    batches = [run.batch for run, _ in lines if run.batch]
    kept: dict[str, Any] = {
        "programme": wanted.programme_id,
        "event": wanted.event_id,
        "rule": wanted.rule,
        "state": wanted.state,
    }
    counts = count_runs(scope, wanted)
    others = {**kept, "state": None}
    tabs = [("All", url_for(".index", **others), sum(counts.values()))]
    tabs += [
        (badge.label, url_for(".index", **{**kept, "state": state.value}), counts.get(state, 0))
        for state, badge in STATES.items()
    ]
    programmes = find_programmes(scope)
    return render_template(
        "staff/rules/index.html",
        lines=lines,
        label=rule_label,
        states=STATES,
        letters=count_letters(batches),
        shoots=find_shoots(batches),
        tabs=tabs,
        tab=STATES[RunState(wanted.state)].label if wanted.state else "All",
        wanted=wanted,
        is_filtered=any(kept.values()),
        programmes=programmes,
        events=find_events(scope),
        calendar_url=url_for("rules_calendar.index", **kept),
        rules=[rule for _, rule in RULES.items()],
        switches=_switches(programmes),
        may_switch=may_switch(scope),
        pager={
            "previous_url": url_for(".index", **kept, page=page - 1 or None) if page else None,
            "next_url": url_for(".index", **kept, page=page + 1) if len(found) > PAGE_SIZE else None,
            "note": "What comes next first, then the past.",
        },
    )


def _switches(programmes: list[Programme]) -> list[tuple[Programme, dict[str, bool]]]:
    """Return, for each programme seen whole, its rules and whether each is on."""
    off = find_switched_off({programme.id for programme in programmes})
    return [
        (programme, {name: name not in off.get(programme.id, frozenset()) for name in RULES})
        for programme in programmes
    ]


@blueprint.get(f"/{ID}")
def show(run_id: int) -> str:
    """Show one run: who would get what if it went out now, one letter as it would be, and what can be done.

    ``?person=`` names whose letter to show.
    """
    scope = current_scope()
    run = get_run(scope, run_id)
    event: Event = get_event(scope, run.event_id)
    is_rule = run.rule in RULES
    sample = look_at_run(scope=scope, run_id=run_id, person_id=_number("person"), now=now())
    batches = [run.batch] if run.batch else []
    return render_template(
        "staff/rules/show.html",
        run=run,
        event=event,
        rule=RULES.get(run.rule) if is_rule else None,
        title=rule_label(run.rule),
        badge=STATES[RunState(run.state)],
        sample=sample,
        words_url=_words_url(run, RULES.get(run.rule)) if is_rule else None,
        dry=dry_run_rule(scope=scope, run_id=run_id, now=now()) if is_rule else None,
        letters=count_letters(batches).get(run.batch or "", {}),
        shoots=find_shoots(batches).get(run.batch or "", []),
        may_run=is_rule
        and may_decide(scope, run.programme_id)
        and scope.may_send(run.programme_id, run.event_id),
        may_skip=may_decide(scope, run.programme_id) and run.state not in {RunState.SENT, RunState.SKIPPED},
    )


def _words_url(run: RuleRun, rule: Rule) -> str | None:
    """Return where the words of a rule's letters are edited for its event, if there is such a page."""
    named: dict[str, Any] = {"role": rule.role, "place": f"event-{run.event_id}"}
    for endpoint in ("templates.show", "templates.index"):
        if endpoint in current_app.view_functions and may_open(endpoint):
            try:
                return url_for(endpoint, **named)
            except BuildError:
                continue
    return None


@blueprint.get(f"/{ID}/letter")
def frame(run_id: int) -> ResponseReturnValue:
    """Show nothing but one letter of a run, under a policy that lets nothing in it act: ``?person=``."""
    g.csp = LETTER
    sample = look_at_run(scope=current_scope(), run_id=run_id, person_id=_number("person"), now=now())
    if sample is None or sample.letter is None:
        words = sample.problem if sample else "There is nobody to write to."
        return words, 422, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return sample.letter.html, 200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


def _decide(run_id: int, deed: Callable[[], str]) -> ResponseReturnValue:
    """Do something about a run, say what came of it, and go back to its page."""
    get_run(current_scope(), run_id)  # who may not see it is told nothing
    try:
        flash(deed(), "success")
    except PostroomError as error:
        if error.status in {403, 404}:
            raise
        flash(error.message, "error")
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.post(f"/{ID}/run")
def run(run_id: int) -> ResponseReturnValue:
    """Send a run's letters now."""

    def deed() -> str:
        count = run_now(scope=current_scope(), run_id=run_id, now=now())
        return f"{plural(count, 'letter')} on the way."

    return _decide(run_id, deed)


@blueprint.post(f"/{ID}/skip")
def skip(run_id: int) -> ResponseReturnValue:
    """Leave a run out, with the reason."""

    def deed() -> str:
        skip_run(scope=current_scope(), run_id=run_id, reason=request.form.get("reason", ""))
        return "Left out. It goes out only if somebody runs it by hand."

    return _decide(run_id, deed)


@blueprint.post("/switch")
def switch() -> ResponseReturnValue:
    """Switch a rule on or off for a programme."""
    programme_id = request.form.get("programme", type=int) or 0
    is_enabled = request.form.get("enabled") == "1"
    get_programme(current_scope(), programme_id)
    try:
        switch_rule(
            scope=current_scope(),
            programme_id=programme_id,
            rule=request.form.get("rule", ""),
            is_enabled=is_enabled,
        )
    except StaffError as error:
        flash(error.message, "error")
    else:
        flash("Switched on." if is_enabled else "Switched off. What was planned is left out.", "success")
    return redirect(url_for(".index", programme=programme_id), 303)

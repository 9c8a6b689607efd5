"""Uncertain letters: a worklist with what is known of each, and decisions about one, some or all of a shoot."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.mail.actions.schedule_steering import resend_uncertain
from webapp.mail.actions.uncertain import count_as_sent, leave_letters
from webapp.mail.domain.evidence import STANDING_WORDS, Standing, weigh
from webapp.mail.domain.report_log import Key, LogFilter
from webapp.mail.domain.states import EmailState
from webapp.mail.domain.uncertain import ASK_ABOVE, MOST, Chosen, Deciding, Decision
from webapp.mail.queries.evidence import find_evidence
from webapp.mail.queries.report_list import find_subjects
from webapp.mail.queries.report_log import page_letters
from webapp.mail.queries.schedule import get_shoot
from webapp.mail.queries.uncertain import find_doubtful, find_doubtful_shoots
from webapp.mail.queries.uncertain_plan import Plan, find_plan
from webapp.people.domain.scope import Scope
from webapp.web.formats import plural
from webapp.web.forms.choices import read_id
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.letter_send import read_number
from webapp.web.states import Badge

blueprint = StaffBlueprint("uncertain", __name__, url_prefix="/uncertain")

PAGE = 30  # letters
SHOWN = 20  # recipients that a question names; its number counts all
BADGES = {
    Standing.ARRIVED: Badge(STANDING_WORDS[Standing.ARRIVED].capitalize(), "good", "check"),
    Standing.CAME_BACK: Badge(STANDING_WORDS[Standing.CAME_BACK].capitalize(), "bad", "alert"),
    Standing.UNKNOWN: Badge(STANDING_WORDS[Standing.UNKNOWN].capitalize(), "warn", "question"),
}
NAMES = {
    Decision.LEAVE: "Leave as they are",
    Decision.COUNT_AS_SENT: "Count as sent",
    Decision.SEND_AGAIN: "Send again",
}
MEANINGS = {
    Decision.LEAVE: "They stay uncertain and leave this list. Nothing is sent, and their history says that you looked.",
    Decision.COUNT_AS_SENT: "They count as sent from now on, because of what is known. Nothing is sent.",
    Decision.SEND_AGAIN: "The same letter goes out once more, as a shoot of its own. Whoever has it already gets it"
    " twice. Opt-outs and suppressed addresses are judged anew; the old rows stay as they are.",
}


def read_key(text: str) -> Key | None:
    """Return the letter that ``12-340`` names, None where that names none."""
    shoot_id, _, seq = text.partition("-")
    if read_id(shoot_id) is not None and read_id(seq) is not None and len(seq) < 10:
        return Key(int(shoot_id), int(seq))
    return None


@blueprint.get("")
def index() -> str:
    """List letters that wait for a decision, with what is known of each: ``?shoot= &older= &newer=``."""
    scope = current_scope()
    shoot_id = read_id(request.args.get("shoot", ""))
    shoot = get_shoot(scope, shoot_id) if shoot_id is not None else None
    page = page_letters(
        scope,
        LogFilter(shoot_id=shoot_id, state=EmailState.UNCERTAIN, reason=""),
        older_than=read_key(request.args.get("older", "")),
        newer_than=read_key(request.args.get("newer", "")),
        limit=PAGE,
    )
    letters = find_doubtful(scope, Chosen(keys=tuple(line.key for line in page.lines)))
    evidence = find_evidence(letters)
    shoots, shoot_count, letter_count = find_doubtful_shoots(scope)

    def onward(name: str, key: Key | None) -> str | None:
        kept: dict[str, Any] = {"shoot": shoot_id, name: f"{key.shoot_id}-{key.seq}"} if key else {}
        return url_for(".index", **kept) if key else None

    return render_template(
        "staff/uncertain/index.html",
        letters=letters,
        evidence=evidence,
        badges={key: BADGES[weigh(found)] for key, found in evidence.items()},
        subjects=find_subjects(scope, {letter.shoot_id for letter in letters} | {shoot_id or 0}),
        shoot=shoot,
        shoots=shoots,
        shoot_count=shoot_count,
        letter_count=letter_count,
        decisions=_offered(scope, [(one.programme_id, one.event_id) for one in letters]),
        pager={
            "previous_url": onward("newer", page.newer_than),
            "next_url": onward("older", page.older_than),
            "note": "Newest shoot first." if letters else "",
        },
    )


def _offered(scope: Scope, places: list[tuple[int | None, int | None]]) -> list[tuple[str, str]]:
    """Return what may be decided about letters of these places."""
    may_send = any(scope.may_send(programme_id, event_id) for programme_id, event_id in places)
    return [(one.value, NAMES[one]) for one in Decision if may_send or one != Decision.SEND_AGAIN]


def _read(given: Any) -> tuple[Decision, Chosen]:
    """Return what a query or form asks for: ``do``, and ``shoot`` or some ``rowid``.

    Raises:
        NotFoundError: it names no decision, or a letter that cannot be.
        StaffError: too many letters are named.
    """
    keys = [read_key(text) for text in given.getlist("rowid")]
    shoot_id = read_id(given.get("shoot", ""))
    if given.get("do") not in set(Decision) or None in keys:
        raise NotFoundError("There is no such decision or letter.")
    if len(keys) > MOST:
        raise StaffError(f"At most {MOST} letters can be named at once; decide about all of a shoot instead.")
    if shoot_id is not None:
        return Decision(given["do"]), Chosen(shoot_id=shoot_id)
    return Decision(given["do"]), Chosen(keys=tuple(key for key in keys if key is not None))


@blueprint.get("/decide")
def decide() -> ResponseReturnValue:
    """Show first to which letters something would be done: ``?do=leave|sent|again`` and ``&shoot=`` or ``&rowid=…``."""
    if not request.args.get("do"):
        return redirect(url_for(".index"))
    decision, chosen = _read(request.args)
    if chosen.shoot_id is None and not chosen.keys:
        flash("Tick some letters first, then choose what to do with them.", "info")
        return redirect(url_for(".index"))
    return _question(find_plan(current_scope(), decision, chosen), decision, chosen)


def _question(plan: Plan, decision: Decision, chosen: Chosen, refusal: StaffError | None = None) -> str:
    """Return the page that asks."""
    shoot_ids = {letter.shoot_id for letter in plan.letters}
    return render_template(
        "staff/uncertain/decide.html",
        plan=plan,
        decision=decision,
        chosen=chosen,
        name=NAMES[decision],
        meaning=MEANINGS[decision],
        shown=plan.letters[:SHOWN],
        badges={letter.key: BADGES[plan.standing(letter)] for letter in plan.letters[:SHOWN]},
        subjects=find_subjects(current_scope(), shoot_ids | {chosen.shoot_id or 0}),
        ask_above=ASK_ABOVE,
        refusal=refusal,
    )


@blueprint.post("/decide")
def do_decide() -> ResponseReturnValue:
    """Do it, if it is still what was shown."""
    decision, chosen = _read(request.form)
    scope = current_scope()
    deciding = Deciding(
        chosen,
        shown_count=read_number(request.form.get("shown_count", "")) or 0,
        typed_count=read_number(request.form.get("number", "")),
    )
    try:
        again = _act(scope, decision, deciding)
    except ConflictError as error:
        flash(error.message, "error")
        return redirect(url_for(".index", shoot=chosen.shoot_id), 303)
    except StaffError as error:
        plan = find_plan(scope, decision, chosen)
        if plan.letters:
            return _question(plan, decision, chosen, error), 422
        flash(error.message, "error")
        return redirect(url_for(".index", shoot=chosen.shoot_id), 303)
    return redirect(url_for("shoots.show", shoot_id=again) if again else url_for(".index"), 303)


def _act(scope: Scope, decision: Decision, deciding: Deciding) -> int | None:
    """Do what was decided and say what came of it; return the new shoot where there is a single one."""
    if decision == Decision.SEND_AGAIN:
        shoots = resend_uncertain(scope=scope, deciding=deciding)
        flash(f"{plural(sum(count for _, count in shoots), 'letter')} on the way again.", "success")
        return shoots[0][0] if len(shoots) == 1 else None
    if decision == Decision.COUNT_AS_SENT:
        count = count_as_sent(scope=scope, deciding=deciding)
        flash(f"{plural(count, 'letter counts', 'letters count')} as sent now.", "success")
    else:
        count = leave_letters(scope=scope, deciding=deciding)
        flash(f"{plural(count, 'letter stays as it is', 'letters stay as they are')}.", "success")
    return None

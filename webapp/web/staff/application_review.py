"""One application: its answers, scoring it, what the others think, deciding, and its history."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, StaffError
from webapp.programme.actions.attend_rsvp import ANSWERS, override_rsvp
from webapp.programme.actions.attend_withdraw import withdraw_on_behalf
from webapp.programme.actions.review import score_application
from webapp.programme.actions.wave_decide import change_announced, rank_waiting
from webapp.programme.domain.application_states import Rsvp
from webapp.programme.domain.reviewing import HIGHEST, LOWEST
from webapp.programme.domain.wave import DECISION_NAMES
from webapp.programme.queries.review_list import get_reviewed_event
from webapp.programme.queries.review_one import (
    draw_next,
    find_answers,
    find_history,
    find_reviews,
    get_application,
)
from webapp.web.staff.access import StaffBlueprint, current_scope, for_reviewers
from webapp.web.staff.applications_page import DECISION_BUTTONS, ID, RSVP_WORDS, VERB_WORDS, score_words

blueprint = StaffBlueprint("application_review", __name__, url_prefix=f"/events/<{ID}:event_id>/applications")


@blueprint.get("/draw")
@for_reviewers
def draw(event_id: int) -> ResponseReturnValue:
    """Go to an application that one has not scored yet."""
    scope = current_scope()
    get_reviewed_event(scope, event_id)
    found = draw_next(event_id, scope.user_id)
    if found is None:
        flash("You have looked at every application.", "success")
        return redirect(url_for("application_list.index", event_id=event_id))
    return redirect(url_for(".show", event_id=event_id, application_id=found))


@blueprint.get(f"/<{ID}:application_id>")
@for_reviewers
def show(event_id: int, application_id: int) -> str:
    """Show one application."""
    return _page(event_id, application_id)


def _page(event_id: int, application_id: int, refused: StaffError | ConflictError | None = None) -> str:
    scope = current_scope()
    row = get_application(scope, event_id, application_id)
    decides = scope.sees(row.programme_id, row.event_id)
    return render_template(
        "staff/applications/show.html",
        event=get_reviewed_event(scope, event_id),
        row=row,
        answers=find_answers(scope, row),
        sheet=find_reviews(row, scope.user_id),
        history=find_history(row.id) if decides else [],
        decides=decides,
        scores=range(LOWEST, HIGHEST + 1),
        decisions=DECISION_BUTTONS,
        decision_names=DECISION_NAMES,
        rsvp_words=RSVP_WORDS,
        verb_words=VERB_WORDS,
        score_words=score_words,
        given=request.form,
        refused=refused,
    )


@blueprint.post(f"/<{ID}:application_id>/score")
@for_reviewers
def score(event_id: int, application_id: int) -> ResponseReturnValue:
    """Write down what one thinks; then stay, or draw the next."""
    text = request.form.get("score", "")
    try:
        if text not in {"abstain", *(str(n) for n in range(LOWEST, HIGHEST + 1))}:
            raise StaffError(f"Choose {LOWEST} to {HIGHEST}, or abstain.", field="score")
        score_application(
            scope=current_scope(),
            event_id=event_id,
            application_id=application_id,
            score=None if text == "abstain" else int(text),
            comment=request.form.get("comment", ""),
        )
    except StaffError as error:
        return _page(event_id, application_id, error), 422
    flash("Your score is kept.", "success")
    if request.form.get("then") == "draw":
        return redirect(url_for(".draw", event_id=event_id), 303)
    return redirect(url_for(".show", event_id=event_id, application_id=application_id), 303)


@blueprint.post(f"/<{ID}:application_id>/change")
def change(event_id: int, application_id: int) -> ResponseReturnValue:
    """Decide anew about somebody who was told already."""
    try:
        is_taken_back = change_announced(
            scope=current_scope(),
            event_id=event_id,
            application_id=application_id,
            decision=request.form.get("decision", ""),
            reason=request.form.get("reason", ""),
            is_confirmed=request.form.get("confirmed") == "1",
            now=now(),
        )
    except StaffError as error:
        return _page(event_id, application_id, error), 422
    words = "The letter that was held is taken back. " if is_taken_back else ""
    flash(f"{words}Changed. They are told with the next announcement.", "success")
    return redirect(url_for(".show", event_id=event_id, application_id=application_id), 303)


@blueprint.post(f"/<{ID}:application_id>/rank")
def rank(event_id: int, application_id: int) -> ResponseReturnValue:
    """Say as which one they move up from the waiting list."""
    text = request.form.get("rank", "").strip()
    try:
        if text and not (text.isascii() and text.isdigit()):
            raise StaffError("A rank is 1, 2, 3 and so on.", field="rank")
        rank_waiting(
            scope=current_scope(),
            event_id=event_id,
            application_id=application_id,
            rank=int(text) if text else None,
        )
    except StaffError as error:
        return _page(event_id, application_id, error), 422
    return redirect(url_for(".show", event_id=event_id, application_id=application_id), 303)


@blueprint.post(f"/<{ID}:application_id>/rsvp")
def override(event_id: int, application_id: int) -> ResponseReturnValue:
    """Store an answer that reached the organizers by another way, with the reason."""
    get_application(current_scope(), event_id, application_id)
    answer = request.form.get("answer", "")
    try:
        override_rsvp(
            scope=current_scope(),
            application_id=application_id,
            answer=Rsvp(answer) if answer in ANSWERS else Rsvp.NONE,
            reason=request.form.get("rsvp_reason", ""),
            now=now(),
        )
    except (StaffError, ConflictError) as error:
        return _page(event_id, application_id, error), error.status
    flash(f"Stored: {RSVP_WORDS[Rsvp(answer)]}. No letter is sent.", "success")
    return redirect(url_for(".show", event_id=event_id, application_id=application_id), 303)


@blueprint.post(f"/<{ID}:application_id>/withdraw")
def withdraw(event_id: int, application_id: int) -> ResponseReturnValue:
    """Take an application back on behalf of its applicant, with the reason; asked once more without scripts."""
    get_application(current_scope(), event_id, application_id)
    try:
        if request.form.get("confirmed") != "1":
            raise StaffError("Say that you mean it: it cannot be taken back.", field="confirmed")
        withdraw_on_behalf(
            scope=current_scope(),
            application_id=application_id,
            reason=request.form.get("withdraw_reason", ""),
            now=now(),
        )
    except (StaffError, ConflictError) as error:
        return _page(event_id, application_id, error), error.status
    flash("Withdrawn. They get a letter that confirms it.", "success")
    return redirect(url_for(".show", event_id=event_id, application_id=application_id), 303)

"""Today: what is going out, what comes next, what wants a decision, and what to do first in an empty Postroom."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for

from webapp.core.clock import now
from webapp.mail.domain.report import ShootSummary
from webapp.mail.domain.states import ShootState
from webapp.mail.queries.letter_list import LetterFilter, page_letters
from webapp.mail.queries.report import find_summaries
from webapp.mail.queries.report_list import (
    DECISIONS,
    LOOK_BACK,
    RUNNING,
    ShootLine,
    find_latest_ended,
    find_shoots_in,
    find_with_trouble,
)
from webapp.people.domain.scope import Scope
from webapp.web.formats import plural
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.shoots_page import bar_parts, log_url

blueprint = StaffBlueprint("home", __name__)

RECENT = 5  # letters and shoots


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that wants a look: the shoot, what is the matter, and the one thing to do about it."""

    line: ShootLine
    words: str
    action: str
    href: str


def _decision(line: ShootLine, summary: ShootSummary) -> Concern:
    """Return what a shoot that was stopped or missed asks for."""
    page = url_for("shoots.show", shoot_id=line.shoot_id)
    if line.state == ShootState.MISSED:
        return Concern(
            line, "Its time passed while nothing could send. It goes out only if you say so.", "Decide", page
        )
    return Concern(line, summary.state_reason or "A guard stopped it.", "See why", page)


def _trouble(line: ShootLine, summary: ShootSummary) -> list[Concern]:
    """Return what failed and uncertain letters of a shoot ask for."""
    concerns = []
    if summary.uncertain:
        words = f"{plural(summary.uncertain, 'letter')} handed over without an answer: perhaps there, perhaps not."
        href = log_url(line.shoot_id, "uncertain")
        concerns.append(Concern(line, words, f"Look at {plural(summary.uncertain, 'letter')}", href))
    if summary.failed_count:
        words = f"{plural(summary.failed_count, 'letter')} failed."
        href = log_url(line.shoot_id, "failed")
        concerns.append(Concern(line, words, f"Look at {plural(summary.failed_count, 'letter')}", href))
    return concerns


def _concerns(scope: Scope) -> list[Concern]:
    """Return everything that wants a look, decisions first."""
    decisions = find_shoots_in(scope, DECISIONS)
    troubled = find_with_trouble(scope, now() - LOOK_BACK)
    summaries = find_summaries(scope, [line.shoot_id for line in (*decisions, *troubled)])
    concerns = [_decision(line, summaries[line.shoot_id]) for line in decisions]
    for line in troubled:
        concerns += _trouble(line, summaries[line.shoot_id])
    return concerns


def _with_numbers(scope: Scope, lines: Sequence[ShootLine]) -> list[dict[str, object]]:
    """Return shoots with their numbers and the parts of their bars."""
    summaries = find_summaries(scope, [line.shoot_id for line in lines])
    return [
        {"line": line, "summary": summaries[line.shoot_id], "parts": bar_parts(summaries[line.shoot_id])}
        for line in lines
    ]


def _view(scope: Scope) -> dict[str, object]:
    """Gather what lives on the page."""
    return {
        "running": _with_numbers(scope, find_shoots_in(scope, RUNNING)),
        "scheduled": _with_numbers(scope, find_shoots_in(scope, [ShootState.SCHEDULED])),
        "concerns": _concerns(scope),
        "ended": _with_numbers(scope, find_latest_ended(scope, RECENT)),
    }


@blueprint.get("/")
def index() -> str:
    """Show today."""
    scope = current_scope()
    view = _view(scope)
    letters = page_letters(scope, LetterFilter(), limit=RECENT)
    return render_template(
        "staff/home/index.html", **view, letters=letters, is_new=not (letters or any(view.values()))
    )


@blueprint.get("/today/live")
def live() -> str:
    """Give the part of the page that asks anew every few seconds."""
    return render_template("staff/home/_live.html", **_view(current_scope()))

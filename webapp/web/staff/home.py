"""Today: what needs attention, who was not told, what goes out next, what is going out, and the first steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for

from webapp.core.clock import now
from webapp.mail.domain.letter_roles import label_roles
from webapp.mail.domain.states import ShootState
from webapp.mail.queries.letter_list import LetterFilter, page_letters
from webapp.mail.queries.report import find_summaries
from webapp.mail.queries.report_list import RUNNING, ShootLine, find_latest_ended, find_shoots_in
from webapp.mail.queries.waiting_shoots import HeldBatch, find_held
from webapp.people.domain.scope import Scope
from webapp.programme.domain.batches import way_of_batch
from webapp.programme.queries.today import NextRun, find_next_runs, find_not_told, find_places_free
from webapp.web.formats import plural
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.concerns_page import address_of, gather_concerns
from webapp.web.staff.place_names import PlaceNames
from webapp.web.staff.rules import rule_label
from webapp.web.staff.shoots_page import bar_parts

blueprint = StaffBlueprint("home", __name__)

RECENT = 5  # letters and shoots
SHOWN = 6  # events, and of each sort of letters that come
AHEAD = timedelta(days=7)  # how far rules are looked ahead


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that goes out by itself.

    Args:
        at: when; None for at once, or as soon as what it waits for has happened.
        title: what it is.
        href: its page.
        words: to whom, or how many.
        place: where it belongs; "" where the title says it.
        action: what can be done about it meanwhile.
    """

    at: datetime | None
    title: str
    href: str
    words: str
    place: str
    action: str


def _with_numbers(scope: Scope, lines: Sequence[ShootLine]) -> list[dict[str, object]]:
    """Return shoots with their numbers and the parts of their bars."""
    summaries = find_summaries(scope, [line.shoot_id for line in lines])
    return [
        {"line": line, "summary": summaries[line.shoot_id], "parts": bar_parts(summaries[line.shoot_id])}
        for line in lines
    ]


def _scheduled(scope: Scope) -> list[Coming]:
    """Return the shoots that somebody has planned."""
    lines = find_shoots_in(scope, [ShootState.SCHEDULED], SHOWN)
    summaries = find_summaries(scope, [line.shoot_id for line in lines])
    names = PlaceNames((line.programme_id, line.event_id) for line in lines)
    return [
        Coming(
            at=line.scheduled_at,
            title=line.subject,
            href=url_for("shoots.show", shoot_id=line.shoot_id),
            words=f"To {plural(expected, 'person', 'people')} as far as known."
            if (expected := summaries[line.shoot_id].expected)
            else "",
            place=names.of(line.programme_id, line.event_id),
            action="Send now or cancel",
        )
        for line in lines
    ]


def _held(scope: Scope) -> list[Coming]:
    """Return what is written and held for the undo time, or until something is ready."""
    batches = find_held(scope, SHOWN, is_late=False, now=now())
    names = PlaceNames((one.programme_id, one.event_id) for one in batches)
    return [_held_line(scope, one, names) for one in batches]


def _held_line(scope: Scope, held: HeldBatch, names: PlaceNames) -> Coming:
    waits = " They also wait for the event’s mailbox." if held.gate else ""
    return Coming(
        at=held.until,
        title=label_roles(held.causes),
        href=address_of(
            way_of_batch(scope, held.batch, held.shoot_id, held.programme_id, held.event_id),
        ),
        words=f"{plural(held.letter_count, 'letter')} held; until then they can be taken back.{waits}",
        place=names.of(held.programme_id, held.event_id),
        action="Look or undo",
    )


def _by_rule(run: NextRun) -> Coming:
    return Coming(
        at=run.due_at,
        title=rule_label(run.rule),
        href=url_for("rules.show", run_id=run.run_id),
        words="By rule.",
        place=run.event_name,
        action="See who gets it",
    )


def _view(scope: Scope) -> dict[str, object]:
    """Gather what lives on the page, but for what needs attention."""
    runs = find_next_runs(scope, now() + AHEAD, SHOWN)
    coming = [*_held(scope), *_scheduled(scope), *map(_by_rule, runs)]
    return {
        "running": _with_numbers(scope, find_shoots_in(scope, RUNNING)),
        "not_told": find_not_told(scope, SHOWN),
        "places_free": find_places_free(scope, now().date(), SHOWN),
        "coming": sorted(coming, key=lambda one: (one.at is not None, one.at or now())),
        "more_runs": runs[0].count - len(runs) if runs else 0,
        "ended": _with_numbers(scope, find_latest_ended(scope, RECENT)),
    }


@blueprint.get("/")
def index() -> str:
    """Show today."""
    scope = current_scope()
    view, groups = _view(scope), gather_concerns(scope)
    letters = page_letters(scope, LetterFilter(), limit=RECENT)
    return render_template(
        "staff/home/index.html",
        **view,
        groups=groups,
        letters=letters,
        is_new=not (letters or groups or any(view.values())),
    )


@blueprint.get("/today/live")
def live() -> str:
    """Give the part of the page that asks anew every few seconds."""
    return render_template("staff/home/_live.html", **_view(current_scope()))


@blueprint.get("/today/concerns")
def concerns() -> str:
    """Give what needs attention, which asks anew every half minute."""
    return render_template("staff/home/_concerns.html", groups=gather_concerns(current_scope()))

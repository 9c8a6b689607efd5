"""Watch shoots: the list, and a page for each that lives while letters go out, with what can be done to it."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ConflictError, StaffError
from webapp.mail.actions.report import export_letters
from webapp.mail.actions.schedule_steering import cancel_shoot, pause_shoot, resend_letters, resume_shoot
from webapp.mail.domain.states import ShootState
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import find_resends, find_summaries
from webapp.mail.queries.report_list import ShootFilter, find_authors, page_shoots
from webapp.mail.queries.schedule import get_shoot
from webapp.people.domain.scope import Scope
from webapp.programme.queries.events import find_events, find_programmes, get_event
from webapp.web.formats import instant, plural
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.shoots_export import stream_csv
from webapp.web.staff.shoots_page import audience_words, bar_parts, cause_of, is_over_for_good, watch_shoot
from webapp.web.theme import reader_zone

blueprint = StaffBlueprint("shoots", __name__, url_prefix="/shoots")

ID = "<int(max=9223372036854775807):shoot_id>"  # what fits the column; anything longer is no shoot of ours
STOP_POLLING = 286  # htmx's word for: that was the last one


def _number(name: str) -> int | None:
    """Return a number of the query, None where it is none or none that a row could have."""
    value = request.args.get(name, type=int)
    return value if value is not None and 0 <= value < 2**63 else None


def place_names(scope: Scope) -> tuple[dict[int, str], dict[int, str]]:
    """Return the names of the programmes and of the events that may be seen, by id."""
    programmes = {programme.id: programme.name for programme in find_programmes(scope)}
    return programmes, {event.id: event.name for event in find_events(scope)}


@blueprint.get("")
def index() -> str:
    """List shoots, newest first: ``?state= &event= &automatic=1 &tests=1 &older= &newer=``."""
    scope = current_scope()
    state = request.args.get("state", "")
    wanted = ShootFilter(
        state=state if state in set(ShootState) else None,
        event_id=_number("event"),
        is_test=request.args.get("tests") == "1",
        is_automatic=request.args.get("automatic") == "1" or state == ShootState.HELD,
    )
    if wanted.event_id is not None:
        get_event(scope, wanted.event_id)  # 404 for those of others, like everywhere
    page = page_shoots(
        scope,
        wanted,
        older_than=_number("older"),
        newer_than=_number("newer"),
    )
    summaries = find_summaries(scope, [line.shoot_id for line in page.lines])
    programmes, events = place_names(scope)
    kept: dict[str, Any] = {
        "state": wanted.state,
        "event": wanted.event_id,
        "automatic": 1 if wanted.is_automatic else None,
        "tests": 1 if wanted.is_test else None,
    }
    return render_template(
        "staff/shoots/index.html",
        lines=page.lines,
        summaries=summaries,
        bars={shoot_id: bar_parts(summary) for shoot_id, summary in summaries.items()},
        authors=find_authors(line.author_id for line in page.lines),
        programmes=programmes,
        events=events,
        wanted=wanted,
        is_filtered=any(kept.values()),
        states=list(ShootState),
        pager={
            "previous_url": url_for(".index", **kept, newer=page.newer_than) if page.newer_than else None,
            "next_url": url_for(".index", **kept, older=page.older_than) if page.older_than else None,
            "note": "Newest first.",
        },
    )


@blueprint.get(f"/{ID}")
def show(shoot_id: int) -> str:
    """Show one shoot; its upper part asks anew every two seconds until it has ended."""
    scope = current_scope()
    shoot = get_shoot(scope, shoot_id)
    view = watch_shoot(scope, shoot)
    included, excluded = audience_words(shoot, scope)
    programmes, events = place_names(scope)
    return render_template(
        "staff/shoots/show.html",
        view=view,
        shoot=shoot,
        is_living=not is_over_for_good(view.summary),
        included=included,
        excluded=excluded,
        programme=programmes.get(shoot.programme_id or 0),
        event=events.get(shoot.event_id or 0),
        author=find_authors([shoot.author_id]).get(shoot.author_id or 0),
        resends=find_resends(scope, shoot_id),
        set_in_zone=_in_its_own_zone(shoot),
        cause=cause_of(shoot),
    )


@blueprint.get(f"/{ID}/live")
def live(shoot_id: int) -> ResponseReturnValue:
    """Give the living part alone; its status tells the page when to stop asking."""
    scope = current_scope()
    shoot = get_shoot(scope, shoot_id)
    view = watch_shoot(scope, shoot)
    page = render_template(
        "staff/shoots/_live.html", view=view, shoot=shoot, set_in_zone=_in_its_own_zone(shoot)
    )
    return page, STOP_POLLING if is_over_for_good(view.summary) else 200


def _in_its_own_zone(shoot: Shoot) -> str | None:
    """Return the time it was set for in the zone it was set in, where that is not the reader's."""
    if shoot.scheduled_at is None or shoot.cause is not None or shoot.timezone == reader_zone().key:
        return None
    return instant(shoot.scheduled_at, ZoneInfo(shoot.timezone))


def _steer(shoot_id: int, deed: Callable[[], str]) -> ResponseReturnValue:
    """Do something to a shoot, say what came of it, and go back to its page."""
    get_shoot(current_scope(), shoot_id)  # who may not see it is told nothing, not even that it is in a state
    try:
        flash(deed(), "success")
    except (ConflictError, StaffError) as error:
        flash(error.message, "error")
    return redirect(url_for(".show", shoot_id=shoot_id), 303)


@blueprint.post(f"/{ID}/pause")
def pause(shoot_id: int) -> ResponseReturnValue:
    """Pause a shoot."""

    def deed() -> str:
        pause_shoot(scope=current_scope(), shoot_id=shoot_id)
        return "Paused. What is in a worker's hands still goes out; nothing else does."

    return _steer(shoot_id, deed)


@blueprint.post(f"/{ID}/resume")
def resume(shoot_id: int) -> ResponseReturnValue:
    """Go on with a shoot that was stopped, or begin one now that was to begin later."""

    def deed() -> str:
        resume_shoot(scope=current_scope(), shoot_id=shoot_id)
        return "Off it goes."

    return _steer(shoot_id, deed)


@blueprint.post(f"/{ID}/cancel")
def cancel(shoot_id: int) -> ResponseReturnValue:
    """End a shoot for good."""

    def deed() -> str:
        cancel_shoot(scope=current_scope(), shoot_id=shoot_id)
        return "Cancelled. What has been sent stays sent."

    return _steer(shoot_id, deed)


@blueprint.post(f"/{ID}/resend")
def resend(shoot_id: int) -> ResponseReturnValue:
    """Send the letters that failed once more, as a shoot of their own."""
    scope = current_scope()
    get_shoot(scope, shoot_id)
    try:
        again_id, count = resend_letters(scope=scope, shoot_id=shoot_id)
    except (ConflictError, StaffError) as error:
        flash(error.message, "error")
        return redirect(url_for(".show", shoot_id=shoot_id), 303)
    flash(f"{plural(count, 'letter')} on the way again. This is their own shoot.", "success")
    return redirect(url_for(".show", shoot_id=again_id), 303)


@blueprint.post(f"/{ID}/export")
def export(shoot_id: int) -> ResponseReturnValue:
    """Give the rows of a shoot as CSV; the audit trail keeps who took them."""
    return stream_csv(export_letters(scope=current_scope(), shoot_id=shoot_id), f"shoot-{shoot_id}.csv")

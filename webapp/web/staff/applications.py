"""The list of an event's applications: views, search, scores; decide, tag and export many at once."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.audit import record
from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.programme.actions.review import drop_view, save_view, tag_applications
from webapp.programme.actions.wave_decide import decide_applications, read_decision
from webapp.programme.domain.reviewing import VIEW_NAMES, SortBy
from webapp.programme.domain.wave import DECISION_NAMES
from webapp.programme.queries.events import get_event
from webapp.programme.queries.review_list import (
    PAGE_SIZE,
    count_views,
    count_views_of,
    find_ids,
    find_reviewed_events,
    find_tags,
    get_reviewed_event,
    page_applications,
)
from webapp.programme.queries.review_one import find_saved_views
from webapp.programme.queries.wave import count_places
from webapp.web.formats import plural
from webapp.web.staff.access import StaffBlueprint, current_scope, for_reviewers
from webapp.web.staff.applications_export import answer_csv, answer_xlsx, export_rows
from webapp.web.staff.applications_page import (
    DECISION_BUTTONS,
    ID,
    bar_parts,
    read_filter,
    read_ids,
    score_words,
    write_filter,
)

blueprint = StaffBlueprint("application_list", __name__)
LIST = f"/events/<{ID}:event_id>/applications"


@blueprint.get("/reviewing")
@for_reviewers
def mine() -> ResponseReturnValue:
    """List the events whose applications one may read; straight to the list where there is but one."""
    events = find_reviewed_events(current_scope())
    if len(events) == 1:
        return redirect(url_for(".index", event_id=events[0].id))
    counts = count_views_of([event.id for event in events])
    lines = [(event, sum(counts[event.id].values()), bar_parts(counts[event.id])) for event in events]
    return render_template("staff/applications/events.html", lines=lines)


@blueprint.get(LIST)
@for_reviewers
def index(event_id: int) -> str:
    """List applications: ``?view= &tag= &search= &sort= &down=1 &page=``."""
    scope = current_scope()
    event = get_reviewed_event(scope, event_id)
    wanted = read_filter(request.args)
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    page = page_applications(scope, event_id, wanted, page=number)
    counts = count_views(event_id)
    decides = scope.sees(event.programme_id, event.id)
    last = -(-page.total // PAGE_SIZE)

    def address(to: int) -> str:
        return url_for(".index", event_id=event_id, **write_filter(wanted, page=to))

    def sort_link(sort: str) -> str:
        turns = wanted.sort == sort and not wanted.is_descending
        changed = {"sort": sort, "down": 1 if turns else None}
        return url_for(".index", event_id=event_id, **write_filter(wanted, **changed))

    return render_template(
        "staff/applications/index.html",
        event=event,
        page=page,
        wanted=wanted,
        counts=counts,
        everybody=sum(counts.values()),
        places=count_places(event) if decides else None,
        tags=find_tags(event_id),
        saved=find_saved_views(scope.user_id, event_id),
        decides=decides,
        view_names=VIEW_NAMES,
        sorts=list(SortBy),
        sort_link=sort_link,
        kept=write_filter(wanted),
        query=request.query_string.decode("ascii", "ignore"),
        decisions=DECISION_BUTTONS,
        decision_names=DECISION_NAMES,
        score_words=score_words,
        pager={
            "previous_url": address(number - 1) if number > 1 else None,
            "next_url": address(number + 1) if number < last else None,
            "note": plural(page.total, "application"),
        },
    )


def _chosen(event_id: int) -> list[int]:
    """Return the applications that a form is about: those ticked, or all that fit its filter."""
    if request.form.get("all") == "1":
        return find_ids(event_id, read_filter(request.form))
    ticked = [*request.form.getlist("rowid"), *request.form.get("ids", "").split(",")]
    return read_ids(",".join(ticked))


@blueprint.post(f"{LIST}/decide")
def decide(event_id: int) -> ResponseReturnValue:
    """Decide for the chosen ones: first say what would be done and who is left out, then do it."""
    scope = current_scope()
    event = get_event(scope, event_id)
    here = url_for(".index", event_id=event_id)
    ids = _chosen(event_id)
    try:
        decision = read_decision(request.form.get("decision", ""))
        if not ids:
            raise StaffError("Tick at least one application first.")
        is_confirmed = request.form.get("confirmed") == "1"
        decided = decide_applications(
            scope=scope,
            event_id=event_id,
            application_ids=ids,
            decision=decision,
            now=now(),
            is_dry_run=not is_confirmed,
        )
    except StaffError as error:
        flash(error.message, "error")
        return redirect(here, 303)
    if not is_confirmed:
        return render_template(
            "staff/applications/decide.html",
            event=event,
            decided=decided,
            decision=decision,
            word=DECISION_NAMES[decision],
            ids=",".join(str(i) for i in ids),
        )
    left_out = f" {plural(len(decided.skipped), 'application')} left as they were." if decided.skipped else ""
    flash(
        f"{plural(len(decided.done), 'application')} now {DECISION_NAMES[decision]}."
        f" Nobody has been told.{left_out}",
        "success" if decided.done else "info",
    )
    return redirect(here, 303)


@blueprint.post(f"{LIST}/tag")
def tag(event_id: int) -> ResponseReturnValue:
    """Put a tag on the chosen ones, or take it away."""
    get_event(current_scope(), event_id)
    word = request.form.get("tag_word", "")  # “tag” is the list's filter
    is_removed = request.form.get("remove") == "1"
    try:
        count = tag_applications(
            scope=current_scope(),
            event_id=event_id,
            application_ids=_chosen(event_id),
            add="" if is_removed else word,
            remove=word if is_removed else "",
        )
        flash(f"Changed the tags of {plural(count, 'application')}.", "success")
    except StaffError as error:
        flash(error.message, "error")
    return redirect(url_for(".index", event_id=event_id), 303)


@blueprint.post(f"{LIST}/views")
@for_reviewers
def keep_view(event_id: int) -> ResponseReturnValue:
    """Keep the list's filters under a name."""
    try:
        save_view(
            scope=current_scope(),
            event_id=event_id,
            name=request.form.get("name", ""),
            query=request.form.get("query", ""),
        )
    except StaffError as error:
        flash(error.message, "error")
    return redirect(url_for(".index", event_id=event_id), 303)


@blueprint.post(f"{LIST}/views/<{ID}:view_id>/drop")
@for_reviewers
def forget_view(event_id: int, view_id: int) -> ResponseReturnValue:
    """Forget a kept view."""
    drop_view(scope=current_scope(), event_id=event_id, view_id=view_id)
    return redirect(url_for(".index", event_id=event_id), 303)


@blueprint.post(f"{LIST}/export")
def export(event_id: int) -> ResponseReturnValue:
    """Give what fits the filter as a file; the audit trail keeps who took it."""
    scope = current_scope()
    event = get_event(scope, event_id)
    kind = request.form.get("format", "csv")
    if kind not in {"csv", "xlsx"}:
        raise NotFoundError("There is no such file.")
    with transaction():
        record(
            "applications.exported",
            "event",
            event.id,
            actor_id=scope.user_id,
            programme_id=event.programme_id,
            event_id=event.id,
            format=kind,
        )
    rows = export_rows(scope, get_event(scope, event_id), read_filter(request.form))
    answer = answer_csv if kind == "csv" else answer_xlsx
    return answer(rows, f"applications-{event.slug}")

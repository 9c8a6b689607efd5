"""Pages on which people are imported: file or paste, what the columns mean, a dry run, progress, what became of it."""

from datetime import timedelta

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from webapp.catalog.merge_fields.registration import COLUMNS
from webapp.core.clock import now
from webapp.core.errors import ConflictError, StaffError
from webapp.people.actions.import_steps import (
    cancel_import,
    get_import,
    map_import,
    paste_people,
    queue_import,
    start_check,
    upload_import,
)
from webapp.people.actions.imports import check_now
from webapp.people.domain.export import csv_lines, fault_rows
from webapp.people.domain.import_columns import DETAIL, column_letter, detail_key
from webapp.people.domain.import_report import describe_import
from webapp.people.models.membership import MembershipKind
from webapp.people.models.people_import import ImportState, PeopleImport
from webapp.people.queries.import_batches import each_fault, find_faults
from webapp.people.queries.imports import find_recent_imports
from webapp.programme.queries.events import find_events, find_programmes, get_event, get_programme
from webapp.web.formats import duration
from webapp.web.forms.imports import NOWHERE, NewImportForm, place_choices, target_choices
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.states import Badge

blueprint = StaffBlueprint("imports", __name__, url_prefix="/imports")

ID = "<int(max=9223372036854775807):import_id>"  # what fits the column; anything longer is no import of ours
SHOWN_ROWS, SHOWN_FAULTS = 8, 20
MOVING = frozenset({ImportState.CHECKING, ImportState.QUEUED, ImportState.IMPORTING})
STATES = {
    ImportState.UPLOADED: Badge("Not yet checked", "quiet", "edit", "Say what the columns mean."),
    ImportState.CHECKING: Badge("Checking", "busy", "hourglass", "A dry run counts; nobody is changed."),
    ImportState.CHECKED: Badge("Checked", "busy", "question", "It waits for somebody to say go."),
    ImportState.QUEUED: Badge("Waiting", "busy", "clock", "It waits for a worker."),
    ImportState.IMPORTING: Badge("Importing", "busy", "hourglass", "A worker writes it down, row by row."),
    ImportState.COMPLETED: Badge("Imported", "good", "check", "Every row is in or named as refused."),
    ImportState.FAILED: Badge("Failed", "bad", "alert", "It could not be done; the reason is beside it."),
    ImportState.CANCELLED: Badge("Called off", "quiet", "close", "Somebody stopped it; what was in stays."),
}


def place_name(row: PeopleImport, events: dict[int, str], programmes: dict[int, str]) -> str:
    """Return where the people of an import belong, in words."""
    if row.membership_kind is None:
        return "Only made known"
    if row.event_id is not None:
        name = events.get(row.event_id, "an event")
        return (
            f"Organizers of {name}"
            if row.membership_kind == MembershipKind.ORGANIZER
            else f"Registered for {name}"
        )
    return f"Newsletter of {programmes.get(row.programme_id or 0, 'a programme')}"


def names() -> tuple[dict[int, str], dict[int, str]]:
    """Return the names of the events and programmes that may be seen, by id."""
    scope = current_scope()
    events = find_events(scope)
    programmes = {event.programme_id: event.programme.name for event in events}
    programmes |= {programme.id: programme.name for programme in find_programmes(scope)}
    return {event.id: event.name for event in events}, programmes


@blueprint.get("")
def index() -> str:
    """List the newest imports."""
    events, programmes = names()
    rows = find_recent_imports(current_scope())
    return render_template(
        "staff/imports/index.html",
        rows=rows,
        places={row.id: place_name(row, events, programmes) for row in rows},
        states=STATES,
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Take a file or pasted addresses."""
    scope = current_scope()
    form = NewImportForm(data={"place": request.args.get("place", ""), "kind": MembershipKind.REGISTERED})
    form.place.choices = place_choices(
        [(event.id, event.name, event.programme.name) for event in find_events(scope)],
        [(programme.id, programme.name) for programme in find_programmes(scope)],
    )
    if not form.validate_on_submit():
        return render_template("staff/imports/new.html", form=form), 422 if request.method == "POST" else 200
    try:
        import_id = _take(form)
    except StaffError as error:
        name = error.field if error.field in form else "file"
        field = form[name]
        field.errors = [*field.errors, error.message]
        return render_template("staff/imports/new.html", form=form), 422
    return redirect(url_for(".columns", import_id=import_id))


def _take(form: NewImportForm) -> int:
    """Store what was given and return the import's id."""
    kind, _, number = form.place.data.partition("-")
    place: dict[str, int | str | None] = {}
    if kind == "event":
        event = get_event(current_scope(), int(number))
        place = {"programme_id": event.programme_id, "event_id": event.id, "membership_kind": form.kind.data}
    elif kind != NOWHERE:
        programme = get_programme(current_scope(), int(number))
        place = {"programme_id": programme.id, "membership_kind": MembershipKind.NEWSLETTER}
    file, text = form.file.data, form.text.data or ""
    has_file = bool(file and file.filename)
    if has_file and text.strip():
        raise StaffError("Give either a file or pasted addresses, not both.", field="text")
    if has_file:
        return upload_import(
            scope=current_scope(),
            filename=file.filename,
            content=file.read(),
            **place,  # type: ignore[arg-type]  # the names and types are those above
        )
    if not text.strip():
        raise StaffError("Choose a file, or paste addresses below.", field="file")
    return paste_people(scope=current_scope(), text=text, **place)  # type: ignore[arg-type]  # likewise


@blueprint.route(f"/{ID}/columns", methods=["GET", "POST"])
def columns(import_id: int) -> ResponseReturnValue:
    """Ask what the columns mean, beside the first rows; then let the rows be checked."""
    scope = current_scope()
    row = get_import(scope, import_id)
    mapping = row.mapping
    targets, has_heading = list(mapping["targets"]), bool(mapping["has_heading"])
    error = None
    if request.method == "POST":
        targets = [request.form.get(f"column-{index}", "")[:100] for index in range(len(targets))]
        has_heading = "has_heading" in request.form
        try:
            map_import(scope=scope, import_id=import_id, targets=targets, has_heading=has_heading)
            start_check(scope=scope, import_id=import_id)
        except StaffError as refusal:
            error = refusal.message
        else:
            check_now(scope=scope, import_id=import_id)
            return redirect(url_for(".show", import_id=import_id))
    elif row.state not in (ImportState.UPLOADED, ImportState.CHECKED, ImportState.CHECKING):
        return redirect(url_for(".show", import_id=import_id))
    usual = {key: label for key, (label, _) in COLUMNS.items()}
    page = render_template(
        "staff/imports/columns.html",
        row=row,
        place=place_name(row, *names()),
        error=error,
        has_heading=has_heading,
        letters=[column_letter(index) for index in range(len(targets))],
        targets=targets,
        choices=[
            target_choices(target, DETAIL + detail_key(mapping["headings"][index], index), usual)
            for index, target in enumerate(targets)
        ],
        first=mapping["first"][: SHOWN_ROWS + has_heading],
        reading=mapping["reading"],
    )
    return page, 422 if error else 200


@blueprint.get(f"/{ID}")
def show(import_id: int) -> ResponseReturnValue:
    """Show how far an import is: checked, under way or done."""
    row = get_import(current_scope(), import_id)
    if row.state == ImportState.UPLOADED:
        return redirect(url_for(".columns", import_id=import_id))
    is_at_work = row.state in MOVING
    return render_template(
        "staff/imports/show.html",
        row=row,
        place=place_name(row, *names()),
        badge=STATES[ImportState(row.state)],
        is_moving=is_at_work,
        time_left=time_left(row),
        faults=[] if is_at_work else find_faults(import_id, SHOWN_FAULTS),
        headings=row.mapping["headings"],
        sentence=describe_import(
            {
                "import": row.id,
                "rows": row.row_count,
                "new": row.new_count,
                "known": row.known_count,
                "changed": row.changed_count,
                "duplicates": row.duplicate_count,
                "refused": row.refused_count,
            }
        ),
        write_place=f"event-{row.event_id}" if row.event_id else f"programme-{row.programme_id}",
    )


def time_left(row: PeopleImport) -> str | None:
    """Return how long a running import still takes at its pace, where that can be said."""
    if (
        row.state != ImportState.IMPORTING
        or not row.total_count
        or not row.row_count
        or row.started_at is None
    ):
        return None
    spent: timedelta = now() - row.started_at
    return duration(spent * ((row.total_count - row.row_count) / row.row_count))


@blueprint.get(f"/{ID}/live")
def live(import_id: int) -> ResponseReturnValue:
    """Give the progress alone; when it has come to a stop, the page is loaded anew."""
    row = get_import(current_scope(), import_id)
    page = render_template(
        "staff/imports/_progress.html",
        row=row,
        badge=STATES[ImportState(row.state)],
        is_moving=row.state in MOVING,
        time_left=time_left(row),
    )
    return page, 200, {} if row.state in MOVING else {"HX-Refresh": "true"}


@blueprint.post(f"/{ID}/queue")
def queue(import_id: int) -> ResponseReturnValue:
    """Let a worker import it."""
    try:
        queue_import(scope=current_scope(), import_id=import_id)
    except (StaffError, ConflictError) as error:
        flash(error.message, "error")
    return redirect(url_for(".show", import_id=import_id))


@blueprint.post(f"/{ID}/cancel")
def cancel(import_id: int) -> ResponseReturnValue:
    """Call it off."""
    try:
        cancel_import(scope=current_scope(), import_id=import_id)
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(url_for(".show", import_id=import_id))


@blueprint.get(f"/{ID}/refused.csv")
def refused(import_id: int) -> Response:
    """Give the refused rows as a file, to be mended and imported again."""
    row = get_import(current_scope(), import_id)
    lines = csv_lines(fault_rows(row.mapping["headings"], each_fault(import_id)))
    return Response(
        stream_with_context(lines),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="import-{import_id}-refused.csv"'},
    )

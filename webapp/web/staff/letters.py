"""Pages on which letters are listed and written."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.mail.actions.compose import (
    Draft,
    FaultyLetterError,
    archive_letter,
    copy_letter,
    create_letter,
    find_faults,
    save_letter,
)
from webapp.mail.actions.compose_preview import automatic_text
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.domain.states import LetterState
from webapp.mail.queries.layouts import list_layouts
from webapp.mail.queries.letter_list import LetterFilter, count_letters, find_shoots_of, page_letters
from webapp.mail.queries.letters import find_senders
from webapp.programme.queries.events import find_events, find_programmes, get_event, get_programme
from webapp.web.forms.letters import (
    NewLetterForm,
    language_choices,
    place_choices,
    read_words,
    words_of,
    words_posted,
    words_shown,
)
from webapp.web.security_headers import EDITOR
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.letter_fields import field_groups, layouts_shown, readable
from webapp.web.staff.letter_frame import (
    STATES,
    LetterFrame,
    faults_shown,
    open_letter_frame,
    shoot_address,
)

blueprint = StaffBlueprint("letters", __name__, url_prefix="/letters")

PAGE = 50  # letters on a page of the list
FIRST_WORDS = '<p>Hello {{ person.greeting | default("there") }},</p>\n<p></p>'


@blueprint.get("/")
def index() -> str:
    """Show the letters that this person may see, the latest change first."""
    scope = current_scope()
    events = {event.id: event for event in find_events(scope)}
    programmes = {programme.id: programme for programme in find_programmes(scope)}
    kind, _, number = request.args.get("place", "").partition("-")
    key = int(number) if number.isascii() and number.isdigit() else None
    state = request.args.get("state", "")
    wanted = LetterFilter(
        text=request.args.get("search", "").strip()[:100],
        state=state if state in STATES else "",
        programme_id=key if kind == "programme" else None,
        event_id=key if kind == "event" else None,
        is_mine=request.args.get("mine") == "1",
    )
    letters = page_letters(scope, wanted, before=_read_cursor(request.args.get("before", "")), limit=PAGE + 1)
    more = letters[PAGE - 1] if len(letters) > PAGE else None
    letters = letters[:PAGE]
    return render_template(
        "staff/letters/index.html",
        letters=letters,
        shoots={
            key: (*shoot, shoot_address(shoot[0]))
            for key, shoot in find_shoots_of([letter.id for letter in letters]).items()
        },
        counts=count_letters(scope, wanted),
        wanted=wanted,
        place=request.args.get("place", ""),
        is_filtered=bool(wanted.text or wanted.state or key or wanted.is_mine),
        is_first_page=not request.args.get("before"),
        next_before=f"{more.updated_at.isoformat()}_{more.id}" if more else None,
        states=STATES,
        events=events,
        programmes=programmes,
        readable=readable,
    )


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    """Return where the page before ended; None for the first page and for anything that is no cursor."""
    at, _, number = text.partition("_")
    try:
        instant = datetime.fromisoformat(at)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)), int(number)
    except ValueError:
        return None


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask what the letter belongs to and how it is laid out, then begin it."""
    scope = current_scope()
    form = NewLetterForm(data={"layout": "simple", "place": request.args.get("place", "")})
    events = [(event.id, event.name, event.programme.name) for event in find_events(scope)]
    programmes = [(programme.id, programme.name) for programme in find_programmes(scope)]
    form.place.choices = place_choices(events, programmes, is_administrator=scope.is_administrator)
    form.layout.choices = [(layout.key, layout.title) for layout in list_layouts()]
    if request.method == "GET" and not form.place.data and len(events) == 1 and not programmes:
        form.place.data = f"event-{events[0][0]}"
    if form.validate_on_submit():
        return redirect(url_for("letters.edit", letter_id=_begin(form)))
    page = render_template("staff/letters/new.html", form=form, layouts=layouts_shown())
    return (page, 422) if request.method == "POST" else page


def _begin(form: NewLetterForm) -> int:
    """Begin a letter with what is known of its place."""
    scope = current_scope()
    kind, _, number = form.place.data.partition("-")
    programme_id = event_id = None
    locale, reason = "en", ""
    if kind == "event":
        event = get_event(scope, int(number))
        programme_id, event_id, locale = event.programme_id, event.id, event.locale
        reason = f"You get this because you registered for {event.name}."
    elif kind == "programme":
        programme = get_programme(scope, int(number))
        programme_id, locale = programme.id, programme.locale
        reason = f"You get this because you signed up with {programme.name}."
    senders = find_senders(programme_id, event_id)
    whole = {layout.key for layout in list_layouts() if layout.is_whole_document}
    draft = Draft(
        subject=" ".join((form.subject.data or "").split()),
        layout=form.layout.data,
        slots={} if form.layout.data in whole else {"main": FIRST_WORDS},
        reason=reason,
        locale=locale,
        sender_id=senders[0].id if senders else None,
    )
    return create_letter(scope=scope, programme_id=programme_id, event_id=event_id, draft=draft, now=now())


@blueprint.get("/<int:letter_id>")
def edit(letter_id: int) -> ResponseReturnValue:
    """Show the letter for writing, or for looking only while somebody else writes it or after it was sent."""
    frame = open_letter_frame(letter_id)
    return _composer(frame, words_shown(words_of(frame.letter)))


def _composer(frame: LetterFrame, words: dict[str, Any], **more: Any) -> str:
    """Return the page with the editor."""
    g.csp = EDITOR
    beside = None if request.args.get("take") or request.method == "POST" else frame.editor_beside(now())
    return render_template(
        "staff/letters/edit.html",
        frame=frame,
        letter=frame.letter,
        words=words,
        faults=frame.faults,
        beside=beside,
        is_locked=not frame.is_open or beside is not None,
        fields=field_groups(),
        layouts=layouts_shown(),
        languages=language_choices(str(words["locale"])),
        automatic=automatic_text(frame.letter),
        **more,
    )


@blueprint.post("/<int:letter_id>")
def save(letter_id: int) -> ResponseReturnValue:
    """Save the form of the composer and go where its button says; what cannot be kept stays on the page."""
    frame = open_letter_frame(letter_id)
    posted = request.form
    try:
        draft = read_words(frame.letter, posted, may_be_essential=frame.may_send)
        _save(frame, draft, posted.get("revision", ""))
    except ConflictError as error:
        frame = open_letter_frame(letter_id)
        shown = words_posted(words_of(frame.letter), posted)
        return _composer(frame, shown, conflict=error.message), error.status
    except StaffError as error:
        shown = words_posted(words_of(frame.letter), posted)
        return _composer(frame, shown, refused=error), error.status
    return _after_save(letter_id, posted.get("then", ""))


def _save(frame: LetterFrame, draft: Draft, revision: str) -> int:
    """Save a draft unless it says what is kept already, so that looking does not make a ready letter a draft."""
    if draft == words_of(frame.letter):
        return frame.letter.revision
    if not frame.is_open:
        raise ConflictError(f"This letter is {frame.letter.state} and cannot be changed. Make a copy of it.")
    number = int(revision) if revision.isascii() and revision.isdigit() else 0
    return save_letter(scope=frame.scope, letter_id=frame.letter.id, revision=number, draft=draft, now=now())


def _after_save(letter_id: int, then: str) -> ResponseReturnValue:
    """Go where the button leads that saved."""
    if then == "ready":
        return _make_ready(letter_id)
    ways = {
        "audience": "letter_audience.page",
        "preview": "letter_preview.page",
        "send": "letter_send.confirm",
    }
    if then not in ways:
        flash("Saved.", "success")
    return redirect(url_for(ways.get(then, "letters.edit"), letter_id=letter_id))


@blueprint.post("/<int:letter_id>/autosave")
def autosave(letter_id: int) -> ResponseReturnValue:
    """Save what the composer posts while somebody writes.

    Answers ``{"revision", "state", "name", "saved_at", "faults"}``; 409 with a sentence when somebody else was
    first, 422 with a sentence and a field when something cannot be kept.
    """
    frame = open_letter_frame(letter_id)
    posted = request.get_json(silent=True)
    if not isinstance(posted, dict):
        raise StaffError("The page sent something that is no letter. Reload the page.")
    draft = read_words(frame.letter, posted, may_be_essential=frame.may_send)
    revision = _save(frame, draft, str(posted.get("revision", "")))
    frame = open_letter_frame(letter_id)
    return jsonify(
        revision=revision,
        state=frame.letter.state,
        name=frame.name,
        saved_at=frame.letter.updated_at.isoformat(),
        faults=faults_shown(frame.letter, find_faults(frame.letter)),
    )


@blueprint.get("/<int:letter_id>/text")
def text(letter_id: int) -> ResponseReturnValue:
    """Answer with the text part as it is made from the HTML: ``{"whole", "own"}``."""
    whole, own = automatic_text(open_letter_frame(letter_id).letter)
    return jsonify(whole=whole, own=own)


@blueprint.post("/<int:letter_id>/ready")
def ready(letter_id: int) -> ResponseReturnValue:
    """Say that a letter is ready; its faults are shown where there are any."""
    return _make_ready(letter_id, request.form.get("next", ""))


def _make_ready(letter_id: int, then: str = "") -> ResponseReturnValue:
    """Make a letter ready and go on, or back to it with what is wrong."""
    edit_page = url_for("letters.edit", letter_id=letter_id)
    try:
        make_ready(scope=current_scope(), letter_id=letter_id)
    except FaultyLetterError:
        flash("It is saved, but it cannot be sent yet. What is missing is listed beside it.", "warning")
        return redirect(f"{edit_page}#before-sending")
    flash("The letter is ready. Any later change makes it a draft again.", "success")
    return redirect(url_for("letter_send.confirm", letter_id=letter_id) if then == "send" else edit_page)


@blueprint.post("/<int:letter_id>/copy")
def copy(letter_id: int) -> ResponseReturnValue:
    """Begin a new draft with the words of a letter."""
    copied = copy_letter(scope=current_scope(), letter_id=letter_id, now=now())
    flash("This is the copy. The letter it was made from stays as it is.", "success")
    return redirect(url_for("letters.edit", letter_id=copied))


@blueprint.post("/<int:letter_id>/archive")
def archive(letter_id: int) -> ResponseReturnValue:
    """Put a letter away."""
    frame = open_letter_frame(letter_id)
    if frame.letter.state == LetterState.ARCHIVED:
        raise NotFoundError("This letter is in the archive already.")
    archive_letter(scope=frame.scope, letter_id=letter_id)
    flash(f"“{frame.name}” is in the archive. You find it in the list under “Archived”.", "success")
    return redirect(url_for("letters.index"))

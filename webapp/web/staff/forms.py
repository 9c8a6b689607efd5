"""The editor of an event's application form: words, times on the event's clocks, questions in their order."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.programme.actions.attend_forms import (
    add_question,
    change_form,
    change_question,
    create_form,
    move_question,
    remove_question,
)
from webapp.programme.domain.attend_questions import CONDITIONAL_ON, Asked
from webapp.programme.models.form import Form, Question
from webapp.programme.queries.attend import (
    as_asked,
    count_applications,
    find_form,
    find_questions,
    get_form,
    get_question,
    open_form_page,
)
from webapp.programme.queries.events import get_event
from webapp.web.forms.attend import KIND_WORDS, QuestionForm, TextsForm
from webapp.web.forms.choices import locale_choices
from webapp.web.language import speak
from webapp.web.public.attend import about, write_lines
from webapp.web.public.place_times import zone_of
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import put_error

blueprint: Blueprint = StaffBlueprint("forms", __name__, url_prefix="/events/<int:event_id>/form")


@blueprint.route("/", methods=["GET", "POST"])
def show(event_id: int) -> ResponseReturnValue:
    """Show the form of an event, or offer to begin one; store its words and times."""
    scope = current_scope()
    event, row = get_event(scope, event_id), find_form(scope, event_id)
    if row is None:
        if request.method == "POST":
            raise NotFoundError("This event has no form yet.")
        return render_template("staff/forms/none.html", event=event)
    form = TextsForm()
    form.locale.choices = locale_choices(row.locale)
    if form.validate_on_submit():
        try:
            change_form(scope=scope, event_id=event_id, texts=form.texts())
            flash("Saved.", "success")
            return redirect(url_for(".show", event_id=event_id))
        except StaffError as error:
            put_error(form, error)
    elif request.method == "GET":
        form.show(row, zone_of(event))
    page = _editor(event_id, row, form)
    return (page, 422) if request.method == "POST" else page


def _editor(event_id: int, row: Form, form: TextsForm) -> str:
    event = get_event(current_scope(), event_id)
    questions = find_questions(row.id, with_retired=True)
    return render_template(
        "staff/forms/show.html",
        event=event,
        row=row,
        form=form,
        zone=zone_of(event).key,
        opening=open_form_page(row, event, now()).opening.value,
        questions=[q for q in questions if q.retired_at is None],
        retired=[q for q in questions if q.retired_at is not None],
        kind_words={kind.value: words for kind, words in KIND_WORDS.items()},
        count=count_applications(row.id),
    )


@blueprint.post("/new")
def create(event_id: int) -> ResponseReturnValue:
    """Begin the form with the usual questions."""
    try:
        create_form(scope=current_scope(), event_id=event_id)
        flash("The form is there, with the usual questions. It opens when you give it a time.", "success")
    except StaffError as error:
        flash(error.message, "info")
    return redirect(url_for(".show", event_id=event_id))


@blueprint.get("/preview")
def preview(event_id: int) -> str:
    """Show the form as applicants see it, open or not."""
    scope = current_scope()
    page = open_form_page(get_form(scope, event_id), get_event(scope, event_id), now())
    speak(page.form.locale, page.event.locale)
    return render_template(
        "public/attend/apply.html",
        lines=write_lines(page, {}, {}),
        token="",
        notice="",
        is_preview=True,
        **about(page),
    )


@blueprint.route("/questions/new", methods=["GET", "POST"])
def new_question(event_id: int) -> ResponseReturnValue:
    """Ask for one more question and add it at the end."""
    row = get_form(current_scope(), event_id)
    form = QuestionForm()
    form.offer(_offered(row))
    if form.validate_on_submit():
        try:
            add_question(scope=current_scope(), event_id=event_id, question=form.asked())
            flash("The question is added at the end.", "success")
            return redirect(url_for(".show", event_id=event_id) + "#questions")
        except StaffError as error:
            put_error(form, error)
    return _question_page(event_id, form, None)


@blueprint.route("/questions/<int:question_id>", methods=["GET", "POST"])
def edit_question(event_id: int, question_id: int) -> ResponseReturnValue:
    """Show one question and store its changes."""
    row = get_form(current_scope(), event_id)
    question = get_question(row, question_id)
    form = QuestionForm()
    form.offer(_offered(row, but=question.id))
    if form.validate_on_submit():
        try:
            change_question(
                scope=current_scope(), event_id=event_id, question_id=question_id, question=form.asked()
            )
            flash("The question is saved.", "success")
            return redirect(url_for(".show", event_id=event_id) + "#questions")
        except StaffError as error:
            put_error(form, error)
    elif request.method == "GET":
        form.show(as_asked(question))
    return _question_page(event_id, form, question)


def _offered(row: Form, but: int = 0) -> list[Asked]:
    """Return the questions that another one may depend on."""
    asked = [as_asked(question) for question in find_questions(row.id) if question.id != but]
    return [question for question in asked if question.kind in CONDITIONAL_ON and question.condition is None]


def _question_page(event_id: int, form: QuestionForm, question: Question | None) -> ResponseReturnValue:
    page = render_template(
        "staff/forms/question.html",
        event=get_event(current_scope(), event_id),
        form=form,
        question=question,
    )
    return (page, 422) if request.method == "POST" else page


@blueprint.post("/questions/<int:question_id>/move")
def move(event_id: int, question_id: int) -> ResponseReturnValue:
    """Let a question change places with its neighbour: ``to=up`` or ``to=down``."""
    move_question(
        scope=current_scope(),
        event_id=event_id,
        question_id=question_id,
        is_up=request.form.get("to") == "up",
    )
    return redirect(url_for(".show", event_id=event_id) + f"#question-{question_id}")


@blueprint.post("/questions/<int:question_id>/retire")
def retire(event_id: int, question_id: int) -> ResponseReturnValue:
    """Ask a question no more; its answers are kept."""
    try:
        is_kept = remove_question(scope=current_scope(), event_id=event_id, question_id=question_id)
        flash(
            "The question is not asked any more; its answers are kept."
            if is_kept
            else "The question is gone; nobody had answered it.",
            "success",
        )
    except StaffError as error:
        flash(error.message, "error")
    return redirect(url_for(".show", event_id=event_id) + "#questions")

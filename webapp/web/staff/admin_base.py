"""Flask-Admin made ours: every view asks who you are, shows what you may see and writes through actions."""

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.form import FormOpts
from flask_admin.helpers import get_redirect_target, is_form_submitted
from flask_admin.theme import Bootstrap4Theme
from flask_wtf import FlaskForm
from wtforms import Form

from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.people.domain.scope import Scope
from webapp.web.formats import plural
from webapp.web.staff.access import ask_who, current_scope
from webapp.web.staff.admin_listing import ListingView

ADMIN_THEME = Bootstrap4Theme(base_template="admin/base.html")
"""For ``Admin(app, theme=ADMIN_THEME)``: every one of Flask-Admin's pages stands on our base page."""


def put_error(form: Form, error: StaffError) -> None:
    """Put what an action refused at the field that it names, or at the head of the form.

    Args:
        form: the form whose data was refused.
        error: the refusal.
    """
    field = form._fields.get(error.field) if error.field else None
    if field is None:
        form.form_errors.append(error.message)
    else:
        field.errors = [*field.errors, error.message]


class PostroomModelView(ListingView):
    """A table in the staff pages.

    A subclass says who may (``is_allowed``, ``may_write``), what is seen (``scoped``), which actions write
    (``perform_create``, ``perform_update``, ``perform_delete``). Nothing is writable until it says so with
    ``can_create``, ``can_edit`` or ``can_delete``. It never commits; actions do.

    Args of a subclass, as class attributes, beside those of ListingView:
        form: a FlaskForm class; the fields it names are what staff may set.
    """

    can_create = False
    can_edit = False
    can_delete = False
    form_base_class = FlaskForm

    # -- who may ------------------------------------------------------------------------------------------

    def is_allowed(self, scope: Scope) -> bool:
        """Say whether these pages are for a person with this reach. By default: for all staff."""
        return True

    def may_write(self, what: str, scope: Scope) -> bool:
        """Say whether a person with this reach may ``"create"``, ``"edit"`` or ``"delete"`` here."""
        return scope.is_administrator

    def is_accessible(self) -> bool:
        """Say whether the menu and the views are open to the person at the screen."""
        return ask_who() is None and self.is_allowed(current_scope())

    def _handle_view(self, name: str, **kwargs: Any) -> ResponseReturnValue | None:
        """Ask who it is before any view; what is not theirs is not there."""
        answer = ask_who()
        if answer is not None:
            return answer
        if not self.is_allowed(current_scope()):
            raise NotFoundError("There is nothing here, or it is not yours to see.")
        return None

    def can(self, what: str) -> bool:
        """Say whether the person may ``"create"``, ``"edit"`` or ``"delete"``, for views and templates."""
        return bool(getattr(self, f"can_{what}")) and self.may_write(what, current_scope())

    def _require(self, what: str) -> None:
        """Refuse who may not.

        Raises:
            ForbiddenError: with a sentence that names what was wanted.
        """
        if not self.can(what):
            raise ForbiddenError(f"You may not {what} {self.many_name} here. Ask an administrator.")

    # -- what writes: actions -----------------------------------------------------------------------------

    def perform_create(self, form: Form) -> Any:
        """Call the action that makes a row of the form's data and return the row."""
        raise NotImplementedError

    def perform_update(self, form: Form, model: Any) -> None:
        """Call the action that changes a row to the form's data."""
        raise NotImplementedError

    def perform_delete(self, model: Any) -> None:
        """Call the action that removes a row."""
        raise NotImplementedError

    def delete_question(self, model: Any) -> str:
        """Return the sentence that is asked before a row is removed."""
        return f"The {self.one} “{model}” is removed for good."

    def create_model(self, form: Form) -> Any:
        """Return the new row, or False when the action refused; the reason is then at its field."""
        try:
            return self.perform_create(form) or True
        except StaffError as error:
            put_error(form, error)
            return False

    def update_model(self, form: Form, model: Any) -> bool:
        """Say whether the action took the change; else the reason is at its field."""
        try:
            self.perform_update(form, model)
        except StaffError as error:
            put_error(form, error)
            return False
        return True

    def delete_model(self, model: Any) -> bool:
        """Say whether the action removed the row; else the reason is flashed."""
        try:
            self.perform_delete(model)
        except StaffError as error:
            flash(error.message, "error")
            return False
        return True

    # -- pages --------------------------------------------------------------------------------------------

    def _form_page(self, template: str, **context: Any) -> ResponseReturnValue:
        """Show a form; one that was refused is answered with 422."""
        rules = self._form_create_rules if template == self.create_template else self._form_edit_rules
        options = FormOpts(widget_args=self.form_widget_args, form_rules=rules)
        page = self.render(template, form_opts=options, **context)
        return (page, 422) if is_form_submitted() else page

    @expose("/new/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def create_view(self) -> ResponseReturnValue:
        """Show the form for a new row, or make the row."""
        self._require("create")
        return_url = get_redirect_target() or self.get_url(".index_view")
        form = self.create_form()
        if self.validate_form(form):
            model = self.create_model(form)
            if model:
                flash(f"The {self.one} was added.", "success")
                again = "_add_another" in request.form
                return redirect(self.get_url(".create_view", url=return_url) if again else return_url)
        return self._form_page(self.create_template, form=form, return_url=return_url)

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def edit_view(self) -> ResponseReturnValue:
        """Show a row's form, or change the row."""
        self._require("edit")
        return_url = get_redirect_target() or self.get_url(".index_view")
        model = self.get_one(request.args.get("id", ""))
        form = self.edit_form(obj=model)
        if self.validate_form(form) and self.update_model(form, model):
            flash("Saved.", "success")
            return redirect(return_url)
        return self._form_page(self.edit_template, form=form, model=model, return_url=return_url)

    @expose("/details/")  # type: ignore[untyped-decorator]
    def details_view(self) -> ResponseReturnValue:
        """Show everything of a row."""
        return_url = get_redirect_target() or self.get_url(".index_view")
        model = self.get_one(request.args.get("id", ""))
        page: str = self.render(
            self.details_template,
            model=model,
            details_columns=self._details_columns,
            get_value=self.get_detail_value,
            return_url=return_url,
        )
        return page

    @expose("/delete/", methods=("POST",))  # type: ignore[untyped-decorator]
    def delete_view(self) -> ResponseReturnValue:
        """Remove a row, after having asked: a post without ``confirmed`` shows the question as a page."""
        self._require("delete")
        return_url = get_redirect_target() or self.get_url(".index_view")
        model = self.get_one(request.form.get("id", ""))
        if "confirmed" not in request.form:
            return self._ask(f"Remove {model}", self.delete_question(model), return_url)
        if self.delete_model(model):
            flash(f"The {self.one} was removed.", "success")
        return redirect(return_url)

    @expose("/action/", methods=("POST",))  # type: ignore[untyped-decorator]
    def action_view(self) -> ResponseReturnValue:
        """Do something to the chosen rows, after having asked where the action has a question."""
        return_url = get_redirect_target() or self.get_url(".index_view")
        name = request.form.get("action", "")
        chosen = len(request.form.getlist("rowid"))
        _, label, question = self._actions_data.get(name, (None, "", None))
        if not label or not self.is_action_allowed(name):
            raise NotFoundError("There is no such button on this page. Reload the page.")
        if not chosen:
            flash("No row was chosen. Tick the rows first.", "warning")
            return redirect(return_url)
        if question and "confirmed" not in request.form:
            return self._ask(f"{label} {plural(chosen, self.one, self.many_name)}", str(question), return_url)
        answer: ResponseReturnValue = self.handle_action()
        return answer

    def _ask(self, verb: str, question: str, return_url: str) -> ResponseReturnValue:
        """Show a question as a page, with everything that was posted in it."""
        posted = [(k, v) for k, v in request.form.items(multi=True) if k not in {"csrf_token", "confirmed"}]
        page: str = self.render(
            "admin/model/confirm.html",
            verb=verb,
            question=question,
            posted=posted,
            address=request.path,
            return_url=return_url,
        )
        return page

    def is_action_allowed(self, name: str) -> bool:
        """Say whether the person may use a button for many rows."""
        return bool(super().is_action_allowed(name)) and (name != "delete" or self.can("delete"))

    @action("delete", "Remove", "They are removed for good.")  # type: ignore[untyped-decorator]
    def action_delete(self, ids: list[str]) -> None:
        """Remove the chosen rows, each by its own action; one that is refused does not keep the others."""
        removed = sum(self.delete_model(self.get_one(key)) for key in ids)
        if removed:
            flash(f"{plural(removed, self.one, self.many_name)} removed.", "success")

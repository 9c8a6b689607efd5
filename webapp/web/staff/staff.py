"""Accounts of staff: who signs in, with which roles where; and everybody's own profile."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla.filters import BooleanEqualFilter
from flask_security import current_user, hash_password
from wtforms import Form

from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.people.actions.staff_accounts import (
    change_profile,
    give_role,
    open_account,
    reset_password,
    switch_account,
    take_role,
)
from webapp.people.domain.scope import Scope
from webapp.people.models.user import Grant, Role, User
from webapp.people.queries.persons import matching_people
from webapp.web.forms.choices import read_id, zone_choices
from webapp.web.forms.staff import NewStaffForm, PasswordForm, ProfileForm, RoleForm
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import PostroomModelView, put_error
from webapp.web.staff.navigation import supporters
from webapp.web.staff.place_names import PlaceNames

blueprint = StaffBlueprint("profile", __name__, url_prefix="/profile")
YEAR = 365 * 24 * 3600  # seconds


def describe_grant(grant: Grant, names: PlaceNames) -> str:
    """Return a role in words."""
    if grant.role == Role.ADMINISTRATOR:
        return "Administrator"
    place = names.of(grant.programme_id if grant.role == Role.SUPPORT else None, grant.event_id)
    words = {Role.SUPPORT: "Support", Role.ORGANIZER: "Organizer", Role.REVIEWER: "Reviewer"}
    return f"{words[Role(grant.role)]} of {place}"


def name_places(users: list[User]) -> PlaceNames:
    """Return the names of all places in which somebody has a role."""
    return PlaceNames((grant.programme_id, grant.event_id) for user in users for grant in user.grants)


def _show_name(view: Any, context: Any, user: User, name: str) -> str:
    """Write by which name colleagues know them."""
    return user.display_name


def _show_roles(view: Any, context: Any, user: User, name: str) -> str:
    """Write what they are, where."""
    return "; ".join(describe_grant(grant, g.staff_places) for grant in user.grants) or "None yet"


def _show_sending(view: Any, context: Any, user: User, name: str) -> str:
    """Write whether they may send anywhere."""
    writing = [grant for grant in user.grants if grant.role != Role.REVIEWER]
    sending = sum(grant.may_send for grant in writing)
    return "No" if not sending else "Yes" if sending == len(writing) else "In some places"


def _show_active(view: Any, context: Any, user: User, name: str) -> str:
    """Write whether they can sign in."""
    return "Active" if user.active else "Switched off"


class StaffView(PostroomModelView):
    """Accounts, for administrators."""

    one, many = "account", "accounts"
    lead = "Who signs in, what they are where, and whether they may send letters there or only write them."
    empty_text = "Give colleagues an account of their own."
    column_list = ("name", "email", "roles", "may_send", "active", "current_login_at")
    column_labels = {
        "email": "Address",
        "may_send": "May send",
        "active": "Account",
        "current_login_at": "Last sign-in",
    }
    column_formatters = {
        "name": _show_name,
        "roles": _show_roles,
        "may_send": _show_sending,
        "active": _show_active,
    }
    column_sortable_list = (("name", "person.name"), "email", "active", "current_login_at")
    column_default_sort = "email"
    column_searchable_list = ("email",)
    column_filters = (BooleanEqualFilter(User.active, "Active"),)
    form = NewStaffForm
    form_create_rules = NewStaffForm.field_order
    form_widget_args = {"event": {"is_optional": False}, "programme": {"is_optional": False}}
    details_template = "staff/people/account.html"
    can_create = True
    action_disallowed_list = ("delete",)

    def is_allowed(self, scope: Scope) -> bool:
        """Say that these pages are for administrators."""
        return scope.is_administrator

    def _apply_search(
        self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str
    ) -> tuple[Any, Any, Any, Any]:
        """Search by name and address."""
        found = User.person.has(matching_people(search))
        return query.filter(found), count_query.filter(found), joins, count_joins

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Return one page, having read the names of the places."""
        count, rows = super().get_list(*args, **kwargs)
        g.staff_places = name_places(rows)
        return count, rows

    def create_form(self, obj: Any = None) -> Form:
        """Return the empty form."""
        form: Any = super().create_form(obj)
        return form.offer(current_scope())

    def perform_create(self, form: Any) -> User | None:
        """Open an account."""
        key = open_account(
            scope=current_scope(),
            email=form.email.data,
            name=form.name.data or "",
            password_hash=hash_password(form.password.data),
            **form.grant(),
        )
        return db.session.get(User, key)

    # -- one account --------------------------------------------------------------------------------------

    @expose("/details/")  # type: ignore[untyped-decorator]
    def details_view(self) -> ResponseReturnValue:
        """Show one account with its roles."""
        return self._account_page(self.get_one(request.args.get("id", "")))

    def _account_page(
        self, user: User, *, role_form: RoleForm | None = None, password_form: PasswordForm | None = None
    ) -> ResponseReturnValue:
        """Show one account; a form that was refused is answered with 422."""
        names = name_places([user])
        page = self.render(
            self.details_template,
            model=user,
            roles=[(grant, describe_grant(grant, names)) for grant in user.grants],
            role_form=role_form or RoleForm(formdata=None).offer(current_scope()),
            password_form=password_form or PasswordForm(formdata=None),
            is_self=user.id == current_user.id,
            return_url=self.get_url(".index_view"),
        )
        return (page, 422) if role_form or password_form else page

    def _back(self, user: User, said: str) -> ResponseReturnValue:
        """Lead back to the account, with what was done."""
        flash(said, "success")
        return redirect(self.get_url(".details_view", id=user.id))

    @expose("/give-role/", methods=("POST",))  # type: ignore[untyped-decorator]
    def give_role_view(self) -> ResponseReturnValue:
        """Give a further role."""
        user = self.get_one(request.form.get("id", ""))
        form = RoleForm().offer(current_scope())
        if form.validate():
            try:
                give_role(scope=current_scope(), user_id=user.id, **form.grant())
            except StaffError as error:
                put_error(form, error)
            else:
                return self._back(user, "The role was given.")
        return self._account_page(user, role_form=form)

    @expose("/take-role/", methods=("POST",))  # type: ignore[untyped-decorator]
    def take_role_view(self) -> ResponseReturnValue:
        """Take a role away, after having asked."""
        user = self.get_one(request.form.get("id", ""))
        grant_id = read_id(request.form.get("grant", ""))
        grant = next((grant for grant in user.grants if grant.id == grant_id), None)
        if grant is None:
            raise NotFoundError("There is no such role. Perhaps somebody has taken it away already.")
        back = self.get_url(".details_view", id=user.id)
        words = describe_grant(grant, name_places([user]))
        if "confirmed" not in request.form:
            return self._ask("Take this role away", f"{user.display_name} is no longer: {words}.", back)
        return self._try(user, f"{user.display_name} is no longer: {words}.", take_role, grant_id=grant.id)

    @expose("/switch/", methods=("POST",))  # type: ignore[untyped-decorator]
    def switch_view(self) -> ResponseReturnValue:
        """Switch an account off, after having asked, or on."""
        user = self.get_one(request.form.get("id", ""))
        is_on = request.form.get("to") == "on"
        if not is_on and "confirmed" not in request.form:
            question = f"{user.display_name} is signed out everywhere at once and cannot sign in any more."
            return self._ask("Switch off", question, self.get_url(".details_view", id=user.id))
        said = f"{user.display_name} can {'sign in again' if is_on else 'no longer sign in'}."
        return self._try(user, said, switch_account, is_active=is_on)

    def _try(self, user: User, said: str, act: Any, **given: Any) -> ResponseReturnValue:
        """Do something to an account; a refusal is said on its page."""
        try:
            act(scope=current_scope(), user_id=user.id, **given)
        except StaffError as error:
            flash(error.message, "error")
            return redirect(self.get_url(".details_view", id=user.id))
        return self._back(user, said)

    @expose("/password/", methods=("POST",))  # type: ignore[untyped-decorator]
    def password_view(self) -> ResponseReturnValue:
        """Give somebody a new password."""
        user = self.get_one(request.form.get("id", ""))
        form = PasswordForm()
        if not form.validate():
            return self._account_page(user, password_form=form)
        reset_password(
            scope=current_scope(), user_id=user.id, password_hash=hash_password(form.password.data)
        )
        return self._back(user, "The password was changed. They are signed out everywhere.")


def admin_views() -> list[PostroomModelView]:
    """Return the list of accounts."""
    return [StaffView(User, db, name="Accounts", endpoint="staffuser", url="/staff")]


@blueprint.route("/", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Show and change what the person at the screen says of themselves."""
    form = ProfileForm(
        data={
            "name": current_user.person.name,
            "timezone": current_user.timezone,
            "theme": request.cookies.get("theme") or current_user.theme,
        }
    )
    form.timezone.choices = zone_choices(current_user.timezone, empty="As the device has it")
    if form.validate_on_submit():
        try:
            change_profile(
                scope=current_scope(),
                name=form.name.data,
                timezone=form.timezone.data or "",
                theme=form.theme.data or "auto",
            )
        except StaffError as error:
            put_error(form, error)
        else:
            flash("Saved.", "success")
            answer = redirect(url_for(".show"))
            # The switch in the top bar keeps its choice in this cookie, and a script reads it.
            answer.set_cookie("theme", form.theme.data or "auto", max_age=YEAR, samesite="Lax")
            return answer
    grants = list(current_user.grants)
    names = name_places([current_user])
    page = render_template(
        "staff/people/profile.html",
        form=form,
        may_use_api=supporters(),
        roles=[(grant, describe_grant(grant, names)) for grant in grants],
    )
    return (page, 422) if request.method == "POST" else page

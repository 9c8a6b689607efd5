"""Limits of speed: how fast letters go to a domain and through a mail server, and how that stands now."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import StaffError
from webapp.mail.actions.limits import add_limit, change_limit, remove_limit
from webapp.mail.esp.server import find_server
from webapp.mail.models.limits import Limit
from webapp.mail.queries.limits_list import find_limit_lines, find_limited_senders, get_limit
from webapp.web.forms.limits import KINDS, LimitForm
from webapp.web.staff.access import StaffBlueprint, current_scope, require_administrator
from webapp.web.staff.admin_base import put_error
from webapp.web.staff.limits_words import REST_WORDS, limit_words

blueprint: Blueprint = StaffBlueprint("limits", __name__, url_prefix="/limits")
blueprint.before_request(require_administrator)


def _common_server() -> str | None:
    """Return the server by which all letters go whose sender has no account of its own."""
    server = find_server(current_app.extensions["settings"].smtp_url)
    return server.name if server else None


@blueprint.get("/")
def index() -> str:
    """List all limits with their state now."""
    return render_template(
        "staff/limits/index.html",
        lines=find_limit_lines(),
        senders=find_limited_senders(),
        limit_words=limit_words,
        rest_words=REST_WORDS,
        kinds=KINDS,
        server=_common_server(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for a limit and set it: ``?kind=server&name=``."""
    form = LimitForm()
    if request.method == "GET":
        form.kind.data = "server" if request.args.get("kind") == "server" else "domain"
        form.name.data = request.args.get("name", "")[:300]
    elif form.validate_on_submit():
        try:
            add_limit(scope=current_scope(), details=form.details())
        except StaffError as error:
            put_error(form, error)
        else:
            flash("The limit is set; workers keep to it from now on.", "success")
            return redirect(url_for(".index"))
    return _form_page(form, None)


@blueprint.route("/<path:limit_key>/edit", methods=["GET", "POST"])
def edit(limit_key: str) -> ResponseReturnValue:
    """Show a limit and change it; ``domain:example.org`` names one."""
    limit = get_limit(limit_key)
    form = LimitForm(obj=limit)
    del form.kind, form.name
    if limit.kind == "domain":
        del form.connection_count
    if form.validate_on_submit():
        try:
            change_limit(scope=current_scope(), key=limit_key, details=form.details())
        except StaffError as error:
            put_error(form, error)
        else:
            flash(f"The limit of {limit.name} is changed; workers keep to it from now on.", "success")
            return redirect(url_for(".index"))
    return _form_page(form, limit)


def _form_page(form: LimitForm, limit: Limit | None) -> ResponseReturnValue:
    """Show the form of a limit; one that was refused is answered with 422."""
    page = render_template("staff/limits/form.html", form=form, limit=limit, server=_common_server())
    return (page, 422) if request.method == "POST" else page


@blueprint.post("/<path:limit_key>/remove")
def remove(limit_key: str) -> ResponseReturnValue:
    """Take a limit away, after having asked."""
    name = get_limit(limit_key).name
    if "confirmed" not in request.form:
        return render_template("staff/limits/remove.html", limit_key=limit_key, name=name)
    remove_limit(scope=current_scope(), key=limit_key)
    flash(f"{name} has no limit any more.", "success")
    return redirect(url_for(".index"))

"""The page behind the link of an invitation: whoever was given an account chooses its first password."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded
from flask_security import hash_password

from webapp.core.errors import NotFoundError
from webapp.people.actions.invites import Invited, accept_invite, find_invited
from webapp.web.extensions import limiter
from webapp.web.forms.invite import InviteForm
from webapp.web.language import hear_browser, speak
from webapp.web.public.form_guard import answer_too_often

blueprint = Blueprint("invite", __name__, url_prefix="/invite")
blueprint.before_request(hear_browser)
blueprint.register_error_handler(RateLimitExceeded, answer_too_often)
# Hashing a password is slow on purpose, so that nobody may have it done for nothing.
limiter.limit("20 per minute; 200 per hour")(blueprint)


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    """Keep the address, which is an authority, out of search engines, referrers and caches."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "same-origin"  # the form's own check of where it came from needs it
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show whose account it is and the form; looking sets nothing."""
    invited = find_invited(token)
    return _page(token, invited, InviteForm(formdata=None)) if invited else _unknown_link()


@blueprint.post("/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Set the password, and lead to the sign-in page."""
    invited = find_invited(token)
    if invited is None:
        return _unknown_link()
    form = InviteForm()
    if not invited.is_open or not form.validate():
        return _page(token, invited, form), 422
    try:
        accept_invite(token=token, password_hash=hash_password(form.password.data))
    except NotFoundError:  # somebody was quicker with the same link
        return redirect(url_for(".show", token=token), 303)
    flash("The password is saved. Sign in with it now.", "success")  # staff's pages are English
    return redirect(url_for("security.login"), 303)


def _page(token: str, invited: Invited, form: InviteForm) -> str:
    """Return the page of one invitation."""
    speak(invited.locale)
    return render_template("public/invite.html", token=token, invited=invited, form=form)


def _unknown_link() -> ResponseReturnValue:
    """Answer a link that is not one of ours: the same for guessed, damaged and swapped ones."""
    return render_template("public/unknown_invite.html"), 404

"""One's own tokens for the API: make one, which is shown once, and take all of them back."""

from flask import Response, current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, verify_password
from flask_wtf import FlaskForm
from wtforms import IntegerField, PasswordField
from wtforms.validators import InputRequired, NumberRange

from webapp.core.clock import now
from webapp.core.errors import ForbiddenError
from webapp.people.actions.api_tokens import LONGEST_LIFE, make_api_token, revoke_api_tokens
from webapp.web.extensions import limiter
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.navigation import supporters

blueprint = StaffBlueprint("api_tokens", __name__, url_prefix="/profile/api-tokens")
TRIES = "10 per minute; 60 per hour"  # of a password
LIFE = 90  # days


class TokenForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A token that is about to be made."""

    days = IntegerField(
        "Days that it lives",
        [InputRequired("Write a number."), NumberRange(1, LONGEST_LIFE, f"From 1 to {LONGEST_LIFE} days.")],
        default=LIFE,
    )
    password = PasswordField(
        "Your password",
        [InputRequired("Write your password.")],
        description="A token acts as you, so nobody makes one at a screen that you have left.",
        render_kw={"autocomplete": "current-password"},
    )


@blueprint.before_request
def require_supporter() -> None:
    """Refuse those for whom the API has nothing.

    Raises:
        ForbiddenError: they support no programme.
    """
    if not supporters():
        raise ForbiddenError("The API is for support of programmes.")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Offer to make a token and to take all back."""
    return _page(TokenForm(formdata=None))


@blueprint.post("")
@limiter.limit(TRIES)  # type: ignore[untyped-decorator]  # published without types
def make() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(form, status=422)
    if not verify_password(form.password.data, current_user.password):
        form.password.errors = ["This is not your password."]
        return _page(form, status=422)
    token = make_api_token(
        scope=current_scope(), user_id=current_user.id, days=form.days.data or LIFE, now=now()
    )
    return _page(TokenForm(formdata=None), token)


@blueprint.post("/revoke")
def revoke() -> ResponseReturnValue:
    """Take all tokens back; one signs in anew."""
    revoke_api_tokens(scope=current_scope(), user_id=current_user.id)
    flash("Your tokens open nothing any more, and you are signed out everywhere. Sign in anew.", "success")
    return redirect(url_for("security.login"), 303)


def _page(form: TokenForm, token: str | None = None, *, status: int = 200) -> Response:
    public_url = current_app.extensions["settings"].public_url
    page = make_response(
        render_template("staff/people/api_tokens.html", form=form, token=token, public_url=public_url), status
    )
    page.headers["Cache-Control"] = "no-store"
    return page

"""How an application to host stands, behind the link in the organizers' letters; its lead can withdraw it."""

from babel import Locale
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError
from webapp.core.words import say
from webapp.people.models.person import Person
from webapp.programme.actions.host_triage import withdraw_by_link
from webapp.programme.domain.host_states import OPEN_STATES
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Programme
from webapp.programme.queries.host import find_host_application_by_token, told_state
from webapp.web.extensions import csrf, limiter
from webapp.web.language import chosen_language, hear_browser, speak
from webapp.web.public.form_guard import answer_too_often, keep_private, keep_small

blueprint = Blueprint("host_status", __name__, url_prefix="/host-status")
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(RateLimitExceeded, answer_too_often)
blueprint.after_request(keep_private)

# No CSRF token: it lives in a cookie, and people open links in viewers that keep none. The authority is the
# reference in the address, which nobody but the letter's reader has, and no foreign page can know or guess.
csrf.exempt(blueprint)

PER_HOST = "30 per minute"
NOT_NOW = say(
    "It could not be withdrawn here at this moment. Answer one of our letters, and a person sees to it."
)


@blueprint.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show an application to its organizers. Nothing is ever stored by looking, whoever looks."""
    found = find_host_application_by_token(token)
    return _unknown() if found is None else _page(*found, token)


@blueprint.post("/<token>/withdraw")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
def withdraw(token: str) -> ResponseReturnValue:
    """Take an application back, after having asked."""
    found = find_host_application_by_token(token)
    if found is None:
        return _unknown()
    if "confirmed" not in request.form:
        return _page(*found, token, asks=True)
    try:
        withdraw_by_link(token=token, now=now())
    except NotFoundError:
        return _unknown()
    except (ConflictError, ForbiddenError) as refused:
        again = find_host_application_by_token(token) or found
        # Why not may tell a decision before its letters leave.
        words = refused.message if isinstance(refused, ForbiddenError) else NOT_NOW
        return _page(*again, token, notice=words), refused.status
    return redirect(url_for(".show", token=token), 303)


def _unknown() -> ResponseReturnValue:
    """Answer a link that is not one of ours: the same for guessed, damaged and outdated ones."""
    return render_template("public/attend/unknown.html"), 404


def _page(row: HostApplication, person_id: int, token: str, *, asks: bool = False, notice: str = "") -> str:
    """Return the page of an application as far as its organizers may know."""
    told = told_state(row, now())
    reader = db.session.get_one(Person, person_id)
    speak(reader.locale, row.locale)
    return render_template(
        "public/host/status.html",
        application=row,
        country=Locale.parse(chosen_language()).territories.get(row.country.upper(), row.country),
        programme=db.session.get_one(Programme, row.programme_id),
        told=told.value,
        may_withdraw=told in OPEN_STATES and row.lead_person_id == person_id,
        asks=asks,
        notice=notice,
        token=token,
    )

"""The page behind the link in the letter that asks organizers how many applied and came."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded

from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.rules_numbers import tell_numbers
from webapp.programme.domain.rules_numbers import read_count, read_numbers_token
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import write_event_dates
from webapp.programme.queries.events import get_event
from webapp.web.extensions import limiter
from webapp.web.language import hear_browser, page_language, speak
from webapp.web.public.form_guard import answer_nothing, answer_too_often, keep_private, keep_small

blueprint = Blueprint("numbers", __name__, url_prefix="/numbers")
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(RateLimitExceeded, answer_too_often)
blueprint.register_error_handler(NotFoundError, answer_nothing)
blueprint.after_request(keep_private)

FIELDS = ("applicant_count", "attendee_count")


@blueprint.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show what is stored and the form; nothing is ever stored by looking."""
    event = _event_of(token)
    if event is None:
        return _unknown()
    stored = {name: getattr(event, name) for name in FIELDS}
    return _page(token, event, {name: "" if value is None else str(value) for name, value in stored.items()})


@blueprint.post("/<token>")
@limiter.limit("20 per minute; 120 per hour")  # type: ignore[untyped-decorator]  # published without types
def tell(token: str) -> ResponseReturnValue:
    """Store both numbers and show them; what is wrong stands beside its field, with what was typed."""
    event = _event_of(token)
    if event is None:
        return _unknown()
    typed = {name: request.form.get(name, "")[:40] for name in FIELDS}
    try:
        applicants, attendees = (read_count(typed[name], name) for name in FIELDS)
        tell_numbers(event_id=event.id, applicant_count=applicants, attendee_count=attendees, now=now())
    except StaffError as error:
        return _page(token, event, typed, {error.field or "": error.message}), 422
    return redirect(url_for(".show", token=token), 303)


def _event_of(token: str) -> Event | None:
    """Return the event of a link, None for a link that is not ours or whose event is gone."""
    event_id = read_numbers_token(current_app.extensions["tokens"], token)
    if event_id is None:
        return None
    try:
        return get_event(SYSTEM, event_id)
    except NotFoundError:
        return None


def _unknown() -> ResponseReturnValue:
    return render_template("public/numbers_unknown.html"), 404


def _page(token: str, event: Event, typed: dict[str, str], wrong: dict[str, str] | None = None) -> str:
    speak(event.locale, event.programme.locale)
    return render_template(
        "public/numbers.html",
        token=token,
        event=event,
        days=write_event_dates(event, page_language()),
        typed=typed,
        wrong=wrong or {},
    )

"""An applicant's own pages, behind the link in their letters: how it stands, withdraw, say yes or no."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded

from webapp.core.clock import now
from webapp.core.errors import ConflictError, StaffError
from webapp.core.words import say
from webapp.programme.actions.attend_rsvp import answer_rsvp
from webapp.programme.actions.attend_withdraw import withdraw_application
from webapp.programme.domain.application_states import Rsvp
from webapp.programme.domain.attend_answers import show_answers
from webapp.programme.domain.attend_rsvp import REFUSALS, Standing
from webapp.programme.queries.attend import ApplicationPage, find_application_by_token
from webapp.programme.queries.constants import find_locale, write_event_dates
from webapp.web.extensions import csrf, limiter
from webapp.web.language import hear_browser, page_language, speak
from webapp.web.public.form_guard import answer_too_often, keep_private, keep_small
from webapp.web.public.place_times import write_instant, zone_of

blueprint = Blueprint("applications", __name__)
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(RateLimitExceeded, answer_too_often)
blueprint.after_request(keep_private)

# No CSRF token: it lives in a cookie, and people open links in viewers that keep none. The authority is the
# reference in the address, which nobody but the letter's reader has, and no foreign page can know or guess.
csrf.exempt(blueprint)

PER_HOST = "60 per minute"
DAMAGED = say("That did not arrive whole, and nothing was changed. Press one of the buttons below.")


@blueprint.get("/applications/<application_token>")
def show(application_token: str) -> ResponseReturnValue:
    """Show an application to its applicant. Nothing is ever stored by looking, whoever looks."""
    page = find_application_by_token(application_token, now())
    return _unknown() if page is None else _status(page, application_token)


@blueprint.post("/applications/<application_token>/withdraw")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
def withdraw(application_token: str) -> ResponseReturnValue:
    """Take an application back, after having asked."""
    page = find_application_by_token(application_token, now())
    if page is None:
        return _unknown()
    if "confirmed" not in request.form:
        return _status(page, application_token, asks_to_withdraw=True)
    withdraw_application(token=application_token, now=now())
    return redirect(url_for(".show", application_token=application_token), 303)


@blueprint.get("/rsvp/<application_token>")
def rsvp(application_token: str) -> ResponseReturnValue:
    """Show both answers and which of them is stored; looking stores nothing."""
    page = find_application_by_token(application_token, now())
    return _unknown() if page is None else _rsvp(page, application_token)


@blueprint.post("/rsvp/<application_token>")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
def answer(application_token: str) -> ResponseReturnValue:
    """Store yes or no and show the page again."""
    page = find_application_by_token(application_token, now())
    if page is None:
        return _unknown()
    try:
        wanted = Rsvp(request.form.get("answer", ""))
        answer_rsvp(token=application_token, answer=wanted, now=now())
    except ConflictError as refused:
        again = find_application_by_token(application_token, now()) or page
        return _rsvp(again, application_token, refusal=refused.message), refused.status
    except (ValueError, StaffError):
        return _rsvp(page, application_token, refusal=DAMAGED), 422
    return redirect(url_for(".rsvp", application_token=application_token), 303)


def _unknown() -> ResponseReturnValue:
    """Answer a link that is not one of ours: the same for guessed, damaged and outdated ones."""
    return render_template("public/attend/unknown.html"), 404


def _status(page: ApplicationPage, token: str, *, asks_to_withdraw: bool = False) -> str:
    """Return the page that shows an application."""
    about = _about(page, token)
    return render_template(
        "public/attend/status.html",
        answers=show_answers(page.questions, page.application.answers),
        asks_to_withdraw=asks_to_withdraw,
        **about,
    )


def _rsvp(page: ApplicationPage, token: str, *, refusal: str = "") -> str:
    """Return the page with both answers."""
    return render_template("public/attend/rsvp.html", refusal=refusal, **_about(page, token))


def _about(page: ApplicationPage, token: str) -> dict[str, object]:
    """Return what both pages say."""
    row, zone = page.application, zone_of(page.event)
    speak(row.person.locale, row.locale, page.event.locale)
    return {
        "token": token,
        "page": page,
        "event": page.event,
        "application": row,
        "programme": page.event.programme,
        "is_open": page.standing is Standing.OPEN,
        "why_not": REFUSALS.get(page.standing, ""),
        "dates": write_event_dates(page.event, page_language()),
        "submitted": write_instant(row.submitted_at, zone),
        "withdrawn": write_instant(row.withdrawn_at, zone),
        "deadline": write_instant(page.deadline, zone),
        "content_language": row.locale,
        "direction": find_locale(row.locale).text_direction,
    }

"""The page behind the opt-out link in a letter: it shows what is stored, and buttons store or undo."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.actions.opt_out import Source, opt_out, undo_opt_out
from webapp.mail.domain.opt_out import mask_address
from webapp.mail.domain.references import OPT_OUT, read_reference
from webapp.mail.models.opt_out import OptOutScope
from webapp.mail.queries.opt_out import LetterPlace, find_letter_place, find_wishes
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.events import get_event, get_programme
from webapp.web.extensions import csrf, limiter
from webapp.web.language import hear_browser, speak

FORM_LIMIT = 16 * 1024  # bytes: the form has two words

blueprint = Blueprint("opt_out", __name__, url_prefix="/opt-out")

# No CSRF token: it lives in a cookie, and people open links in viewers that keep none; mailbox providers send
# the one-click POST without any (RFC 8058, 3.1). The authority is the reference in the address, which nobody
# but the letter's recipient has, and which no foreign page can know or guess.
csrf.exempt(blueprint)
# No rate limit: a mailbox provider posts for all its people from a few addresses. Guessing does not get
# anywhere: a reference is checked by its keyed hash before the database is asked.
limiter.exempt(blueprint)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the page.

    Args:
        scope: what it would stop.
        since: when it was stopped, written out; None while it is not.
        is_covered: a wider wish is stored, which has the same effect.
    """

    scope: OptOutScope
    since: str | None
    is_covered: bool


blueprint.before_request(hear_browser)


@blueprint.before_request
def _take_little() -> None:
    """Refuse to read a body that cannot be one of our forms."""
    request.max_content_length = FORM_LIMIT


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    """Keep the address, which is an authority, out of search engines, referrers and caches."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<token>")
@blueprint.get("/<token>/one-click", endpoint="show_one_click")
@blueprint.get("/<token>/stop", endpoint="show_stop")
@blueprint.get("/<token>/undo", endpoint="show_undo")
def show(token: str) -> ResponseReturnValue:
    """Show what is stored and what can be chosen. Nothing is ever stored by looking, whoever looks."""
    letter = _letter_of(token)
    return _unknown_link() if letter is None else _page(token, letter)


@blueprint.post("/<token>/one-click")
def one_click(token: str) -> ResponseReturnValue:
    """Obey a mailbox provider's one-click POST (RFC 8058): no cookie, no question, never a redirect.

    The body ought to be ``List-Unsubscribe=One-Click``; it is not even read, since whoever posts here has the
    reference from the letter's header, and a body that was lost on the way is no reason to go on writing.
    """
    reference = _read(token)
    if reference is None:
        return _unknown_link()
    try:
        opt_out(shoot_id=reference[0], seq=reference[1], source=Source.ONE_CLICK)
    except NotFoundError:
        return _unknown_link()
    return Response("You are unsubscribed.\n", mimetype="text/plain")


@blueprint.post("/<token>/stop")
def stop(token: str) -> ResponseReturnValue:
    """Store a wish and show the page again."""
    return _change(token, is_undo=False)


@blueprint.post("/<token>/undo")
def undo(token: str) -> ResponseReturnValue:
    """Take a wish back and show the page again."""
    return _change(token, is_undo=True)


def _change(token: str, *, is_undo: bool) -> ResponseReturnValue:
    """Store or take back what a button of the page says."""
    letter = _letter_of(token)
    if letter is None:
        return _unknown_link()
    try:
        wish = OptOutScope(request.form.get("scope", ""))
        if is_undo:
            undo_opt_out(shoot_id=letter.shoot_id, seq=letter.seq, wish=wish)
        else:
            opt_out(shoot_id=letter.shoot_id, seq=letter.seq, wish=wish, source=Source.PAGE)
    except (ValueError, StaffError):
        return _page(token, letter, is_damaged=True), 422
    return redirect(url_for(".show", token=token), 303)


def _read(token: str) -> tuple[int, int] | None:
    """Return (shoot, seq) of a reference made here for this purpose, else None."""
    return read_reference(current_app.extensions["tokens"], OPT_OUT, token)


def _letter_of(token: str) -> LetterPlace | None:
    """Return the letter that a link came in, or None for whatever is not such a link."""
    reference = _read(token)
    return find_letter_place(*reference) if reference else None


def _unknown_link() -> ResponseReturnValue:
    """Answer a link that is not one of ours: the same for guessed, damaged and swapped ones."""
    return render_template("public/unknown_link.html"), 404


def _page(token: str, letter: LetterPlace, *, is_damaged: bool = False) -> str:
    """Return the page of a letter's link."""
    event = get_event(SYSTEM, letter.event_id) if letter.event_id else None
    programme = get_programme(SYSTEM, letter.programme_id) if letter.programme_id else None
    reader = db.session.get(Person, letter.person_id)
    speak(*(place.locale for place in (reader, event, programme) if place))
    zone = _zone(event, programme)
    wishes = find_wishes(letter)
    return render_template(
        "public/opt_out.html",
        token=token,
        letter=letter,
        masked=mask_address(letter.address),
        event=event,
        programme=programme,
        sent=_day(letter.handed_at, zone) if letter.handed_at else None,
        choices=[
            Choice(
                scope=scope,
                since=_day(wishes[scope], zone) if scope in wishes else None,
                is_covered=any(wider in wishes for wider in letter.offers[position + 1 :]),
            )
            for position, scope in enumerate(letter.offers)
        ],
        is_damaged=is_damaged,
    )


def _zone(event: Event | None, programme: Programme | None) -> ZoneInfo:
    """Return the zone in which the days of a page are meant."""
    place = event or programme
    try:
        return ZoneInfo(place.timezone if place else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _day(instant: datetime, zone: ZoneInfo) -> str:
    """Return the day of an instant in words."""
    return str(format_date(instant.astimezone(zone).date(), "long"))

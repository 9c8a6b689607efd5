"""The contact page of a programme: a visitor writes to support or to an event's organizers."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded

from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.core.words import say
from webapp.programme.actions.contact import Destination, receive_message
from webapp.programme.domain.contact import ContactKind, read_written
from webapp.programme.models.programme import Programme
from webapp.programme.queries.contact import (
    find_events_to_write_to,
    find_public_programme,
    find_public_programmes,
)
from webapp.programme.queries.languages import find_event_locales
from webapp.web.extensions import limiter
from webapp.web.forms.choices import read_id
from webapp.web.forms.contact import ContactForm
from webapp.web.language import hear_browser, in_words, page_language, speak_among
from webapp.web.public.form_guard import (
    answer_nothing,
    is_trapped,
    keep_small,
    make_stamp,
    read_stamp,
    typed_address,
)
from webapp.web.staff.admin_base import put_error

blueprint = Blueprint("contact", __name__, url_prefix="/contact")
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(NotFoundError, answer_nothing)

STAMP = "contact-form"
PER_HOST = "10 per minute; 60 per hour"
PER_ADDRESS = "10 per hour"


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Let the visitor choose a programme, where there is more than one."""
    programmes = find_public_programmes()
    if len(programmes) == 1:
        return redirect(url_for(".write", programme_slug=programmes[0].slug))
    return render_template("public/contact_index.html", programmes=programmes)


@blueprint.get("/<programme_slug>")
def write(programme_slug: str) -> str:
    """Show the form; ``?event=`` chooses one."""
    programme = _programme(programme_slug)
    form = _form(programme)
    chosen = request.args.get("event", "")
    if chosen in {value for value, _ in form.event.choices if value}:
        form.event.data, form.kind.data = chosen, ContactKind.EVENT.value
    return _page(programme, form)


@blueprint.post("/<programme_slug>")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
@limiter.limit(PER_ADDRESS, key_func=typed_address)  # type: ignore[untyped-decorator]  # likewise
def send(programme_slug: str) -> ResponseReturnValue:
    """Store the message; what is wrong stands beside its field, with everything that was typed."""
    programme = _programme(programme_slug)
    form = _form(programme)
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    if not form.validate():
        return _page(programme, form, token=stamp.token if stamp else None), 422
    if stamp is None or stamp.is_hasty(now()):
        form.form_errors.append(say("Nothing was sent yet. Look over your message and press Send once more."))
        return _page(programme, form), 422
    try:
        receive_message(
            to=Destination(ContactKind(form.kind.data), programme.id, read_id(form.event.data)),
            written=read_written(
                name=form.name.data,
                address=form.address.data,
                subject=form.subject.data or "",
                body=form.body.data,
            ),
            submission_token=stamp.token,
            locale=page_language(),
            is_suspect=is_trapped(),
        )
    except StaffError as error:
        put_error(form, error)
        return _page(programme, form, token=None if error.field == "again" else stamp.token), 422
    return redirect(url_for(".sent", programme_slug=programme.slug), 303)


@blueprint.get("/<programme_slug>/sent")
def sent(programme_slug: str) -> str:
    """Say that the message has arrived."""
    return render_template("public/contact_sent.html", programme=_programme(programme_slug))


@blueprint.errorhandler(RateLimitExceeded)
def _too_often(_error: RateLimitExceeded) -> ResponseReturnValue:
    """Show the form with what was typed to somebody who was too quick."""
    programme = _programme(str((request.view_args or {}).get("programme_slug", "")))
    form = _form(programme)
    form.form_errors = [say("That was too often. Nothing is lost: wait a minute and press Send once more.")]
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    return _page(programme, form, token=stamp.token if stamp else None), 429


def _programme(slug: str) -> Programme:
    """Return the programme of the address."""
    programme = find_public_programme(slug)
    if programme is None:
        raise NotFoundError("There is no such page.")
    speak_among(programme.locale, find_event_locales(programme.id))
    return programme


def _form(programme: Programme) -> ContactForm:
    """Return the form with the programme's events to choose from."""
    form = ContactForm()
    events = find_events_to_write_to(programme.id)
    form.event.choices = [("", in_words(say("None"))), *((str(event.id), event.name) for event in events)]
    if form.kind.data is None:
        form.kind.data = ContactKind.SUPPORT.value
    return form


def _page(programme: Programme, form: ContactForm, token: str | None = None) -> str:
    """Return the page; a token that was sent once stays, so that pressing twice sends once."""
    return render_template(
        "public/contact.html",
        programme=programme,
        form=form,
        token=token or make_stamp(STAMP, now()),
    )

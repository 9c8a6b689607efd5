"""Newsletters for their readers: subscribe, confirm, choose, leave."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.core.words import say
from webapp.mail.domain.opt_out import mask_address
from webapp.people.models.person import Person
from webapp.programme.actions.newsletter import choose_lists, confirm, find_by_token, subscribe
from webapp.programme.domain.newsletter import read_preferences_token
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.models.programme import Programme
from webapp.programme.queries.languages import find_event_locales
from webapp.programme.queries.newsletter import find_preferences, find_public_list, has_opted_out
from webapp.web.extensions import csrf, limiter
from webapp.web.forms.choices import read_id
from webapp.web.forms.newsletters import SubscribeForm
from webapp.web.language import hear_browser, page_language, speak, speak_among
from webapp.web.public.form_guard import (
    answer_nothing,
    is_trapped,
    keep_private,
    keep_small,
    make_stamp,
    read_stamp,
    typed_address,
)
from webapp.web.staff.admin_base import put_error

blueprint = Blueprint("newsletter", __name__)
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(NotFoundError, answer_nothing)
blueprint.after_request(keep_private)

STAMP = "newsletter-form"
PER_HOST = "10 per minute; 60 per hour"
PER_ADDRESS = "10 per hour"


@blueprint.get("/newsletters/<list_slug>")
def show(list_slug: str) -> str:
    """Show what the newsletter is about, and the form."""
    return _form_page(_list(list_slug), SubscribeForm())


@blueprint.post("/newsletters/<list_slug>")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
@limiter.limit(PER_ADDRESS, key_func=typed_address)  # type: ignore[untyped-decorator]  # likewise
def ask(list_slug: str) -> ResponseReturnValue:
    """Take an address; the answer is the same whether it is on the list or not."""
    row, form = _list(list_slug), SubscribeForm()
    if not form.validate():
        return _form_page(row, form), 422
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    if stamp is None or stamp.is_hasty(now()):
        form.form_errors.append(say("Nothing was sent yet. Press Subscribe once more."))
        return _form_page(row, form), 422
    if not is_trapped():
        try:
            subscribe(
                slug=list_slug,
                address=form.address.data,
                name=form.name.data or "",
                locale=page_language(),
                now=now(),
            )
        except StaffError as error:
            put_error(form, error)
            return _form_page(row, form), 422
    return redirect(url_for(".asked", list_slug=list_slug), 303)


@blueprint.get("/newsletters/<list_slug>/asked")
def asked(list_slug: str) -> str:
    """Tell them to look into their mailbox."""
    return render_template("public/newsletter_asked.html", list=_list(list_slug))


@blueprint.errorhandler(RateLimitExceeded)
def _too_often(_error: RateLimitExceeded) -> ResponseReturnValue:
    """Show the form with what was typed to somebody who was too quick."""
    row, form = _list(str((request.view_args or {}).get("list_slug", ""))), SubscribeForm()
    form.form_errors = [say("That was too often. Wait a minute and press Subscribe once more.")]
    return _form_page(row, form), 429


@blueprint.get("/newsletter/confirm/<token>")
def confirm_page(token: str) -> ResponseReturnValue:
    """Show what would be confirmed; programs that look into letters confirm nothing."""
    try:
        subscription = find_by_token(token)
    except NotFoundError:
        return _unknown()
    speak(subscription.person.locale, subscription.locale)
    return render_template(
        "public/newsletter_confirm.html",
        token=token,
        subscription=subscription,
        list=db.session.get_one(NewsletterList, subscription.list_id),
        masked=mask_address(subscription.person.email),
    )


# No CSRF token: the authority is the reference in the address, which nobody but the letter's reader has, and
# letters are opened in viewers that keep no cookies.
@blueprint.post("/newsletter/confirm/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # published without types
def confirm_now(token: str) -> ResponseReturnValue:
    """Put the reader on the list."""
    try:
        confirm(token, now())
    except NotFoundError:
        return _unknown()
    return redirect(url_for(".confirm_page", token=token), 303)


@blueprint.get("/newsletter/choose/<token>")
def choose(token: str) -> ResponseReturnValue:
    """Show all lists of the programme, with the reader's own marked."""
    reference = read_preferences_token(current_app.extensions["tokens"], token)
    person = db.session.get(Person, reference[0]) if reference else None
    programme = db.session.get(Programme, reference[1]) if reference else None
    if person is None or programme is None or person.erased_at is not None:
        return _unknown()
    speak(person.locale, programme.locale)
    return render_template(
        "public/newsletter_choose.html",
        token=token,
        programme=programme,
        preferences=find_preferences(person.id, programme.id),
        masked=mask_address(person.email),
        is_stopped=has_opted_out(person.id, programme.id),
        is_stored="stored" in request.args,
    )


@blueprint.post("/newsletter/choose/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # published without types
def store_choice(token: str) -> ResponseReturnValue:
    """Store the reader's choice; ``none`` leaves every list."""
    reference = read_preferences_token(current_app.extensions["tokens"], token)
    if reference is None or db.session.get(Person, reference[0]) is None:
        return _unknown()
    given = [] if "none" in request.form else request.form.getlist("list")
    wanted = {list_id for text in given if (list_id := read_id(text)) is not None}
    choose_lists(person_id=reference[0], programme_id=reference[1], wanted=wanted, now=now())
    return redirect(url_for(".choose", token=token, stored=1), 303)


def _list(slug: str) -> NewsletterList:
    row = find_public_list(slug)
    if row is None:
        raise NotFoundError("There is no such page.")
    programme = db.session.get_one(Programme, row.programme_id)
    speak_among(row.locale, (programme.locale, *find_event_locales(programme.id)))
    return row


def _form_page(row: NewsletterList, form: SubscribeForm) -> str:
    return render_template(
        "public/newsletter.html",
        list=row,
        programme=db.session.get_one(Programme, row.programme_id),
        form=form,
        token=make_stamp(STAMP, now()),
    )


def _unknown() -> ResponseReturnValue:
    return render_template("public/attend/unknown.html"), 404

"""The form by which people apply to attend an event; nothing that was typed is lost when it is refused."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.words import say
from webapp.programme.actions.attend_submit import Outcome, RefusedAnswersError, submit_application
from webapp.programme.domain.attend_forms import Opening
from webapp.programme.domain.attend_questions import YES, Asked, QuestionKind, QuestionRole
from webapp.programme.queries.attend import FormPage, find_form_page
from webapp.programme.queries.constants import find_locale, write_event_dates
from webapp.web.extensions import csrf, limiter
from webapp.web.language import hear_browser, page_language, speak
from webapp.web.public.form_guard import answer_nothing, is_trapped, keep_small, make_stamp, read_stamp
from webapp.web.public.place_times import write_instant, zone_of

blueprint = Blueprint("attend", __name__, url_prefix="/events/<slug>")
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(NotFoundError, answer_nothing)

STAMP = "attend-form"
PREFIX = "q_"  # before a question's key, so that no question can be called as a field of ours
PER_HOST = "20 per minute; 200 per hour"  # a whole class may apply from one school
PER_ADDRESS = "12 per hour"

AGAIN = say(
    "This page was open for a long time. Nothing is lost: look over your answers and send them once more."
)
HASTY = say("Nothing was sent yet. Look over your answers and send them once more.")
TRAPPED = say(
    "Nothing was sent yet. Something filled in a field that has to stay empty; it is empty again now."
)
TOO_OFTEN = say("That was too often. Nothing is lost: wait a minute and send your answers once more.")
CLOSED = say(
    "The form has been closed in the meantime, so your answers could not be taken. Copy what you need."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One question as the page shows it.

    Args:
        asked: the question.
        label: what it is called; the newsletter's own words where it is about that.
        name: of its field.
        values: what was typed or chosen so far.
        error: what is wrong with it, or "".
        condition: when it is asked, in words, or "".
        watched: the name of the field that decides it, or "".
    """

    asked: Asked
    label: str
    name: str
    values: Sequence[str]
    error: str
    condition: str
    watched: str


def address_typed() -> str:
    """Return what to count an address's tries by: a hash, since a rate limit's store is no place for addresses."""
    text = request.form.get(f"{PREFIX}email", "").strip().lower()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


@blueprint.get("/apply")
def show(slug: str) -> str:
    """Show the form, or when it opens or why it is closed."""
    page = _page_of(slug)
    if page.opening is not Opening.OPEN:
        return render_template("public/attend/closed.html", **about(page))
    return _form(page)


@blueprint.post("/apply")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
@limiter.limit(PER_ADDRESS, key_func=address_typed)  # type: ignore[untyped-decorator]  # likewise
def apply(slug: str) -> ResponseReturnValue:
    """Take an application; what is wrong stands beside its question, with everything that was typed."""
    page = _page_of(slug)
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    token = stamp.token if stamp else None
    if stamp is None or not _is_ours():
        return _form(page, token=token, notice=AGAIN), 422
    if stamp.is_hasty(now()) or is_trapped():
        return _form(page, token=token, notice=TRAPPED if is_trapped() else HASTY), 422
    try:
        done = submit_application(slug=slug, given=_given(page), submission_token=stamp.token, now=now())
    except RefusedAnswersError as refused:
        return _form(page, token=token, errors=refused.errors), refused.status
    except ConflictError as closed:
        return _form(_page_of(slug), token=token, notice=CLOSED), closed.status
    return redirect(
        url_for(
            ".applied",
            slug=slug,
            known=1 if done.outcome is Outcome.KNOWN else None,
            letter=None if done.is_letter_promised else 0,
        ),
        303,
    )


# Its own check of the token keeps what was typed; see ``AGAIN``.
csrf.exempt(apply)


@blueprint.get("/applied")
def applied(slug: str) -> str:
    """Say that the application has arrived, or that the address had applied before."""
    return render_template(
        "public/attend/applied.html",
        is_known=request.args.get("known") == "1",
        has_letter=request.args.get("letter") != "0",
        **about(_page_of(slug)),
    )


@blueprint.errorhandler(RateLimitExceeded)
def _too_often(_error: RateLimitExceeded) -> ResponseReturnValue:
    """Show the form with what was typed to somebody who was too quick."""
    page = _page_of(str((request.view_args or {}).get("slug", "")))
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    return _form(page, token=stamp.token if stamp else None, notice=TOO_OFTEN), 429


def _page_of(slug: str) -> FormPage:
    """Return the form of the address."""
    page = find_form_page(slug, now())
    if page is None:
        raise NotFoundError("There is no such page.")
    speak(page.form.locale, page.event.locale, page.event.programme.locale)
    return page


def _is_ours() -> bool:
    """Say whether the form comes from a page of ours in the same browser."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _given(page: FormPage) -> dict[str, list[str]]:
    """Return what was posted, by question's key."""
    return {asked.key: request.form.getlist(PREFIX + asked.key) for asked in page.questions}


def _form(
    page: FormPage, *, token: str | None = None, notice: str = "", errors: Mapping[str, str] | None = None
) -> str:
    """Return the form; a token that was sent once stays, so that pressing twice applies once."""
    given = _given(page) if request.method == "POST" else {}
    return render_template(
        "public/attend/apply.html",
        lines=write_lines(page, given, errors or {}),
        token=token or make_stamp(STAMP, now()),
        notice=notice,
        is_preview=False,
        **about(page),
    )


def write_lines(page: FormPage, given: Mapping[str, Sequence[str]], errors: Mapping[str, str]) -> list[Line]:
    """Return the questions of a form as the page shows them.

    Args:
        page: the form.
        given: what was typed so far, by question's key.
        errors: what is wrong, by question's key.
    """
    by_key = {asked.key: asked for asked in page.questions}
    return [
        Line(
            asked=asked,
            label=_label(page, asked),
            name=PREFIX + asked.key,
            values=given.get(asked.key, ()),
            error=errors.get(asked.key, ""),
            condition=_condition(page, asked, by_key),
            watched=f"{PREFIX}{asked.condition.question}"
            if asked.condition and asked.condition.question in by_key
            else "",
        )
        for asked in page.questions
    ]


def _label(page: FormPage, asked: Asked) -> str:
    """Return the words of a question: what a newsletter's reader agrees to stands in the list's own words."""
    if asked.role is QuestionRole.NEWSLETTER and page.newsletter is not None:
        return page.newsletter.consent_words
    return asked.label


def _condition(page: FormPage, asked: Asked, by_key: Mapping[str, Asked]) -> str:
    """Return in words when a question is asked: without scripts everybody sees it."""
    other = by_key.get(asked.condition.question) if asked.condition else None
    if asked.condition is None or other is None:
        return ""
    if other.kind is QuestionKind.BOOL:
        is_ticked = YES in asked.condition.values
        label = _label(page, other)
        if is_ticked:
            return say("Only if you ticked “%(question)s”.", question=label)
        return say("Only if you did not tick “%(question)s”.", question=label)
    answers = " / ".join(f"“{value}”" for value in asked.condition.values)
    return say("Only if you answered %(answers)s to “%(question)s”.", answers=answers, question=other.label)


def about(page: FormPage) -> dict[str, object]:
    """Return what every page about a form says: its event, its times on the event's clocks, its language."""
    zone = zone_of(page.event)
    return {
        "page": page,
        "event": page.event,
        "form": page.form,
        "opening": page.opening.value,
        "dates": write_event_dates(page.event, page_language()),
        "opens": write_instant(page.form.opens_at, zone),
        "closes": write_instant(page.form.closes_at, zone),
        "direction": find_locale(page.form.locale).text_direction,
    }

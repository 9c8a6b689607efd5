"""Applying to host an event, step by step; each step is kept, so that nothing that was typed is lost."""

import hashlib

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from webapp.core.clock import now
from webapp.core.errors import NotFoundError
from webapp.core.words import say
from webapp.programme.actions.host_drafts import begin_draft, keep_step, send_draft
from webapp.programme.domain.host_rules import HostRefusedError
from webapp.programme.domain.host_steps import HostStep
from webapp.programme.queries.host_drafts import (
    find_draft,
    find_host_reference,
    find_hosting_programme,
    find_hosting_programmes,
)
from webapp.web.extensions import csrf, limiter
from webapp.web.forms.host import change_rows, read_words
from webapp.web.language import hear_browser, page_language
from webapp.web.public.form_guard import answer_nothing, is_trapped, keep_private, keep_small, read_stamp
from webapp.web.public.host_desk import (
    COOKIE,
    STAMP,
    Desk,
    find_desk,
    form_of,
    is_good,
    open_programme,
    step_page,
    with_cookie,
)

blueprint = Blueprint("host", __name__, url_prefix="/host")
blueprint.before_request(hear_browser)
blueprint.before_request(keep_small)
blueprint.register_error_handler(NotFoundError, answer_nothing)
blueprint.after_request(keep_private)

# Its own check of the token keeps what was typed; see ``AGAIN``.
csrf.exempt(blueprint)

PER_HOST = "60 per minute; 600 per hour"  # a step is a request, and so is another organizer
SENT_PER_HOST = "10 per minute; 60 per hour"
SENT_PER_LEAD = "10 per hour"

AGAIN = say(
    "This page was open for a long time. Nothing is lost: look over your words and press the button again."
)
HASTY = say("Nothing was sent yet. Look over your application and send it once more.")
TRAPPED = say("Nothing was kept yet: a field that has to stay empty was filled in. It is empty again now.")
TOO_OFTEN = say("That was too often. Nothing is lost: wait a minute and press the button again.")


def lead_typed() -> str:
    """Return what to count a lead's tries by: a hash, since a rate limit's store is no place for addresses."""
    programme = find_hosting_programme(str((request.view_args or {}).get("programme_slug", "")))
    draft = find_draft(request.cookies.get(COOKIE, ""), programme.id, now()) if programme else None
    rows = draft.words[HostStep.ORGANIZERS].get("organizers", []) if draft else []
    text = rows[0]["email"].strip().lower() if rows else ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Let them choose a programme, where there is more than one."""
    programmes = find_hosting_programmes()
    if len(programmes) == 1:
        return redirect(url_for(".start", programme_slug=programmes[0].slug))
    return render_template("public/host/index.html", programmes=programmes)


@blueprint.get("/<programme_slug>")
def start(programme_slug: str) -> ResponseReturnValue:
    """Go to where they were."""
    desk = find_desk(programme_slug)
    return desk.to(HostStep.RETURNING if desk.is_sent else desk.first)


@blueprint.get("/<programme_slug>/<step>")
def show(programme_slug: str, step: str) -> ResponseReturnValue:
    """Show a step with what was typed before; looking keeps nothing."""
    desk, here = find_desk(programme_slug), _step(step)
    draft = desk.draft
    if draft is None or desk.is_sent:
        blank = Desk(desk.programme, "", None)
        return step_page(blank, here, {}) if here is HostStep.RETURNING else desk.to(HostStep.RETURNING)
    if here not in draft.steps or (here is HostStep.CHECK and desk.first is not HostStep.CHECK):
        return desk.to(desk.first)
    return step_page(desk, here, draft.words[here])


@blueprint.post("/<programme_slug>/<step>")
@limiter.limit(PER_HOST)  # type: ignore[untyped-decorator]  # published without types
def keep(programme_slug: str, step: str) -> ResponseReturnValue:
    """Keep a step and go on, back, or stay with a row more or less; what is wrong stands beside its field."""
    desk, here = find_desk(programme_slug), _step(step)
    words, pressed = read_words(here, request.form), request.form.get("go", "next")
    if not _is_ours() or is_trapped():
        return step_page(desk, here, words, notice=TRAPPED if _is_ours() else AGAIN), 422
    token = desk.token
    if desk.is_sent and here is not HostStep.RETURNING:
        return desk.thanks()
    if desk.draft is None or desk.is_sent:  # whatever is typed first is kept, on whichever step
        token = begin_draft(programme_id=desk.programme.id, locale=page_language(), now=now())
    if here is HostStep.ORGANIZERS:
        words = change_rows(words, pressed)
    form = form_of(desk, here, words)
    is_done = is_good(desk, here, form)
    keep_step(token=token, step=here, words=words, is_done=is_done, now=now())
    desk = Desk(desk.programme, token, find_draft(token, desk.programme.id, now()))
    if pressed == "next" and not is_done:
        return with_cookie((step_page(desk, here, words, form=form), 422), programme_slug, token)
    return with_cookie(_onward(desk, here, pressed), programme_slug, token)


@blueprint.post("/<programme_slug>/check")
@limiter.limit(SENT_PER_HOST)  # type: ignore[untyped-decorator]  # likewise
@limiter.limit(SENT_PER_LEAD, key_func=lead_typed)  # type: ignore[untyped-decorator]  # likewise
def send(programme_slug: str) -> ResponseReturnValue:
    """Send the application; what is refused stands on its step, with a link to it from here."""
    desk = find_desk(programme_slug)
    if desk.is_sent:
        return desk.thanks()
    if desk.first is not HostStep.CHECK:
        return desk.to(desk.first)
    stamp = read_stamp(STAMP, request.form.get("token", ""), now())
    if stamp is None or not _is_ours():
        return step_page(desk, HostStep.CHECK, {}, notice=AGAIN), 422
    if is_trapped() or stamp.is_hasty(now()):
        return step_page(desk, HostStep.CHECK, {}, notice=TRAPPED if is_trapped() else HASTY), 422
    try:
        send_draft(token=desk.token, programme_id=desk.programme.id, now=now())
    except HostRefusedError:
        return step_page(find_desk(programme_slug), HostStep.CHECK, {}), 422
    return desk.thanks()


@blueprint.get("/<programme_slug>/thanks")
def thanks(programme_slug: str) -> ResponseReturnValue:
    """Say that the application has arrived, and what it is called."""
    desk = find_desk(programme_slug)
    if desk.draft is None or desk.draft.application_id is None:
        return desk.to(HostStep.RETURNING)
    return render_template(
        "public/host/thanks.html",
        programme=desk.programme,
        reference=find_host_reference(desk.draft.application_id),
    )


@blueprint.get("/<programme_slug>/resume/<draft_token>")
def resume(programme_slug: str, draft_token: str) -> ResponseReturnValue:
    """Go on in another browser, by the link that every step shows."""
    programme = open_programme(programme_slug)
    if find_draft(draft_token, programme.id, now()) is None:
        page = render_template("public/host/unknown.html", programme=programme)
        return page, 404
    way = redirect(url_for(".start", programme_slug=programme_slug), 303)
    return with_cookie(way, programme_slug, draft_token)


@blueprint.errorhandler(RateLimitExceeded)
def _too_often(_error: RateLimitExceeded) -> ResponseReturnValue:
    """Show the step with what was typed to somebody who was too quick."""
    given = request.view_args or {}
    desk, here = find_desk(str(given.get("programme_slug", ""))), _step(str(given.get("step", "check")))
    if here is HostStep.CHECK:
        if desk.is_sent or desk.first is not HostStep.CHECK:
            return desk.to(HostStep.RETURNING)
        return step_page(desk, here, {}, notice=TOO_OFTEN), 429
    return step_page(desk, here, read_words(here, request.form), notice=TOO_OFTEN), 429


def _step(name: str) -> HostStep:
    """Return the step of the address."""
    if name not in {step.value for step in HostStep}:
        raise NotFoundError("There is no such page.")
    return HostStep(name)


def _is_ours() -> bool:
    """Say whether the form comes from a page of ours in the same browser."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _onward(desk: Desk, here: HostStep, pressed: str) -> ResponseReturnValue:
    """Return the way that a button leads."""
    if pressed == "next":
        return desk.to(desk.first)
    if pressed == "back" and desk.draft is not None and here in desk.draft.steps:
        return desk.to(desk.draft.steps[max(desk.draft.steps.index(here) - 1, 0)])
    return desk.to(here)

"""The pages on which somebody looks at a letter as one of its recipients, and sends it to themselves."""

import re
from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import NotFoundError, PostroomError, StaffError
from webapp.mail.actions.compose import FaultyLetterError
from webapp.mail.actions.compose_preview import Look, OpenDraft
from webapp.mail.actions.compose_versions import keep_version
from webapp.mail.actions.schedule import send_test
from webapp.mail.domain.states import EmailState, ShootKind, ShootState
from webapp.mail.domain.values import PoisonError
from webapp.mail.queries.audience import SamplePerson, page_audience
from webapp.mail.queries.preview import (
    EdgeCase,
    Recipient,
    find_edge_cases,
    find_example,
    find_neighbours,
    find_recipient,
)
from webapp.mail.queries.schedule import get_shoot
from webapp.mail.queries.shoot_letters import count_states
from webapp.web.security_headers import LETTER
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.letter_frame import LetterFrame, open_letter_frame, shoot_address

blueprint = StaffBlueprint("letter_preview", __name__, url_prefix="/letters/<int:letter_id>/preview")

VIEWS = {
    "desktop": ("Desktop", "desktop"),
    "phone": ("Phone", "phone"),
    "dark": ("Dark", "moon"),
    "text": ("Plain text", "text"),
}
FOUND = 8  # people whom the search shows

# The reader's own choice of colours must not reach into the frame: each view shows one of the two.
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Everything that the panel shows.

    Args:
        recipient: as whom the letter is looked at.
        look: the letter; None where it cannot be written for them.
        problem: why it cannot, or what stands in the way of real recipients.
        before: the recipient before this one.
        after: the one after.
        cases: recipients worth a look.
        found: what the search found.
    """

    recipient: Recipient
    look: Look | None
    problem: str
    before: int | None
    after: int | None
    cases: list[EdgeCase]
    found: list[SamplePerson]


def _asked_person() -> int | None:
    """Return the recipient that the address names."""
    number = request.args.get("person", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else None


def _choose(frame: LetterFrame, draft: OpenDraft, person_id: int | None) -> tuple[Recipient, str]:
    """Return who the letter is looked at as, and why it is nobody real where that is so."""
    fields = draft.compiled.fields
    if not frame.audience.include:
        return find_example(
            fields
        ), "Nobody is chosen yet, so this is made up. Choose who gets it to see real people."
    try:
        found = find_recipient(
            frame.audience, frame.place, kind=frame.kind, fields=fields, person_id=person_id
        )
    except (StaffError, NotFoundError) as error:
        return find_example(fields), error.message
    if found is None and person_id is not None:
        raise NotFoundError("They would not get this letter, so there is nothing to show.")
    if found is None:
        return find_example(fields), "Nobody would get this letter, so this is made up."
    return found, ""


def _view(frame: LetterFrame, draft: OpenDraft) -> PreviewView:
    """Return the panel for whoever the address names, else for the first recipient."""
    recipient, problem = _choose(frame, draft, _asked_person())
    look = None
    try:
        look = draft.look(recipient, now())
    except PoisonError as error:
        problem = f"This copy cannot be written, and would be listed as failed: {error}"
    before = after = None
    cases: list[EdgeCase] = []
    found: list[SamplePerson] = []
    search = request.args.get("search", "").strip()[:100]
    if recipient.person_id is not None:
        before, after = find_neighbours(
            frame.audience, frame.place, kind=frame.kind, person_id=recipient.person_id
        )
        cases = find_edge_cases(
            frame.audience,
            frame.place,
            kind=frame.kind,
            fields=draft.compiled.fields,
            locale=frame.letter.locale,
        )
        if search:
            found = page_audience(
                frame.audience, frame.place, kind=frame.kind, reason=None, text=search, limit=FOUND
            )
    return PreviewView(recipient, look, problem, before, after, cases, found)


@blueprint.get("/")
def page(letter_id: int) -> str:
    """Show the letter as one recipient gets it; within the page when only the recipient changes."""
    frame = open_letter_frame(letter_id)
    asked = request.args.get("view", "desktop")
    context = {
        "frame": frame,
        "views": VIEWS,
        "view_name": asked if asked in VIEWS else "desktop",
        "search": request.args.get("search", ""),
        "test": _find_test(request.args.get("test", "")),
    }
    try:
        draft = OpenDraft(frame.letter, frame.sender, frame.constants)
    except FaultyLetterError:
        return render_template("staff/letters/preview.html", view=None, faults=frame.faults, **context)
    is_part = request.headers.get("HX-Target") == "preview"
    template = "staff/letters/_preview.html" if is_part else "staff/letters/preview.html"
    return render_template(template, view=_view(frame, draft), **context)


@blueprint.get("/frame")
def letter_frame(letter_id: int) -> ResponseReturnValue:
    """Show nothing but the letter, as a mail program would, under a policy that lets nothing in it act."""
    g.csp = LETTER
    frame = open_letter_frame(letter_id)
    draft = OpenDraft(frame.letter, frame.sender, frame.constants)
    recipient, _ = _choose(frame, draft, _asked_person())
    try:
        words = draft.look(recipient, now()).words
    except PoisonError as error:
        return str(error), 422, {"Content-Type": "text/plain; charset=utf-8"}
    html = in_colours(words.html, is_dark=request.args.get("view") == "dark")
    return html, 200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


def in_colours(html: str, *, is_dark: bool) -> str:
    """Return a letter whose media queries answer as in a light or dark mail program, whatever the browser is."""
    return _LIGHT.sub(_NEVER if is_dark else _ALWAYS, _DARK.sub(_ALWAYS if is_dark else _NEVER, html))


@blueprint.post("/test")
def test(letter_id: int) -> ResponseReturnValue:
    """Send the letter as it is to the person at the screen."""
    frame = open_letter_frame(letter_id)
    person, view = request.form.get("person") or None, request.form.get("view", "desktop")
    here = url_for("letter_preview.page", letter_id=letter_id, person=person, view=view)
    try:
        version_id = keep_version(scope=frame.scope, letter_id=letter_id)
        shoot_id = send_test(
            scope=frame.scope,
            letter_id=letter_id,
            version_id=version_id,
            sender_id=frame.letter.sender_id,
            constants=frame.constants,
        )
    except PostroomError as error:
        if request.headers.get("HX-Request"):
            return render_template("staff/letters/_test.html", frame=frame, test=None, refused=error.message)
        flash(error.message, "error")
        return redirect(here)
    if request.headers.get("HX-Request"):
        return render_template("staff/letters/_test.html", frame=frame, test=_find_test(str(shoot_id)))
    return redirect(f"{here}&test={shoot_id}")


@blueprint.get("/test/<int:shoot_id>")
def test_status(letter_id: int, shoot_id: int) -> str:
    """Show how far a letter to oneself has come."""
    frame = open_letter_frame(letter_id)
    return render_template("staff/letters/_test.html", frame=frame, test=_find_test(str(shoot_id)))


@dataclass(frozen=True, slots=True)
class TestStatus:
    """How far a letter to oneself has come.

    Args:
        shoot_id: its shoot.
        tone: ``busy``, ``good`` or ``bad``.
        words: a sentence.
        href: the shoot's page, where there is one.
    """

    shoot_id: int
    tone: str
    words: str
    href: str | None


def _find_test(number: str) -> TestStatus | None:
    """Return the status of a test shoot of the person at the screen, or None for anything else."""
    if not (number.isascii() and number.isdigit()):
        return None
    shoot = get_shoot(current_scope(), int(number))
    if shoot.kind != ShootKind.TEST:
        return None
    states = count_states(shoot.id)
    address = shoot_address(shoot.id)
    if states.get(EmailState.SENT):
        return TestStatus(shoot.id, "good", "It has been sent. Look into your inbox.", address)
    if states.get(EmailState.UNCERTAIN):
        return TestStatus(
            shoot.id, "warn", "Nobody can tell whether it has arrived. Look into your inbox.", address
        )
    if states.get(EmailState.DEFERRED):
        return TestStatus(shoot.id, "warn", "The mail server asked to try again later.", address)
    if shoot.state == ShootState.SKIPPED:
        return TestStatus(shoot.id, "bad", "Your account has no address to write to.", address)
    if shoot.completed_at is not None or shoot.state in {ShootState.HALTED, ShootState.CANCELLED}:
        return TestStatus(shoot.id, "bad", "It could not be sent.", address)
    return TestStatus(shoot.id, "busy", "It is on its way to you.", address)

"""Announcing: look at a wave, edit or leave out one, try it, announce it, watch it, take it back; invite the next."""

import json
from collections.abc import Mapping

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.queries.outbox import count_letters_by_state
from webapp.mail.queries.shoot_letters import find_shoots
from webapp.programme.actions.wave_announce import Announcing, announce_wave
from webapp.programme.actions.wave_decide import invite_next
from webapp.programme.actions.wave_review import (
    WaveReview,
    edit_words,
    find_line,
    review_wave,
    try_on_oneself,
)
from webapp.programme.actions.wave_undo import undo_wave
from webapp.programme.domain.application_states import WaveState
from webapp.programme.domain.wave import ASK_ABOVE, DECISION_NAMES
from webapp.programme.queries.events import get_event
from webapp.programme.queries.wave import count_places, count_told, find_not_told, find_waves, get_wave
from webapp.programme.queries.wave_letters import find_words, try_letter
from webapp.web.formats import plural
from webapp.web.security_headers import LETTER
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.applications_page import ID, REASON_WORDS, read_ids
from webapp.web.staff.letter_send import read_number

blueprint = StaffBlueprint("waves", __name__, url_prefix=f"/events/<{ID}:event_id>/waves")
SHOWN = 300  # lines of the review; the numbers count all


@blueprint.get("")
def index(event_id: int) -> str:
    """List announcements, and offer free places to the waiting list."""
    event = get_event(current_scope(), event_id)
    return render_template(
        "staff/applications/waves.html",
        event=event,
        waves=[(wave, count_told(wave.id)) for wave in find_waves(event_id)],
        places=count_places(event),
        names=DECISION_NAMES,
    )


@blueprint.post("/next")
def next_wave(event_id: int) -> ResponseReturnValue:
    """Accept the next ones of the waiting list, and go to the page on which they are announced."""
    get_event(current_scope(), event_id)
    try:
        count = read_number(request.form.get("count", "")) or 0
        ids = invite_next(scope=current_scope(), event_id=event_id, count=count, now=now())
    except (StaffError, ConflictError) as error:
        flash(error.message, "error")
        return redirect(url_for(".index", event_id=event_id), 303)
    flash(
        f"{plural(len(ids), 'application')} accepted from the waiting list. Nobody has been told.", "success"
    )
    return redirect(url_for(".review", event_id=event_id), 303)


@blueprint.get("/new")
def review(event_id: int) -> str:
    """Show what announcing now would do."""
    return _page(event_id, {}, frozenset())


def _page(
    event_id: int,
    edits: Mapping[int, dict[str, str]],
    excluded: frozenset[int],
    *,
    editing: int | None = None,
    refused: StaffError | None = None,
) -> str:
    scope = current_scope()
    wave = review_wave(scope=scope, event_id=event_id, now=now(), excluded=excluded)
    words, faults = _readable_words(wave, edits)
    line = next((one for one in wave.lines if one.id == editing), None)
    draft = None
    if line is not None:
        known = find_words(wave.event, line)
        kept = edits.get(line.id, {})
        draft = {
            "subject": request.form.get("subject", "") if refused else kept.get("subject", known.subject),
            "main": request.form.get("main", "")
            if refused
            else kept.get("main", known.slots.get("main", "")),
        }
    chosen = {one.id: one for one in (*wave.samples, *(o for o in wave.lines if o.id in edits))}
    return render_template(
        "staff/applications/announce.html",
        event=wave.event,
        wave=wave,
        shown=wave.lines[:SHOWN],
        samples=[
            (one, None, faults[one.id])
            if one.id in faults
            else (one, *try_letter(wave.telling, one, words.get(one.id)))
            for one in (chosen.values() if not wave.missing else ())
        ],
        given=request.form,
        edits=json.dumps({str(key): value for key, value in edits.items()}),
        edited=set(edits),
        excluded=",".join(str(i) for i in sorted(excluded)),
        line=line,
        draft=draft,
        refused=refused,
        names=DECISION_NAMES,
        reasons=REASON_WORDS,
        ask_above=ASK_ABOVE,
        may_send=scope.may_send(wave.event.programme_id, wave.event.id),
    )


def _read() -> tuple[dict[int, dict[str, str]], frozenset[int]]:
    """Return what the page carries along: edited words by application, and who is left for another time."""
    try:
        posted = json.loads(request.form.get("edits", "") or "{}")
    except ValueError:
        posted = {}
    edits = {
        int(key): {"subject": str(value.get("subject", "")), "main": str(value.get("main", ""))}
        for key, value in (posted.items() if isinstance(posted, dict) else ())
        if str(key).isascii() and str(key).isdigit() and len(key) < 19 and isinstance(value, dict)
    }
    return edits, frozenset(read_ids(request.form.get("excluded", "")))


def _words(wave: WaveReview, edits: Mapping[int, dict[str, str]]) -> dict[int, LetterText]:
    """Return the edited words of those who would be told."""
    told = {one.id for one in wave.lines}
    return {
        key: edit_words(review=wave, application_id=key, subject=it["subject"], main=it["main"], now=now())
        for key, it in edits.items()
        if key in told
    }


def _readable_words(
    wave: WaveReview, edits: Mapping[int, dict[str, str]]
) -> tuple[dict[int, LetterText], dict[int, str]]:
    """Return the edited words that can be used, and what is wrong with the others; none of them is dropped."""
    words: dict[int, LetterText] = {}
    faults: dict[int, str] = {}
    for key, it in edits.items():
        try:
            words |= _words(wave, {key: it})
        except StaffError as error:
            faults[key] = error.message
    return words, faults


@blueprint.post("/look")
def look(event_id: int) -> ResponseReturnValue:
    """Look once more with one left out, taken in again, or in other words; nothing is stored."""
    get_event(current_scope(), event_id)
    edits, excluded = _read()
    deed, _, number = request.form.get("do", "").partition(":")
    target = (read_ids(number) or [0])[0]
    try:
        if deed == "leave":
            excluded |= {target}
        elif deed == "all":
            excluded = frozenset()
        elif deed == "take":
            excluded -= {target}
        elif deed == "plain":
            edits.pop(target, None)
        elif deed == "edit":
            return _page(event_id, edits, excluded, editing=target)
        elif deed == "keep":
            wave = review_wave(scope=current_scope(), event_id=event_id, now=now(), excluded=excluded)
            given = {name: request.form.get(name, "") for name in ("subject", "main")}
            edit_words(review=wave, application_id=target, **given, now=now())
            edits[target] = given
        elif deed == "try":
            wave = review_wave(scope=current_scope(), event_id=event_id, now=now(), excluded=excluded)
            try_on_oneself(
                scope=current_scope(),
                event_id=event_id,
                application_id=target,
                now=now(),
                words=_words(wave, edits).get(target),
            )
            flash("It is on its way to you. Its links lead nowhere.", "success")
    except StaffError as error:
        if deed == "keep":
            return _page(event_id, edits, excluded, editing=target, refused=error), 422
        flash(error.message, "error")
    return _page(event_id, edits, excluded)


@blueprint.get(f"/frame/<{ID}:application_id>")
def frame(event_id: int, application_id: int) -> ResponseReturnValue:
    """Show nothing but one letter of the wave, under a policy that lets nothing in it act."""
    g.csp = LETTER
    wave = review_wave(scope=current_scope(), event_id=event_id, now=now())
    letter, problem = try_letter(wave.telling, find_line(wave, application_id))
    if letter is None:
        return problem, 422, {"Content-Type": "text/plain; charset=utf-8"}
    return letter.html, 200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


@blueprint.post("")
def announce(event_id: int) -> ResponseReturnValue:
    """Tell them: everything in one transaction, held for the undo time."""
    scope = current_scope()
    get_event(scope, event_id)
    edits, excluded = _read()
    try:
        words: dict[int, LetterText] = {}
        if edits:
            words = _words(review_wave(scope=scope, event_id=event_id, now=now(), excluded=excluded), edits)
        wave_id = announce_wave(
            scope=scope,
            event_id=event_id,
            announcing=Announcing(
                excluded=excluded,
                words=words,
                shown_count=read_number(request.form.get("shown_count", "")),
                typed_count=read_number(request.form.get("number", "")),
            ),
            now=now(),
        )
    except (StaffError, ConflictError, ForbiddenError) as error:
        refused = StaffError(error.message, field=error.field)
        return _page(event_id, edits, excluded, refused=refused), error.status
    return redirect(url_for(".show", event_id=event_id, wave_id=wave_id), 303)


def _view(event_id: int, wave_id: int) -> dict[str, object]:
    """Gather what lives on a wave's page: every number is a count of rows."""
    scope = current_scope()
    wave = get_wave(scope, event_id, wave_id)
    letters = count_letters_by_state(wave.batch)
    return {
        "wave": wave,
        "event": get_event(scope, event_id),
        "letters": letters,
        "total": sum(letters.values()),
        "shoots": find_shoots([wave.batch]).get(wave.batch, []),
        "told": count_told(wave.id),
        "names": DECISION_NAMES,
        "is_held": wave.state == WaveState.HELD and wave.hold_until > now(),
        "may_send": scope.may_send(wave.programme_id, wave.event_id),
    }


@blueprint.get(f"/<{ID}:wave_id>")
def show(event_id: int, wave_id: int) -> str:
    """Show one announcement; its numbers ask anew every two seconds."""
    view = _view(event_id, wave_id)
    return render_template(
        "staff/applications/wave.html", **view, not_told=find_not_told(wave_id), reasons=REASON_WORDS
    )


@blueprint.get(f"/<{ID}:wave_id>/live")
def live(event_id: int, wave_id: int) -> str:
    """Give the living part alone."""
    return render_template("staff/applications/_wave.html", **_view(event_id, wave_id))


@blueprint.post(f"/<{ID}:wave_id>/undo")
def undo(event_id: int, wave_id: int) -> ResponseReturnValue:
    """Take the announcement back."""
    get_wave(current_scope(), event_id, wave_id)
    try:
        count = undo_wave(scope=current_scope(), event_id=event_id, wave_id=wave_id, now=now())
        flash(f"Taken back: {plural(count, 'letter')} will never be sent, and nobody was told.", "success")
    except (ConflictError, ForbiddenError) as error:
        flash(error.message, "error")
    return redirect(url_for(".show", event_id=event_id, wave_id=wave_id), 303)

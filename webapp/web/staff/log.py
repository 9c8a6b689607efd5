"""The log of all letters, and a page for each: as it was sent, what became of it, and once more if need be."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.mail.actions.schedule_steering import resend_letters
from webapp.mail.domain.letter_copy import open_links_outside, read_copy
from webapp.mail.domain.report_log import Key, LogFilter
from webapp.mail.domain.report_words import DOUBT_WORDS, FAIL_WORDS, SKIP_WORDS
from webapp.mail.domain.states import EmailState
from webapp.mail.queries.report_letter import get_email
from webapp.mail.queries.report_list import find_log_senders, find_subjects
from webapp.mail.queries.report_log import page_letters
from webapp.mail.queries.schedule import get_shoot
from webapp.people.domain.scope import Scope
from webapp.programme.queries.events import find_events, get_event
from webapp.web.security_headers import LETTER
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.log_page import WISH_WORDS, read_raw, view_letter
from webapp.web.theme import reader_zone

blueprint = StaffBlueprint("log", __name__, url_prefix="/log")

LETTER_AT = "<int(max=9223372036854775807):shoot_id>/<int(max=2147483647):seq>"
STATES = ("remaining", *(state.value for state in EmailState))
REASONS = {**SKIP_WORDS, **FAIL_WORDS, **DOUBT_WORDS}
TABS = {"html": "HTML", "text": "Plain text", "headers": "Headers", "source": "Source"}
SOURCE_LIMIT = 500_000  # characters shown; the file has the rest
LARGEST_ID = 2**63 - 1


def _number(name: str) -> int | None:
    """Return a number of the query, None where it is none or none that a row could have."""
    value = request.args.get(name, type=int)
    return value if value is not None and 0 <= value <= LARGEST_ID else None


def _day(name: str, *, after: int = 0) -> tuple[str, datetime | None]:
    """Return a day of the query as it was written, and when it begins in the reader's zone, ``after`` days on."""
    text = request.args.get(name, "")
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        return "", None
    return text, datetime.combine(day, time.min, reader_zone())


def _key(name: str) -> Key | None:
    """Return a page's key from the query (``12-340``), None where there is none."""
    shoot_id, _, seq = request.args.get(name, "").partition("-")
    if shoot_id.isdigit() and seq.isdigit() and len(shoot_id) < 19 and len(seq) < 10:
        return Key(int(shoot_id), int(seq))
    return None


def _refuse_foreign(scope: Scope, wanted: LogFilter, senders: Collection[int]) -> None:
    """Give what is not there, or not for this person, no list of its own, not even an empty one.

    Raises:
        NotFoundError: the filter names such a thing.
    """
    if wanted.shoot_id is not None:
        get_shoot(scope, wanted.shoot_id)
    if wanted.event_id is not None:
        get_event(scope, wanted.event_id)
    if wanted.sender_id is not None and wanted.sender_id not in senders:
        raise NotFoundError("There is no such sender.")


@blueprint.get("")
def index() -> str:
    """List letters: ``?shoot= &event= &sender= &state= &reason= &since= &until= &search= &older= &newer=``."""
    scope = current_scope()
    state, reason = request.args.get("state", ""), request.args.get("reason", "")
    since_text, since = _day("since")
    until_text, until = _day("until", after=1)
    wanted = LogFilter(
        shoot_id=_number("shoot"),
        event_id=_number("event"),
        sender_id=_number("sender"),
        state=state if state in STATES else None,
        reason=reason if reason in REASONS else None,
        since=since,
        until=until,
        text=request.args.get("search", "").strip().replace("\x00", "")[:200],
    )
    senders = find_log_senders(scope)
    _refuse_foreign(scope, wanted, senders)
    page = page_letters(scope, wanted, older_than=_key("older"), newer_than=_key("newer"))
    kept: dict[str, Any] = {
        "shoot": wanted.shoot_id,
        "event": wanted.event_id,
        "sender": wanted.sender_id,
        "state": wanted.state,
        "reason": wanted.reason,
        "since": since_text or None,
        "until": until_text or None,
        "search": wanted.text or None,
    }

    def onward(name: str, key: Key | None) -> str | None:
        return url_for(".index", **{**kept, name: f"{key.shoot_id}-{key.seq}"}) if key else None

    return render_template(
        "staff/log/index.html",
        page=page,
        subjects=find_subjects(scope, {line.shoot_id for line in page.lines} | {wanted.shoot_id or 0}),
        wanted=wanted,
        kept=kept,
        is_filtered=any(kept.values()),
        states=STATES,
        reasons=REASONS,
        events={event.id: event.name for event in find_events(scope)},
        senders=senders,
        pager={
            "previous_url": onward("newer", page.newer_than),
            "next_url": onward("older", page.older_than),
            "note": "Newest shoot first." if page.lines else "",
        },
    )


@blueprint.get(f"/{LETTER_AT}")
def show(shoot_id: int, seq: int) -> str:
    """Show one letter: ``?show=html|text|headers|source``."""
    scope = current_scope()
    shoot, row = get_email(scope, shoot_id, seq)
    view = view_letter(scope, shoot, row)
    shown = request.args.get("show", "html")
    shown = shown if shown in TABS else "html"
    source = view.copy.source if view.copy else ""
    return render_template(
        "staff/log/show.html",
        view=view,
        row=row,
        shoot=shoot,
        shown=shown,
        tabs=[
            (label, url_for(".show", shoot_id=shoot_id, seq=seq, show=key) + "#copy")
            for key, label in TABS.items()
        ],
        current_tab=TABS[shown],
        source=source[:SOURCE_LIMIT],
        is_source_cut=len(source) > SOURCE_LIMIT,
        reasons=REASONS,
        wish_words=WISH_WORDS,
    )


def _raw(shoot_id: int, seq: int) -> bytes:
    """Return a letter as it was handed over.

    Raises:
        NotFoundError: it is not there, not for this person, or never was handed over.
    """
    shoot, row = get_email(current_scope(), shoot_id, seq)
    raw, why_not = read_raw(shoot, row)
    if raw is None:
        raise NotFoundError(why_not)
    return raw


@blueprint.get(f"/{LETTER_AT}/frame")
def frame(shoot_id: int, seq: int) -> ResponseReturnValue:
    """Give a letter's HTML as it went out, under a policy in which nothing in it can act."""
    copy = read_copy(_raw(shoot_id, seq))
    g.csp = LETTER
    answer = Response(open_links_outside(copy.html or ""), mimetype="text/html")
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get(f"/{LETTER_AT}/letter.eml")
def download(shoot_id: int, seq: int) -> ResponseReturnValue:
    """Give a letter byte for byte as it was handed over, as a file for a mail program."""
    answer = Response(_raw(shoot_id, seq), mimetype="message/rfc822")
    answer.headers["Content-Disposition"] = f'attachment; filename="letter-{shoot_id}-{seq}.eml"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post(f"/{LETTER_AT}/resend")
def resend(shoot_id: int, seq: int) -> ResponseReturnValue:
    """Send one letter once more, after the question of the page was answered."""
    scope = current_scope()
    get_email(scope, shoot_id, seq)
    here = url_for(".show", shoot_id=shoot_id, seq=seq)
    if request.form.get("confirmed") != "1":
        flash("Nothing was sent: confirm that the letter is to go out again.", "error")
        return redirect(here, 303)
    try:
        again_id, _ = resend_letters(scope=scope, shoot_id=shoot_id, seq=seq)
    except (ConflictError, StaffError) as error:
        flash(error.message, "error")
        return redirect(here, 303)
    flash("On the way again. This is the new letter; the old one stays as it is.", "success")
    return redirect(url_for(".show", shoot_id=again_id, seq=0), 303)

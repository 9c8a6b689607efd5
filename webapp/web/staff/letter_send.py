"""The page on which somebody confirms that a letter goes out: to whom, how many, from whom and when."""

from datetime import datetime
from zoneinfo import available_timezones

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.mail.actions.compose import FaultyLetterError
from webapp.mail.actions.compose_preview import Look, OpenDraft
from webapp.mail.actions.schedule import ASK_ABOVE, Sending, schedule_shoot
from webapp.mail.domain.local_time import AmbiguousTimeError, next_full_hour, read_local_time
from webapp.mail.domain.states import LetterState
from webapp.mail.domain.values import PoisonError
from webapp.mail.queries.preview import Recipient, find_recipient
from webapp.people.queries.staff import find_people_who_send
from webapp.programme.queries.zones import find_zone_name
from webapp.web.formats import instant
from webapp.web.forms.brakes import read_brakes
from webapp.web.staff.access import StaffBlueprint
from webapp.web.staff.letter_audience import REASONS, AudienceView, view_audience
from webapp.web.staff.letter_fields import readable
from webapp.web.staff.letter_frame import LetterFrame, open_letter_frame, shoot_address
from webapp.web.staff.limits_eta import estimate_letter
from webapp.web.theme import reader_zone

blueprint = StaffBlueprint("letter_send", __name__, url_prefix="/letters/<int:letter_id>/send")


@blueprint.get("/")
def confirm(letter_id: int) -> str:
    """Show what pressing the button would do."""
    return _page(open_letter_frame(letter_id))


def _page(frame: LetterFrame, refused: StaffError | None = None) -> str:
    """Return the page, after a refusal with what was filled in and the sentence at its field."""
    letter = frame.letter
    zone = find_zone_name(letter.programme_id, letter.event_id)
    first = next_full_hour(now(), zone)
    view = view_audience(frame) if letter.state != LetterState.SENT else None
    return render_template(
        "staff/letters/send.html",
        frame=frame,
        view=view,
        example=_example(frame, view),
        estimate=estimate_letter(frame, view.count.will_get) if view and view.count else None,
        reasons=REASONS,
        ask_above=ASK_ABOVE,
        zone=zone,
        near_zones=list(dict.fromkeys((zone, reader_zone().key, "UTC"))),
        zones=sorted(available_timezones()),
        first=first,
        given=request.form,
        refused=refused,
        readable=readable,
        colleagues=[] if frame.may_send else find_people_who_send(letter.programme_id, letter.event_id),
    )


def _example(frame: LetterFrame, view: AudienceView | None) -> tuple[Recipient, Look] | None:
    """Return the first real recipient and their copy, where the letter can be made at all."""
    if view is None or view.count is None or not view.count.will_get:
        return None
    try:
        draft = OpenDraft(frame.letter, frame.sender, frame.constants)
        person = find_recipient(frame.audience, frame.place, kind=frame.kind, fields=draft.compiled.fields)
        return (person, draft.look(person, now())) if person else None
    except (FaultyLetterError, PoisonError):
        return None


@blueprint.post("/")
def send(letter_id: int) -> ResponseReturnValue:
    """Send the letter, or plan it; twice is once."""
    frame = open_letter_frame(letter_id)
    posted = request.form
    try:
        scheduled_at = _read_time()
        canary, halt_percent = read_brakes(posted)
        shoot_id = schedule_shoot(
            scope=frame.scope,
            letter_id=letter_id,
            sending=Sending(
                audience=frame.audience,
                sender_id=frame.letter.sender_id or 0,
                shown_count=read_number(posted.get("shown_count", "")) or 0,
                typed_count=read_number(posted.get("typed_count", "")),
                scheduled_at=scheduled_at,
                timezone=posted.get("zone", "") if scheduled_at else "UTC",
                canary=canary,
                halt_percent=halt_percent,
            ),
            constants=frame.constants,
            now=now(),
        )
    except ConflictError as error:
        again = open_letter_frame(letter_id)
        page = render_template("staff/letters/sent_already.html", frame=again, message=error.message)
        return page, error.status
    except (StaffError, NotFoundError) as error:
        refused = error if isinstance(error, StaffError) else StaffError(error.message, field=error.field)
        return _page(open_letter_frame(letter_id), refused), 422
    when = f"It starts at {instant(scheduled_at, reader_zone())}." if scheduled_at else "It is on its way."
    flash(f"“{frame.name}” is handed over. {when}", "success")
    return redirect(shoot_address(shoot_id) or url_for("letters.edit", letter_id=letter_id))


def _read_time() -> datetime | None:
    """Return when the letter is to go out; None is now.

    Raises:
        StaffError: there is no such time.
        AmbiguousTimeError: it comes twice, and which one was not said.
    """
    posted = request.form
    if posted.get("when") != "later":
        return None
    second = {"first": False, "second": True}.get(posted.get("which", ""))
    return read_local_time(
        posted.get("day", ""), posted.get("time", ""), posted.get("zone", ""), is_second=second
    )


def read_number(text: str) -> int | None:
    """Return the number that somebody typed, with spaces, commas or dots between its groups; else None."""
    digits = "".join(character for character in text if character.isdigit())
    rest = text.translate({ord(character): None for character in " ,.’'\u00a0\u202f\u2009"})
    return int(digits) if digits and digits == rest and len(digits) < 15 else None


__all__ = ["AmbiguousTimeError", "blueprint", "read_number"]

"""``flask shoot``: send a letter from a file, watch it, pause, resume and cancel it."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.core.clock import now
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.compose import Draft, create_letter
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.actions.schedule_brakes import go_on_now
from webapp.mail.actions.schedule_steering import cancel_shoot, pause_shoot, resume_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.brakes import (
    DEFAULT_HALT_PERCENT,
    DEFAULT_MINUTES,
    BrakeError,
    Canary,
    read_canary,
)
from webapp.mail.domain.html_cleaning import BODY_LIMIT
from webapp.mail.domain.states import ShootKind
from webapp.mail.queries.audience import count_audience
from webapp.mail.queries.letters import find_senders
from webapp.mail.queries.report import get_summary
from webapp.mail.queries.schedule import get_shoot
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.domain.scope import SYSTEM
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import letter_constants
from webapp.programme.queries.events import get_event_by_slug

group = AnsweringGroup("shoot", help="Send letters and watch them.")


class _TakeBack(Exception):
    """Everything went well, and nothing of it shall stay: what a dry run ends with."""


def read_segment(text: str) -> Choice:
    """Read ``name:key=value,key=value`` as a choice.

    Raises:
        StaffError: it is not of that form, or there is no such segment.
    """
    name, _, rest = text.partition(":")
    SEGMENTS.get(name)
    settings: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or not key:
            raise StaffError(f"“{part}” is not of the form key=value.", field="segment")
        settings[key.strip()] = value.strip()
    known = {setting.name for setting in SEGMENTS.get(name).settings}
    for key in settings:
        if key not in known:
            there = ", ".join(sorted(known)) or "none"
            raise StaffError(
                f"The segment “{name}” has no setting “{key}”. It has: {there}.", field="segment"
            )
    return Choice(name, settings)


def read_time(text: str, zone: str) -> datetime:
    """Read a time in ISO 8601; one without a zone is meant in ``zone``.

    Raises:
        StaffError: it is no time.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise StaffError(f"“{text}” is no time. Write it like 2026-12-24T18:00.", field="at") from error
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def read_html(path: Path) -> str:
    """Read the letter's file.

    Raises:
        StaffError: it is not there, too large, or not UTF-8.
    """
    try:
        if path.stat().st_size > BODY_LIMIT:
            raise StaffError(f"{path.name} is larger than {BODY_LIMIT // 1_000_000} MB.", field="html")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StaffError(f"{path} cannot be read: {error.strerror}.", field="html") from error
    except UnicodeDecodeError as error:
        raise StaffError(f"{path.name} is not written in UTF-8.", field="html") from error


def pick_sender(address: str | None, programme_id: int | None, event_id: int | None) -> int:
    """Return the sender of that address, or the first that is allowed there.

    Raises:
        StaffError: it is not allowed there; the message lists those that are.
    """
    allowed = find_senders(programme_id, event_id)
    for sender in allowed:
        if address is None or sender.address == address.strip().lower():
            return sender.id
    if not allowed:
        raise StaffError("There is no sender yet. An administrator adds one under Senders.", field="sender")
    names = ", ".join(s.address for s in allowed)
    raise StaffError(f"“{address}” may not send there. Allowed: {names}.", field="sender")


def pick_canary(text: str | None, minutes: int) -> Canary | None:
    """Read ``500`` or ``5%`` as the letters that go first; None is all at once.

    Raises:
        StaffError: it is neither.
    """
    try:
        return read_canary(text, minutes) if text is not None else None
    except BrakeError as error:
        raise StaffError(str(error), field="canary") from error


@group.command("send")
@click.option("--subject", required=True)
@click.option(
    "--html", "html_file", required=True, type=click.Path(path_type=Path), help="The letter's body."
)
@click.option(
    "--segment", "segments", required=True, multiple=True, help="NAME or NAME:key=value; may be repeated."
)
@click.option("--event", "event_slug", help="The event that the letter belongs to.")
@click.option("--sender", "sender_address", help="The From address.")
@click.option("--at", "at", help="When, in ISO 8601; without a zone it is meant in the event's.")
@click.option("--layout", default="simple", show_default=True)
@click.option("--canary", help="Send to so many first, N or P%, and wait before the rest goes by itself.")
@click.option("--canary-minutes", default=DEFAULT_MINUTES, show_default=True, help="How long to wait.")
@click.option(
    "--halt-at",
    default=DEFAULT_HALT_PERCENT,
    show_default=True,
    help="Halt at so many per cent of failed addresses; 0 is never.",
)
@click.option("--dry-run", is_flag=True, help="Check and count, and send nothing.")
@answering
def send(
    subject: str,
    html_file: Path,
    segments: tuple[str, ...],
    event_slug: str | None,
    sender_address: str | None,
    at: str | None,
    layout: str,
    canary: str | None,
    canary_minutes: int,
    halt_at: int,
    dry_run: bool,
) -> Answer:
    """Send the letter in a file to everybody in the segments."""
    event = get_event_by_slug(SYSTEM, event_slug) if event_slug else None
    programme_id, event_id = (event.programme_id, event.id) if event else (None, None)
    html = read_html(html_file)
    audience = Audience(tuple(read_segment(text) for text in segments))
    sender_id = pick_sender(sender_address, programme_id, event_id)
    zone = event.timezone if event else "UTC"
    scheduled_at = read_time(at, zone) if at else None
    if "<html" in html[:2000].lower():
        layout = "bare"
    draft = Draft(
        title=subject,
        subject=subject,
        layout=layout,
        slots={"main": html},
        reason=_reason(event),
        sender_id=sender_id,
    )
    sending = Sending(
        audience,
        sender_id,
        scheduled_at=scheduled_at,
        timezone=zone,
        canary=pick_canary(canary, canary_minutes),
        halt_percent=halt_at,
    )
    return _send_draft(event, draft, sending, is_dry_run=dry_run)


def _send_draft(event: Event | None, draft: Draft, sending: Sending, *, is_dry_run: bool) -> Answer:
    """Make a letter and send it, or find out that it could be sent and leave nothing behind."""
    programme_id, event_id = (event.programme_id, event.id) if event else (None, None)
    constants = letter_constants(programme_id, event_id, event.locale if event else "en")
    try:
        with transaction():
            letter_id = create_letter(
                scope=SYSTEM, programme_id=programme_id, event_id=event_id, draft=draft, now=now()
            )
            make_ready(scope=SYSTEM, letter_id=letter_id)
            place = Place(SYSTEM, programme_id, event_id)
            count = count_audience(sending.audience, place, kind=ShootKind.BULK)
            counted = {"audience": count.chosen, "will_get": count.will_get, "skipped": dict(count.skipped)}
            shoot_id = schedule_shoot(
                scope=SYSTEM, letter_id=letter_id, sending=sending, constants=constants, now=now()
            )
            if is_dry_run:
                raise _TakeBack
    except _TakeBack:
        sentence = f"{count.will_get:,} of {count.chosen:,} would get it. Nothing was sent."
        return sentence, {"dry_run": True, **counted}
    shoot = get_shoot(SYSTEM, shoot_id)
    sentence = f"Shoot {shoot_id} is {shoot.state}: {count.will_get:,} of {count.chosen:,} will get it."
    if shoot.canary_count is not None:
        sentence += f" The first {shoot.canary_count:,} go alone."
    return sentence, {"id": shoot_id, "state": shoot.state, "canary": shoot.canary_count, **counted}


def _reason(event: Event | None) -> str:
    """Return why recipients get the letter, in the words of the footer."""
    return f"You get this because you have to do with {event.name}." if event else "You are known to us."


@group.command("show")
@click.argument("shoot_id", type=int)
@answering
def show(shoot_id: int) -> Answer:
    """Show how far a shoot has come."""
    summary = get_summary(SYSTEM, shoot_id).to_json()
    return "\n".join(f"{key:>14}  {value}" for key, value in summary.items()), summary


def _steered(shoot_id: int) -> Answer:
    """Return a shoot's state after it was steered."""
    state = get_shoot(SYSTEM, shoot_id).state
    return f"Shoot {shoot_id} is {state}.", {"id": shoot_id, "state": state}


@group.command("pause")
@click.argument("shoot_id", type=int)
@answering
def pause(shoot_id: int) -> Answer:
    """Stop handing letters over."""
    pause_shoot(scope=SYSTEM, shoot_id=shoot_id)
    return _steered(shoot_id)


@group.command("resume")
@click.argument("shoot_id", type=int)
@answering
def resume(shoot_id: int) -> Answer:
    """Go on."""
    resume_shoot(scope=SYSTEM, shoot_id=shoot_id)
    return _steered(shoot_id)


@group.command("go-on")
@click.argument("shoot_id", type=int)
@answering
def go_on(shoot_id: int) -> Answer:
    """Send the rest without waiting any longer for what comes of the first letters."""
    go_on_now(scope=SYSTEM, shoot_id=shoot_id)
    return _steered(shoot_id)


@group.command("cancel")
@click.argument("shoot_id", type=int)
@answering
def cancel(shoot_id: int) -> Answer:
    """End a shoot for good."""
    cancel_shoot(scope=SYSTEM, shoot_id=shoot_id)
    return _steered(shoot_id)

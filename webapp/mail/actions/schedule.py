"""Send a letter, now or later, or to oneself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.core.audit import record
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.actions.render import compile_version
from webapp.mail.domain.audience import MYSELF, Audience
from webapp.mail.domain.brakes import DEFAULT_HALT_PERCENT, BrakeError, Canary, check_halt_percent
from webapp.mail.domain.states import (
    LETTER_MACHINE,
    Lane,
    LetterState,
    ShootKind,
    ShootState,
)
from webapp.mail.models.letter import Letter, LetterVersion
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.audience import count_audience
from webapp.mail.queries.letters import find_latest_version, find_senders, get_letter
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import Scope

ASK_ABOVE = 500  # letters: from there on the number has to be typed
PAST = timedelta(hours=1)  # a time further back than this is a mistake
FUTURE = timedelta(days=3 * 366)  # and so is one further ahead than this


@dataclass(frozen=True, slots=True)
class Sending:
    """What the person who presses Send decided.

    Args:
        audience: who gets it.
        sender_id: whom it is from.
        shown_count: how many letters the confirmation said it would be; None where nothing was shown.
        typed_count: the number that was typed, asked for above ``ASK_ABOVE``.
        scheduled_at: when, aware; None is now.
        timezone: the zone in which the time was given, for showing it again.
        canary: how many letters go first, alone; None is all at once.
        halt_percent: of addresses that fail, at which it halts by itself; 0 is never.
    """

    audience: Audience
    sender_id: int
    shown_count: int | None = None
    typed_count: int | None = None
    scheduled_at: datetime | None = None
    timezone: str = "UTC"
    canary: Canary | None = None
    halt_percent: int = DEFAULT_HALT_PERCENT


def find_sender(letter: Letter, sender_id: int | None) -> Sender:
    """Return a sender if the letter may come from it.

    Raises:
        StaffError: it may not; the message lists those that are allowed.
    """
    allowed = find_senders(letter.programme_id, letter.event_id)
    for sender in allowed:
        if sender.id == sender_id:
            return sender
    names = ", ".join(s.address for s in allowed) or "none yet; an administrator can add one"
    raise StaffError(f"This letter cannot come from that sender. Allowed are: {names}.", field="sender")


def _check_numbers(will_get: int, sending: Sending) -> None:
    """Refuse an empty audience, a changed one, and a number that was not typed."""
    if will_get == 0:
        raise StaffError(
            "Nobody would get this letter. Choose somebody who may be written to.", field="audience"
        )
    if sending.shown_count is not None and sending.shown_count != will_get:
        raise StaffError(
            f"The audience has changed from {sending.shown_count} to {will_get} since you looked. Look once more.",
            field="audience",
        )
    if will_get > ASK_ABOVE and sending.shown_count is not None and sending.typed_count != will_get:
        raise StaffError(f"Type the number of letters, {will_get}, to send them.", field="typed_count")


def _check_time(scheduled_at: datetime | None, now: datetime) -> None:
    """Refuse a time that has long passed, or that nobody can mean."""
    if scheduled_at is not None and scheduled_at < now - PAST:
        raise StaffError("That time has passed. Choose one that is still to come, or send now.", field="at")
    if scheduled_at is not None and scheduled_at > now + FUTURE:
        raise StaffError("That is more than three years away. Look at the year once more.", field="at")


def _check_postal_address(kind: ShootKind, letter: Letter, constants: Mapping[str, str]) -> None:
    """Refuse bulk mail of a programme that has not said where it can be reached by post, as the law asks."""
    is_known = constants.get("programme.postal_address", "").strip()
    if kind is ShootKind.BULK and letter.programme_id is not None and not is_known:
        raise StaffError(
            "The programme has no postal address yet, and mail to many must carry one. Enter it under Programmes.",
            field="postal_address",
        )


def _pin_decisions(shoot: Shoot, sending: Sending, will_get: int) -> None:
    """Write down when a shoot goes and how it is held back by itself; refuse what cannot be."""
    shoot.confirmed_count = will_get
    shoot.timezone, shoot.scheduled_at = sending.timezone, sending.scheduled_at
    try:
        shoot.halt_percent = check_halt_percent(sending.halt_percent)
    except BrakeError as error:
        raise StaffError(str(error), field="halt_at") from error
    if sending.canary is not None:
        try:
            shoot.canary_count = sending.canary.count_of(will_get)
        except BrakeError as error:
            raise StaffError(str(error), field="canary") from error
        shoot.canary_minutes = sending.canary.minutes


def new_shoot(
    *,
    version: LetterVersion,
    letter: Letter,
    sender: Sender,
    kind: ShootKind,
    lane: Lane,
    audience: Audience,
    constants: Mapping[str, str],
    author_id: int | None,
) -> Shoot:
    """Return a shoot of a version, not yet stored, that pins all it is made of.

    Args:
        constants: values of the merge fields that are the same for all, without the sender's and the reason.
    """
    values = {**constants, "sender.name": sender.display_name, "letter.reason": version.reason}
    compiled = compile_version(version, values)
    domain = sender.address.rpartition("@")[2]
    place = f"event-{letter.event_id}" if letter.event_id else f"programme-{letter.programme_id or 0}"
    return Shoot(
        letter_version_id=version.id,
        programme_id=letter.programme_id,
        event_id=letter.event_id,
        sender_id=sender.id,
        author_id=author_id,
        kind=kind,
        lane=lane,
        sender_line={
            "address": sender.address,
            "display_name": sender.display_name,
            "reply_to": sender.reply_to,
            "list_id": f"{place}.{domain}",
        },
        constants=values,
        fields=list(compiled.fields),
        audience=audience.to_json(),
    )


def _sendable(scope: Scope, letter_id: int) -> tuple[Letter, LetterVersion]:
    """Return a letter that this person may send now, and the version that goes out."""
    letter = get_letter(scope, letter_id)
    if not scope.may_send(letter.programme_id, letter.event_id):
        raise ForbiddenError("You may write letters here but not send them. Ask somebody who may.")
    if letter.state != LetterState.READY:
        raise ConflictError(f"This letter is {letter.state}; only one that is ready can be sent.")
    version = find_latest_version(letter.id)
    assert version is not None  # noqa: S101 -- a letter becomes ready by keeping a version
    return letter, version


def schedule_shoot(
    *, scope: Scope, letter_id: int, sending: Sending, constants: Mapping[str, str], now: datetime
) -> int:
    """Send a ready letter, once: from then on the letter is sent and can only be copied.

    Args:
        scope: who presses Send.
        letter_id: a letter in state *ready*.
        sending: what they decided.
        constants: values of the merge fields that are the same for all.
        now: the time.

    Returns:
        The shoot's id.

    Raises:
        ForbiddenError: they may write here but not send.
        StaffError: nobody would get it; wrong number, time or sender; nothing was queued.
        ConflictError: it is not ready, or was sent just now.
    """
    with transaction() as session:
        letter, version = _sendable(scope, letter_id)
        kind = ShootKind.ESSENTIAL if version.is_essential else ShootKind.BULK
        sender = find_sender(letter, sending.sender_id)
        _check_time(sending.scheduled_at, now)
        _check_postal_address(kind, letter, constants)
        place = Place(scope, letter.programme_id, letter.event_id)
        count = count_audience(sending.audience, place, kind=kind)
        _check_numbers(count.will_get, sending)
        shoot = new_shoot(
            version=version,
            letter=letter,
            sender=sender,
            kind=kind,
            lane=Lane.BULK,
            audience=sending.audience,
            constants=constants,
            author_id=scope.user_id,
        )
        _pin_decisions(shoot, sending, count.will_get)
        is_later = sending.scheduled_at is not None and sending.scheduled_at > now
        shoot.state = ShootState.SCHEDULED if is_later else ShootState.PREPARING
        session.add(shoot)
        move(letter, LETTER_MACHINE, LetterState.SENT)
        session.flush()
        record_deed("shoot.scheduled" if is_later else "shoot.sent", shoot, scope, letters=count.will_get)
        if not is_later:
            wake(shoot.lane)
        return shoot.id


def send_test(
    *, scope: Scope, letter_id: int, version_id: int, sender_id: int | None, constants: Mapping[str, str]
) -> int:
    """Send a version of a letter to its author alone, on the lane that never stands behind bulk mail.

    Returns:
        The shoot's id.
    """
    with transaction() as session:
        letter = get_letter(scope, letter_id)
        version = session.get(LetterVersion, version_id)
        if version is None or version.letter_id != letter.id:
            raise NotFoundError("There is no such version of this letter.")
        sender = find_sender(letter, sender_id)
        shoot = new_shoot(
            version=version,
            letter=letter,
            sender=sender,
            kind=ShootKind.TEST,
            lane=Lane.URGENT,
            audience=MYSELF,
            constants=constants,
            author_id=scope.user_id,
        )
        shoot.state = ShootState.PREPARING
        session.add(shoot)
        session.flush()
        record_deed("letter.tested", shoot, scope)
        wake(shoot.lane)
        return shoot.id


def record_deed(verb: str, shoot: Shoot, scope: Scope, **data: object) -> None:
    """Write a deed into the audit trail."""
    record(
        verb,
        "shoot",
        shoot.id,
        actor_id=scope.user_id,
        programme_id=shoot.programme_id,
        event_id=shoot.event_id,
        **data,
    )

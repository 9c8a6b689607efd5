"""Gives the demo's letters their history, through the same statements that deliver real ones."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from webapp.core.move import move
from webapp.demo.data.letters import DemoLetter
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.compose import Draft, create_letter, set_audience
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.parcel import Outcome, Verdict
from webapp.mail.domain.settling import Settled, settle
from webapp.mail.domain.states import SHOOT_MACHINE, ShootState
from webapp.mail.models.shoot import Shoot, ShootSample
from webapp.mail.queries.deliver import hand_over, record
from webapp.mail.queries.lease import claim_chunk, give_back_chunk
from webapp.mail.queries.letters import find_senders
from webapp.mail.queries.schedule import cancel_next_chunk, complete_shoots
from webapp.people.domain.scope import Scope
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import letter_constants

REASONS = {
    "halted": "This audience could not be read any more.",
    "missed": "Its time passed while nothing was running.",
}
SECONDS = 40  # that a shoot of the demo took
MOST_TRIES = 99  # after which nobody tries again
REPLIES = {  # what the demo's mail server says to an address, by its first word
    "bounce": (Verdict.THIS_ADDRESS, "550 5.1.1 No such mailbox here"),
    "full": (Verdict.TRY_LATER, "452 4.2.2 Mailbox full"),
    "spam": (Verdict.THIS_ADDRESS, "550 5.7.1 Looks like spam to us"),
    "lost": (Verdict.UNCERTAIN, "The connection was lost after the letter was handed over."),
    "unicode": (
        Verdict.THIS_ADDRESS,
        "The mail server takes no addresses with characters outside ASCII (SMTPUTF8)",
    ),
}


def make_letter(session: Session, letter: DemoLetter, event: Event, scope: Scope, now: datetime) -> None:
    """Make a letter and what became of it."""
    sender_id = find_senders(event.programme_id, event.id)[0].id
    audience = Audience((Choice(letter.audience),))
    draft = Draft(
        title=letter.subject,
        subject=letter.subject,
        preheader=f"News of {event.name}",
        slots={"main": letter.html},
        reason=f"You get this because you registered for {event.name}.",
        locale=letter.locale,
        sender_id=sender_id,
    )
    place = {"programme_id": event.programme_id, "event_id": event.id}
    at = now - timedelta(days=letter.days_ago)
    letter_id = create_letter(scope=scope, draft=draft, now=min(at, now), **place)
    set_audience(scope=scope, letter_id=letter_id, audience=audience.to_json())
    if letter.fate == "draft":
        return
    make_ready(scope=scope, letter_id=letter_id)
    if letter.fate == "ready":
        return
    shoot_id = _send(scope, letter, event, letter_id, sender_id, audience, now, at)
    session.flush()
    if letter.fate != "scheduled":
        _live(session, shoot_id, letter.fate, at)


def _send(
    scope: Scope,
    letter: DemoLetter,
    event: Event,
    letter_id: int,
    sender_id: int,
    audience: Audience,
    now: datetime,
    at: datetime,
) -> int:
    """Press Send; a letter to nobody could not be, so that one goes to staff and loses its audience after."""
    if letter.fate == "skipped":
        audience = Audience((Choice("staff"),))
    sending = Sending(
        audience,
        sender_id,
        scheduled_at=at.replace(minute=0, second=0) if letter.fate == "scheduled" else None,
        timezone=event.timezone,
    )
    constants = letter_constants(event.programme_id, event.id, letter.locale)
    return schedule_shoot(scope=scope, letter_id=letter_id, sending=sending, constants=constants, now=now)


def _live(session: Session, shoot_id: int, fate: str, at: datetime) -> None:
    """Let a shoot live the life that it is to have had."""
    shoot = session.get_one(Shoot, shoot_id)
    if fate == "skipped":
        shoot.audience = Audience((Choice("registered"),)).to_json()
        session.flush()
    if fate == "halted":
        move(shoot, SHOOT_MACHINE, ShootState.HALTED, state_reason=REASONS[fate])
    elif fate == "missed":
        _age(session, shoot_id, at)
        session.execute(
            text(
                "UPDATE shoots SET state = 'missed', state_reason = :why, scheduled_at = :at WHERE id = :id"
            ),
            {"why": REASONS[fate], "at": at, "id": shoot_id},
        )
        return
    else:
        prepare_shoot(shoot_id)
        session.refresh(shoot)
        if fate != "skipped":
            share = {"cancelled": 0.4, "paused": 0.3}.get(fate, 1.0)
            _deliver(session, shoot, share, tries=1 if fate == "sending" else MOST_TRIES)
    if fate in {"cancelled", "paused"}:
        to = ShootState.CANCELLED if fate == "cancelled" else ShootState.PAUSED
        move(shoot, SHOOT_MACHINE, to, state_reason=f"{to.value.capitalize()} by staff.")
        while cancel_next_chunk():
            pass
    complete_shoots()
    _age(session, shoot_id, at)


def _deliver(session: Session, shoot: Shoot, share: float, tries: int) -> None:
    """Hand a share of the letters over to nobody and record what their addresses make of so many tries."""
    lease = claim_chunk(shoot.lane, "demo")
    if lease is None or lease.shoot_id != shoot.id:
        raise LookupError("Another shoot is under way; the demo is loaded into an empty Postroom.")
    rows, _ = hand_over(lease, lease.first - 1, 1000)
    rows = rows[: max(1, int(len(rows) * share))] if share < 1 else rows
    session.execute(
        text(
            "UPDATE email_logs SET state = 'pending', attempt = 0, handed_at = NULL"
            " WHERE shoot_id = :shoot AND state = 'sending' AND seq > :last"
        ),
        {"shoot": shoot.id, "last": rows[-1].seq if rows else -1},
    )
    record(lease, [_outcome(shoot.id, row.seq, row.address, tries) for row in rows])
    give_back_chunk(lease)


def _outcome(shoot_id: int, seq: int, address: str, tries: int) -> Settled:
    """Return what becomes of a letter to an address of the demo at the last of so many tries."""
    local = address.rpartition("@")[0]
    played = "unicode" if not local.isascii() else local.partition("+")[0] if "+" in local else ""
    verdict, reply = REPLIES.get(played, (Verdict.SENT, ""))
    return settle(Outcome(seq, verdict, reply=reply), shoot_id=shoot_id, seq=seq, attempt=tries)


def _age(session: Session, shoot_id: int, at: datetime) -> None:
    """Move a shoot's history to when it is to have happened."""
    at = at.astimezone(UTC)
    session.flush()
    values = {"shoot": shoot_id, "at": at, "end": at + timedelta(seconds=SECONDS)}
    session.execute(
        text(
            "UPDATE email_logs SET handed_at = CASE WHEN handed_at IS NOT NULL"
            " THEN CAST(:at AS timestamptz) + make_interval(secs => seq % 38 + 1) END,"
            " settled_at = CASE WHEN settled_at IS NOT NULL"
            " THEN CAST(:at AS timestamptz) + make_interval(secs => seq % 38 + 2) END WHERE shoot_id = :shoot"
        ),
        values,
    )
    session.execute(
        text("UPDATE email_events SET at = CAST(:end AS timestamptz) WHERE shoot_id = :shoot"), values
    )
    session.execute(
        update(Shoot)
        .where(Shoot.id == shoot_id)
        .values(created_at=at - timedelta(seconds=20), served_at=None)
        .execution_options(synchronize_session=False)
    )
    for column in ("started_at", "completed_at"):
        session.execute(
            text(
                f"UPDATE shoots SET {column} = CAST(:{column} AS timestamptz)"
                f" WHERE id = :shoot AND {column} IS NOT NULL"
            ),
            {"shoot": shoot_id, "started_at": at, "completed_at": at + timedelta(seconds=SECONDS)},
        )
    done = session.scalar(
        text("SELECT count(*) FROM email_logs WHERE shoot_id = :shoot AND settled_at IS NOT NULL"), values
    )
    session.execute(
        insert(ShootSample),
        [
            {
                "shoot_id": shoot_id,
                "at": at + timedelta(seconds=2 * n),
                "settled_count": int((done or 0) * n / 20),
            }
            for n in range(21)
        ],
    )

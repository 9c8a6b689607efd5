"""Tell applicants what was decided: everybody of a wave in one transaction, held for the undo time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, case, select

from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.core.move import also_moving, moving
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, post_letters
from webapp.mail.domain.letter_texts import LetterText
from webapp.people.domain.scope import Scope
from webapp.programme.actions.wave_review import WaveReview, errand_of, review_wave
from webapp.programme.domain.application_states import DECISION_MACHINE, RSVP_MACHINE, Decision, Rsvp
from webapp.programme.domain.wave import ASK_ABOVE, DECISION_NAMES, Untold
from webapp.programme.models.activity import write_activities, write_activity
from webapp.programme.models.application import Application, Wave, WaveEntry
from webapp.programme.queries.events import get_event
from webapp.programme.queries.wave_letters import Telling
from webapp.programme.queries.wave_many import among, write_entries

_applications: Table = Application.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_entries: Table = WaveEntry.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Announcing:
    """What the person at the screen has said about a wave.

    Args:
        excluded: applications that are left for another time.
        words: edited words by application; all others get the template's.
        shown_count: how many letters the page spoke of.
        typed_count: how many were typed in; needed above ``ASK_ABOVE``.
    """

    excluded: frozenset[int] = frozenset()
    words: Mapping[int, LetterText] = field(default_factory=dict)
    shown_count: int | None = None
    typed_count: int | None = None


def announce_wave(*, scope: Scope, event_id: int, announcing: Announcing, now: datetime) -> int:
    """Tell everybody who is decided and not told: everything in one transaction, held for the undo time.

    Args:
        scope: who acts; they must be allowed to send.
        event_id: whose applicants.
        announcing: who is left out, edited words, and the numbers that were shown and typed.
        now: when.

    Returns:
        The wave's id.

    Raises:
        NotFoundError: the event is not for this member of staff.
        ForbiddenError: they may not send letters there.
        ConflictError: nobody is left to be told, or not as many as the page said.
        StaffError: the number was not typed in, or a letter has no words.
    """
    event = get_event(scope, event_id)
    if not scope.may_send(event.programme_id, event.id):
        raise ForbiddenError("You may decide, but not announce. Ask somebody who may send for this event.")
    with transaction() as session:
        review = review_wave(
            scope=scope, event_id=event_id, now=now, excluded=announcing.excluded, is_held=True
        )
        _check(review, announcing)
        wave = Wave(
            programme_id=event.programme_id,
            event_id=event.id,
            author_id=scope.user_id,
            batch=f"wave:{uuid4().hex}",  # until its number is known
            hold_until=now + timedelta(minutes=event.programme.undo_minutes),
        )
        session.add(wave)
        session.flush()
        wave.batch = f"wave:{wave.id}"
        skipped = _post(review, announcing, wave, now, scope.user_id)
        session.flush()
        _tell(scope, review, wave, skipped, now)
        return wave.id


def _check(review: WaveReview, announcing: Announcing) -> None:
    """Refuse what nobody can mean."""
    count = len(review.lines)
    if not count:
        raise ConflictError("Everybody who can be told has been told. There is nobody left to announce to.")
    if review.missing:
        raise StaffError(
            f"There are no words for: {', '.join(review.missing)}. Write the template first.",
            field="template",
        )
    if announcing.shown_count is not None and announcing.shown_count != count:
        raise ConflictError(
            f"It would be {count} letters now, not {announcing.shown_count}: somebody decided in the meantime."
            " Look at the page again."
        )
    if count > ASK_ABOVE and announcing.typed_count != count:
        raise StaffError(f"Type {count}, so that it is clear how many are written to.", field="number")


def _post(
    review: WaveReview, announcing: Announcing, wave: Wave, now: datetime, author_id: int | None
) -> dict[int, str]:
    """Write the letters, also the rows of those who may not be written to; return the latter's reasons."""
    groups: defaultdict[Decision, list[Untold]] = defaultdict(list)
    reasons = {one.id: one.reason or "" for one in review.skipped}
    for one in (*review.lines, *review.skipped):
        if one.reason != "no_link":
            groups[one.decision].append(one)
    for decision, group in groups.items():
        errand = errand_of(
            review,
            decision,
            author_id,
            hold_until=wave.hold_until if wave.hold_until > now else None,
            batch=wave.batch,
        )
        keys = {one.id: one.next_key for one in group}
        posted = post_letters(
            errand,
            [
                Addressee(
                    person_id=one.person_id,
                    dedupe_key=keys[one.id],
                    values=review.telling.values(one),
                    locale=one.locale or None,
                    words=announcing.words.get(one.id),
                )
                for one in group
            ],
        )
        reasons |= {key: posted.skipped[letter] for key, letter in keys.items() if letter in posted.skipped}
    return reasons


def _tell(scope: Scope, review: WaveReview, wave: Wave, skipped: Mapping[int, str], now: datetime) -> None:
    """Write down who was told what, and what stood there before."""
    everybody = (*review.lines, *review.skipped)
    with transaction() as session:
        keyless = {one.id for one in review.skipped if one.reason == "no_link"}
        write_entries(wave.id, everybody, skipped, keyless)
        for decision in {one.decision for one in everybody}:
            _announce(review.telling, wave.id, decision, now)
        # a key is used once: whoever was not reached now gets another one next time
        session.execute(
            _applications.update()
            .where(among(_applications.c.id, skipped))
            .values(announcement_number=_applications.c.announcement_number + 1)
        )
        write_activities(
            "application.announced",
            "application",
            select(
                _entries.c.application_id.label("id"),
                _name(_entries.c.announced_before).label("before"),
                _name(_entries.c.announced).label("after"),
            )
            .where(_entries.c.wave_id == wave.id, _entries.c.skip_reason.is_(None))
            .subquery("told"),
            actor_id=scope.user_id,
            programme_id=wave.programme_id,
            event_id=wave.event_id,
            wave=wave.id,
        )
        write_activity(
            "wave.announced",
            "event",
            wave.event_id,
            actor_id=scope.user_id,
            programme_id=wave.programme_id,
            event_id=wave.event_id,
            wave=wave.id,
            told=len(everybody) - len(skipped),
            skipped=len(skipped),
        )
        session.expire_all()


def _name(decision: ColumnElement[str]) -> ColumnElement[str]:
    """Return the expression for what a decision is called."""
    return case({one.value: name for one, name in DECISION_NAMES.items()}, value=decision)


def _announce(telling: Telling, wave_id: int, decision: Decision, now: datetime) -> None:
    """Let those whom a wave tells one decision have been told; whoever is accepted is asked for an answer."""
    is_accepted = decision == Decision.ACCEPTED
    told = moving(
        _applications,
        DECISION_MACHINE,
        decision,
        "announced",
        announced_at=now,
        announcement_number=_applications.c.announcement_number + 1,
        rsvp_deadline=telling.deadline if is_accepted else None,
    )
    rsvp = Rsvp.INVITED if is_accepted else Rsvp.NONE
    with transaction() as session:
        session.execute(
            also_moving(told, _applications, RSVP_MACHINE, rsvp, "rsvp").where(
                _entries.c.wave_id == wave_id,
                _entries.c.application_id == _applications.c.id,
                _entries.c.announced == decision,
                _entries.c.skip_reason.is_(None),
            )
        )

"""What the page of one shoot shows, gathered once for the whole page and for its living part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import PostroomError
from webapp.mail.domain.audience import Choice, read_audience
from webapp.mail.domain.letter_roles import LETTER_ROLES, LetterRole
from webapp.mail.domain.limits_estimate import Estimate
from webapp.mail.domain.report import Pace, ShootSummary, draw_throughput, measure_pace
from webapp.mail.domain.report_words import EVENT_WORDS, Kind, readable_subject, reason_words, sort_mishaps
from webapp.mail.domain.states import EmailState, ShootState
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import (
    Mishap,
    WorkerAtWork,
    count_live_workers,
    count_resendable,
    find_last_mishaps,
    find_recent_samples,
    find_samples,
    find_workers,
    get_next_retry,
    get_summary,
)
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.domain.scope import Scope
from webapp.web.staff.limits_eta import estimate_shoot

BUSY = (ShootState.PREPARING, ShootState.SENDING)
WAITING_WORDS = {
    EmailState.PENDING: "waiting",
    EmailState.SENDING: "being handed over",
    EmailState.DEFERRED: "put off, tried again later",
}

GATE_WORDS = {"mailbox": "the event’s mailbox is ready"}


def log_url(shoot_id: int, state: str, reason: str | None = None) -> str:
    """Return the address of the log, narrowed to letters of a shoot in one state."""
    return url_for("log.index", shoot=shoot_id, state=state, reason=reason or None)


def bar_parts(summary: ShootSummary) -> list[dict[str, object]]:
    """Return the parts of the balanced bar, each with the address of its rows."""
    counts = {
        "sent": summary.sent,
        "skipped": summary.skipped_count,
        "failed": summary.failed_count,
        "cancelled": summary.cancelled,
        "uncertain": summary.uncertain,
        "remaining": summary.remaining,
    }
    return [
        {"key": key, "label": key.capitalize(), "count": count, "href": log_url(summary.shoot_id, key)}
        for key, count in counts.items()
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of numbers; an indented one is part of the line above it."""

    label: str
    count: int
    href: str
    is_part: bool = False
    state: str = ""


def number_rows(summary: ShootSummary) -> list[Row]:
    """Return the lines of the table of numbers: the parts in the bar's order, and what they are made of."""
    rows = []
    for part in bar_parts(summary):
        key = str(part["key"])
        rows.append(Row(str(part["label"]), int(str(part["count"])), str(part["href"]), state=key))
        rows += _reason_rows(summary, key)
        if key == "remaining" and summary.remaining:
            rows += [
                Row(words, summary.count(state), log_url(summary.shoot_id, state), True)
                for state, words in WAITING_WORDS.items()
                if summary.count(state)
            ]
    return rows


def _reason_rows(summary: ShootSummary, state: str) -> list[Row]:
    """Return the lines below a part that say why, or what was decided about uncertain letters."""
    if state not in (EmailState.SKIPPED, EmailState.FAILED, EmailState.UNCERTAIN):
        return []
    rows = []
    for reason, count in summary.counts.get(state, {}).items():
        if state == EmailState.UNCERTAIN and not reason:
            rows.append(Row("to be decided", count, url_for("uncertain.index", shoot=summary.shoot_id), True))
        else:
            words = reason_words(state, reason) or "no reason given"
            rows.append(Row(words, count, log_url(summary.shoot_id, state, reason), True))
    return rows


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of mishap as the page shows it, with the latest letter that it happened to."""

    shoot_id: int
    kind: Kind
    word: str
    latest: Mishap

    @property
    def letter_url(self) -> str:
        """Return the address of that letter's page."""
        return url_for("log.show", shoot_id=self.shoot_id, seq=self.latest.seq)


@dataclass(frozen=True, slots=True)
class LiveView:
    """The living part of a shoot's page."""

    shoot: Shoot
    summary: ShootSummary
    may_steer: bool
    pace: Pace
    average: float | None
    next_retry: datetime | None
    seconds: list[int]
    rates: list[float]
    troubles: list[Trouble]
    mishap_count: int
    workers: list[WorkerAtWork]
    live_worker_count: int
    resting: Sender | None
    eta: Estimate | None
    resendable: int

    @property
    def gate(self) -> str:
        """Return what its letters wait for beside their time, in words; "" where there is nothing."""
        name = (self.shoot.gate or "").partition(":")[0]
        return GATE_WORDS.get(name, "what they wait for is ready") if name else ""

    @property
    def subject(self) -> str:
        """Return the subject as headings show it."""
        return readable_subject(self.shoot.version.subject, self.shoot.constants)

    @property
    def parts(self) -> list[dict[str, object]]:
        """Return the parts of the bar."""
        return bar_parts(self.summary)

    @property
    def rows(self) -> list[Row]:
        """Return the lines of the table of numbers."""
        return number_rows(self.summary)

    @property
    def is_busy(self) -> bool:
        """Say whether workers are wanted."""
        return self.summary.state in BUSY

    @property
    def share(self) -> int:
        """Return how much of the audience has an outcome, in whole per cent, never rounded up to the end."""
        return 100 * self.summary.settled // self.summary.audience if self.summary.audience else 0


def _average(summary: ShootSummary) -> float | None:
    """Return the letters handed over per second of a shoot that is over."""
    if summary.started_at is None or summary.completed_at is None:
        return None
    seconds = (summary.completed_at - summary.started_at).total_seconds()
    carried = summary.sent + summary.failed_count + summary.uncertain
    return carried / seconds if seconds >= 1 and carried else None


def _sort_out(shoot_id: int, mishaps: Sequence[Mishap]) -> list[Trouble]:
    """Return the kinds of the last mishaps."""
    kinds = sort_mishaps([(m.type, m.detail) for m in mishaps])
    return [
        Trouble(shoot_id, kind, EVENT_WORDS.get(kind.type, kind.type), mishaps[kind.latest]) for kind in kinds
    ]


def watch_shoot(scope: Scope, shoot: Shoot) -> LiveView:
    """Gather the living part of a shoot's page.

    Raises:
        NotFoundError: it may not be seen.
    """
    summary = get_summary(scope, shoot.id)
    recent, at = find_recent_samples(shoot.id)
    is_cancelled = summary.state == ShootState.CANCELLED
    samples, width = find_samples(shoot.id, summary.audience - summary.cancelled if is_cancelled else None)
    seconds, rates = draw_throughput(samples, width)
    sender = db.session.get(Sender, shoot.sender_id)
    rests = sender is not None and sender.paused_until is not None and sender.paused_until > at
    is_busy = summary.state in BUSY
    pace = measure_pace(recent, summary=summary, now=at)
    mishaps = find_last_mishaps(shoot.id) if summary.started_at else []
    return LiveView(
        shoot=shoot,
        summary=summary,
        may_steer=scope.may_send(shoot.programme_id, shoot.event_id),
        pace=pace,
        average=_average(summary),
        next_retry=get_next_retry(shoot.id) if summary.deferred else None,
        seconds=seconds,
        rates=rates,
        troubles=_sort_out(shoot.id, mishaps),
        mishap_count=len(mishaps),
        workers=find_workers(shoot.id) if summary.state in BUSY or summary.sending else [],
        live_worker_count=count_live_workers(shoot.lane) if is_busy else 0,
        resting=sender if rests and summary.remaining and not summary.is_ended else None,
        eta=None if rests else estimate_shoot(shoot, sender, summary, pace, at),
        resendable=count_resendable(summary) if summary.is_ended else 0,
    )


def is_over_for_good(summary: ShootSummary) -> bool:
    """Say whether the page may stop asking: it ended long enough ago for the last sample to be there."""
    return (
        summary.is_ended
        and summary.completed_at is not None
        and (now() - summary.completed_at).total_seconds() > 5
    )


def cause_of(shoot: Shoot) -> LetterRole | None:
    """Return what caused a shoot that nobody set up; None for those of staff."""
    if shoot.cause is None:
        return None
    if shoot.cause not in LETTER_ROLES:
        return LetterRole(shoot.cause, shoot.cause, "This kind of letter is no longer written.")
    return LETTER_ROLES.get(shoot.cause)


def audience_words(shoot: Shoot, scope: Scope) -> tuple[list[str], list[str]]:
    """Return who was chosen and who was left out, in words, as far as the reader may know it."""
    place = Place(scope, shoot.programme_id, shoot.event_id)

    def words(choices: Sequence[Choice]) -> list[str]:
        return [_choice_words(choice, place) for choice in choices]

    audience = read_audience(shoot.audience)
    return words(audience.include), words(audience.exclude)


def _choice_words(choice: Choice, place: Place) -> str:
    """Return one choice in words; what has gone since, or is not for the reader, only by its kind."""
    try:
        segment = SEGMENTS.get(choice.segment)
    except PostroomError:
        return choice.segment
    try:
        return segment.describe(choice.settings, place)
    except PostroomError:
        return segment.label

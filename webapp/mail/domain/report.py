"""How far a shoot has come, as numbers that always add up, and how fast it goes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from webapp.mail.domain.states import REMAINING, EmailState, ShootState

WINDOW = timedelta(seconds=12)  # what "now" means when a pace is measured
SHORTEST = timedelta(seconds=2)  # less than this says nothing about a pace
ENDED = (ShootState.COMPLETED, ShootState.CANCELLED, ShootState.SKIPPED)


@dataclass(frozen=True, slots=True)
class ShootSummary:
    """One shoot in numbers: audience = sent + skipped + failed + cancelled + uncertain + remaining.

    Args:
        shoot_id: whose.
        state: of the shoot.
        kind: a ``ShootKind``.
        audience: rows, counted apart from the parts, so that a sum that is wrong shows.
        counts: by ``EmailState`` and reason (an empty one where there is none).
        expected: how many letters whoever pressed Send was shown, if they were.
        state_reason: why it is in its state, in words, if somebody or something said so.
        scheduled_at: when it is to start by itself.
        created_at: when it was asked for.
        started_at: when its audience was frozen.
        completed_at: when its last letter got an outcome.
    """

    shoot_id: int
    state: ShootState
    kind: str
    audience: int
    counts: Mapping[str, Mapping[str, int]]
    expected: int | None
    state_reason: str | None
    scheduled_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    def count(self, state: EmailState) -> int:
        """Return how many letters are in a state."""
        return sum(self.counts.get(state, {}).values())

    @property
    def sent(self) -> int:
        """Return how many the mail server has taken."""
        return self.count(EmailState.SENT)

    @property
    def skipped(self) -> Mapping[str, int]:
        """Return how many were left out on purpose, by ``SkipReason``."""
        return self.counts.get(EmailState.SKIPPED, {})

    @property
    def failed(self) -> Mapping[str, int]:
        """Return how many failed, by ``FailReason``."""
        return self.counts.get(EmailState.FAILED, {})

    @property
    def cancelled(self) -> int:
        """Return how many were stopped before they left."""
        return self.count(EmailState.CANCELLED)

    @property
    def uncertain(self) -> int:
        """Return of how many, once handed over, nobody knows whether they were taken."""
        return self.count(EmailState.UNCERTAIN)

    @property
    def undecided(self) -> int:
        """Return how many uncertain ones wait for a decision."""
        return self.counts.get(EmailState.UNCERTAIN, {}).get("", 0)

    @property
    def pending(self) -> int:
        """Return how many wait for a worker."""
        return self.count(EmailState.PENDING)

    @property
    def sending(self) -> int:
        """Return how many are in a worker's hands."""
        return self.count(EmailState.SENDING)

    @property
    def deferred(self) -> int:
        """Return how many the other side wants later."""
        return self.count(EmailState.DEFERRED)

    @property
    def skipped_count(self) -> int:
        """Return how many were left out on purpose."""
        return self.count(EmailState.SKIPPED)

    @property
    def failed_count(self) -> int:
        """Return how many failed."""
        return self.count(EmailState.FAILED)

    @property
    def remaining(self) -> int:
        """Return how many have no outcome yet."""
        return sum(self.count(state) for state in REMAINING)

    @property
    def settled(self) -> int:
        """Return how many have an outcome."""
        return self.sent + self.skipped_count + self.failed_count + self.cancelled + self.uncertain

    @property
    def is_balanced(self) -> bool:
        """Say whether the parts add up to the rows, and a completed shoot has nothing left."""
        is_over = self.state == ShootState.COMPLETED
        return self.audience == self.settled + self.remaining and not (is_over and self.remaining)

    @property
    def is_ended(self) -> bool:
        """Say whether nothing will change by itself any more; a cancelled one may still be marking its rest."""
        return self.state in ENDED and self.completed_at is not None

    def to_json(self) -> dict[str, object]:
        """Return it as the command line prints it; instants in ISO 8601, UTC offset included."""

        def written(at: datetime | None) -> str | None:
            return at.isoformat() if at else None

        return {
            "id": self.shoot_id,
            "state": self.state.value,
            "state_reason": self.state_reason,
            "kind": self.kind,
            "audience": self.audience,
            "sent": self.sent,
            "skipped": dict(self.skipped),
            "skipped_count": self.skipped_count,
            "failed": self.failed_count,
            "failed_by_reason": dict(self.failed),
            "cancelled": self.cancelled,
            "uncertain": self.uncertain,
            "uncertain_undecided": self.undecided,
            "remaining": self.remaining,
            "pending": self.pending,
            "sending": self.sending,
            "deferred": self.deferred,
            "is_balanced": self.is_balanced,
            "scheduled_at": written(self.scheduled_at),
            "created_at": written(self.created_at),
            "started_at": written(self.started_at),
            "completed_at": written(self.completed_at),
        }


def add_up(tallies: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Return the counts of a summary from (state, reason, count) triples; nothing is left out of the sum."""
    counts: dict[str, dict[str, int]] = {}
    for state, reason, count in sorted(tallies):
        reasons = counts.setdefault(state, {})
        reasons[reason] = reasons.get(reason, 0) + count
    return counts


@dataclass(frozen=True, slots=True)
class Sample:
    """How many letters had an outcome at an instant; equal values in a row are left out by who writes them."""

    at: datetime
    settled: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a shoot goes.

    Args:
        per_second: letters with an outcome per second just now; None before that can be said.
        seconds_left: until those that are not put off are through; None when it stands still or cannot be said.
    """

    per_second: float | None = None
    seconds_left: float | None = None


def measure_pace(samples: Sequence[Sample], *, summary: ShootSummary, now: datetime) -> Pace:
    """Return the pace over the last seconds.

    Args:
        samples: the latest, newest first, reaching back beyond ``WINDOW`` if there are any so old.
        summary: the numbers now.
        now: the database's time, by which the samples were written.
    """
    if summary.state != ShootState.SENDING or not samples:
        return Pace()
    edge = now - WINDOW
    before = next((sample for sample in samples if sample.at <= edge), None)
    began, base = (edge, before.settled) if before else (samples[-1].at, samples[-1].settled)
    if now - began < SHORTEST:
        return Pace()
    rate = max(summary.settled - base, 0) / (now - began).total_seconds()
    to_do = summary.pending + summary.sending
    return Pace(rate, to_do / rate if rate > 0 else None)


def bin_width(first: datetime, last: datetime, most: int = 120) -> int:
    """Return how many whole seconds one point of a chart stands for, so that there are at most ``most``."""
    return max(1, math.ceil((last - first).total_seconds() / most))


def draw_throughput(samples: Sequence[Sample], width: int) -> tuple[list[int], list[float]]:
    """Return a chart's points from samples.

    Args:
        samples: oldest first, at most one for each stretch of ``width`` seconds.
        width: seconds.

    Returns:
        Unix seconds, and letters per second up to each of them. Where samples are missing nothing happened
        until shortly before the next one, so the line lies on the ground there.
    """
    seconds: list[int] = []
    rates: list[float] = []
    for before, after in pairwise(samples):
        began = before.at
        if (after.at - began).total_seconds() > 2.5 * width:
            for at in (began + timedelta(seconds=width), after.at - timedelta(seconds=width)):
                seconds.append(int(at.timestamp()))
                rates.append(0.0)
            began = after.at - timedelta(seconds=width)
        length = max((after.at - began).total_seconds(), 0.001)
        seconds.append(int(after.at.timestamp()))
        rates.append(round(max(after.settled - before.settled, 0) / length, 1))
    return _strictly_rising(seconds, rates)


def _strictly_rising(seconds: list[int], rates: list[float]) -> tuple[list[int], list[float]]:
    """Keep the last value for each second, as a chart's axis wants it."""
    by_second = dict(zip(seconds, rates, strict=True))
    return sorted(by_second), [by_second[second] for second in sorted(by_second)]

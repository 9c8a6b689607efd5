"""What delivery may hand over by the limits of speed: asked before letters are marked, and told what was not used."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError

from webapp.core.transaction import transaction
from webapp.mail.actions.deliver_domains import DomainLine, Window
from webapp.mail.domain.limits import day_of, next_day
from webapp.mail.domain.limits_estimate import Reason
from webapp.mail.domain.settling import Settled
from webapp.mail.domain.states import Lane
from webapp.mail.queries.connection_shares import renew_share
from webapp.mail.queries.deliver import record
from webapp.mail.queries.lease import Lease
from webapp.mail.queries.limits import (
    Limits,
    SenderLimits,
    ServerLimits,
    end_bulk_rest,
    find_limits,
    rest_bulk,
)
from webapp.mail.queries.limits_tokens import Asking, give_back_tokens, make_buckets, take_tokens

log = structlog.get_logger()

REREAD = 1.0  # seconds: a change takes effect within this and one beat
SHORTEST_REST = 0.2  # seconds between two looks for tokens
LINE_REST = 0.25  # between two looks for letters that have their turn
LONGEST_REST = 0.5  # a pause is to be seen in time


@dataclass(slots=True)
class _Purse:
    """Tokens of one bucket that were taken for this beat."""

    left: int
    is_short: bool
    seconds: float
    is_used_up: bool = False  # the day's quota


@dataclass(slots=True)
class Share:
    """Connections to a limited server that this slice may keep; ``most`` is the limit as it was then."""

    server: str
    owner: str
    most: int | None


@dataclass(slots=True)
class Allowance:
    """The one thing that delivery asks for limits. While none is set it costs one query a second, and no more.

    Tokens are taken for a whole beat before its transaction, in a short one of their own, and what was not
    needed is given back after it: no bucket stays locked while letters are marked.

    Args:
        lane: whose letters; hours and quotas bind only bulk ones, and urgent ones may borrow.
        share: the server by which they go, and the connections to it; None for a carrier that is none.
        reread: seconds after which limits are read again.
    """

    lane: str
    share: Share | None = None
    reread: float = REREAD
    rest: float | None = None  # seconds until there is something to hand over; None: look again at once
    is_outdated: bool = False  # connections were granted by a limit that has been changed since
    _limits: Limits = field(default_factory=Limits)
    _read_at: float | None = None
    _made: set[str] = field(default_factory=set)
    _purses: dict[str, _Purse] = field(default_factory=dict)
    _unasked: set[int] = field(
        default_factory=set
    )  # senders of new chunks, whose tokens come with the next beat
    _back: Counter[str] = field(default_factory=Counter)
    _days: dict[str, date] = field(default_factory=dict)
    _came_short: bool = False
    _has_put_back: bool = False
    _line: DomainLine = field(init=False)

    def __post_init__(self) -> None:
        self._line = DomainLine(may_borrow=self.lane == Lane.URGENT)

    # -- before the beat ----------------------------------------------------------------------------------

    def open(self, leases: Sequence[Lease], wanted: int) -> None:
        """Read limits anew where it is time, and take tokens for letters of these chunks."""
        for key, purse in self._purses.items():
            self._back[key] += purse.left  # of a beat that failed
        self._purses.clear()
        self._unasked.clear()
        self._came_short = self._has_put_back = False
        self.rest = None
        if self._read_at is None or time.monotonic() - self._read_at >= self.reread:
            self._read()
        asked = self._ask(leases, wanted) if wanted > 0 else []
        if not asked:
            return
        with transaction():
            make_buckets([one.key for one in asked if one.key not in self._made])
            given = take_tokens(asked)
        self._made = {one.key for one in asked} & given.keys() | self._made - {one.key for one in asked}
        for one in asked:
            if one.key in given:
                got = given[one.key]
                is_used_up = one.quota is not None and got.count == 0 and got.used_today >= one.quota
                self._purses[one.key] = _Purse(got.count, got.count < wanted, got.seconds, is_used_up)
            else:
                self._purses[one.key] = _Purse(0, True, 0.0)

    def _read(self) -> None:
        with transaction():
            self._limits = find_limits()
            if self.share is not None and self.share.most is not None:
                renew_share(self.share.server, self.share.owner)
        self._read_at = time.monotonic()
        server = self._server()
        now_most = server.connection_count if server else None
        self.is_outdated = self.share is not None and now_most != self.share.most

    def _server(self) -> ServerLimits | None:
        return self._limits.servers.get(self.share.server) if self.share is not None else None

    def _now(self) -> datetime:
        """Return the database's time."""
        assert self._limits.at is not None  # noqa: S101 -- there are limits, so they were read
        assert self._read_at is not None  # noqa: S101
        return self._limits.at + timedelta(seconds=time.monotonic() - self._read_at)

    def _ask(self, leases: Sequence[Lease], wanted: int) -> list[Asking]:
        """Return what is to be asked for, one for each bucket."""
        may_borrow = self.lane == Lane.URGENT
        asked: dict[str, Asking] = {}
        for sender_id in sorted({lease.sender_id for lease in leases} & self._limits.senders.keys()):
            limits = self._limits.senders[sender_id]
            day = day_of(self._now(), limits.zone) if limits.daily_quota else None
            if (limits.rate_per_minute is None and day is None) or self._is_shut(limits):
                continue
            key = f"sender:{sender_id}"
            quota = None if may_borrow else limits.daily_quota
            asked[key] = Asking(key, wanted, limits.rate_per_minute, may_borrow, day, quota)
            if day is not None:
                self._days[key] = day
        server = self._server()
        if self.share is not None and server is not None and server.rate_per_minute is not None:
            key = f"server:{self.share.server}"
            asked[key] = Asking(key, wanted, server.rate_per_minute, may_borrow)
        return list(asked.values())

    def _is_shut(self, limits: SenderLimits) -> bool:
        hours = limits.hours
        return self.lane == Lane.BULK and hours is not None and not hours.is_open(self._now())

    # -- in the beat --------------------------------------------------------------------------------------

    def _keys(self, lease: Lease) -> list[str]:
        """Return the buckets that letters of a chunk need tokens of."""
        keys = []
        limits = self._limits.senders.get(lease.sender_id)
        if limits is not None and (limits.rate_per_minute is not None or limits.daily_quota is not None):
            keys.append(f"sender:{lease.sender_id}")
        server = self._server()
        if self.share is not None and server is not None and server.rate_per_minute is not None:
            keys.append(f"server:{self.share.server}")
        return keys

    def grant(self, lease: Lease, wanted: int) -> int:
        """Return how many letters of a chunk may be marked; ask ``must_rest`` where it is none."""
        if not self._limits.senders and not self._limits.servers:
            return wanted
        limits = self._limits.senders.get(lease.sender_id)
        if limits is not None and self._is_shut(limits):
            self._unasked.add(lease.sender_id)
            return 0
        keys = self._keys(lease)
        purses = [self._purses[key] for key in keys if key in self._purses]
        if len(purses) < len(keys):
            self._unasked.add(lease.sender_id)
            return 0  # taken a moment ago; the next beat has its tokens
        count = min([wanted, *(purse.left for purse in purses)])
        for purse in purses:
            purse.left -= count
        self._came_short |= count < wanted
        return count

    def must_rest(self, lease: Lease) -> bool:
        """Say whether a chunk is to be given back: its sender's hours are over, or the day's letters are gone.

        The sender's bulk letters then rest until they may go, so that nobody takes the chunk before.
        """
        limits = self._limits.senders.get(lease.sender_id)
        if limits is None or self.lane != Lane.BULK:
            return False
        if limits.hours is not None and self._is_shut(limits):
            rest_bulk(lease.sender_id, limits.hours.opens_at(self._now()), Reason.HOURS)
            return True
        purse = self._purses.get(f"sender:{lease.sender_id}")
        if purse is None or not purse.is_used_up:
            return False
        rest_bulk(lease.sender_id, next_day(self._now(), limits.zone), Reason.QUOTA)
        return True

    def refund(self, lease: Lease, settled: Sequence[Settled]) -> None:
        """Take tokens back for letters of a chunk that were marked and did not go after all."""
        if self._limits.senders or self._limits.servers:
            self.take_back(lease, sum(one.is_refunded for one in settled))

    def take_back(self, lease: Lease, count: int) -> None:
        """Take so many tokens back that letters of a chunk did not need; they are given back after the beat."""
        if count:
            for key in self._keys(lease):
                self._back[key] += count

    @property
    def may_claim(self) -> bool:
        """Say whether a new chunk could be served: the server has tokens left."""
        server = self._server()
        if self.share is None or server is None or server.rate_per_minute is None:
            return True
        purse = self._purses.get(f"server:{self.share.server}")
        self._came_short |= purse is not None and purse.left == 0
        return purse is None or purse.left > 0

    @property
    def short_senders(self) -> list[int]:
        """Return the senders that have no tokens left now, whose further chunks are left alone."""
        found = [
            int(key.partition(":")[2])
            for key, purse in self._purses.items()
            if key.startswith("sender:") and (purse.is_short or purse.left == 0)
        ]
        return [*found, *self._unasked]

    def split(self, windows: list[Window]) -> list[Window]:
        """Put letters back whose domain has no token left for them, so that a slow one holds nobody up.

        It is asked once in a beat, at its end: domains are locked in the order of their names.

        Args:
            windows: letters that were marked in this transaction.

        Returns:
            The same without those that were put back; these have their turn later, and no try of theirs counts.
        """
        split = []
        turns = self._line.take(windows, self._limits.domains) if self._limits.domains else None
        if turns is None:
            return windows
        for held, rows, looked_at in windows:
            going, waiting = turns.sort(rows)
            self._has_put_back |= bool(waiting)
            record(held.lease, waiting)
            self.take_back(held.lease, len(waiting))
            split.append((held, going, looked_at))
        return split

    # -- after the beat -----------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        """Say whether letters that were put back have their turn so soon that it is not worth going home."""
        return self._line.is_near

    def close(self, *, is_short: bool) -> None:
        """Give back what was not needed; what fails is kept for the next time, as the beat itself stands.

        Args:
            is_short: the beat found fewer letters than were wanted, and took no new chunk.
        """
        # Letters that were put back cost no tokens: the next ones behind them are looked at without a rest.
        if is_short and (self._came_short or self.is_waiting) and not self._has_put_back:
            soonest = min((p.seconds for p in self._purses.values() if p.is_short), default=LINE_REST)
            self.rest = max(SHORTEST_REST, min(LONGEST_REST, soonest))
        for key, purse in self._purses.items():
            self._back[key] += purse.left
            purse.left = 0
        if not any(self._back.values()):
            return
        try:
            with transaction():
                give_back_tokens(self._back, self._days)
                counted = [int(key.partition(":")[2]) for key in self._back if key in self._days]
                if counted and self.lane == Lane.BULK:
                    end_bulk_rest(counted, Reason.QUOTA)
            self._back.clear()
        except OperationalError as error:
            log.warning("tokens not given back yet", error=type(error.orig).__name__)

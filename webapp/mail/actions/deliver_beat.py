"""One beat of delivery: the transaction that records what became of letters and marks the next ones."""

import time
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import OperationalError

from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.deliver_feed import Held
from webapp.mail.actions.deliver_journal import Journal
from webapp.mail.actions.deliver_limits import Allowance
from webapp.mail.actions.deliver_stages import Stages
from webapp.mail.actions.render import OpenLetter, open_letter
from webapp.mail.domain.parcel import Outcome, Verdict
from webapp.mail.domain.retry import carrier_pause
from webapp.mail.domain.settling import Settled
from webapp.mail.domain.states import EmailState, ShootState
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.deliver import HandOver, hand_over, record
from webapp.mail.queries.lease import LEASE, claim_chunk, give_back_chunk, give_back_unknown, renew_lease
from webapp.mail.queries.schedule import complete_shoots
from webapp.mail.queries.senders import get_pause_count, pause_sender, resume_sender

log = structlog.get_logger()

CLAIMS = 16  # chunks that are taken in one beat at most: many are of a single letter
OPEN_LETTERS = 16
DISK_IS_FULL = "Postroom cannot write anything down: the database's disk is full."
MARGIN = 1.0  # seconds before a lease lapses, after which nothing is handed over under it


@dataclass(slots=True)
class Plan:
    """What the next transaction is to do; made in the loop, done in the database's thread.

    Args:
        outcomes: what became of letters, for every chunk that is held; also renews its lease.
        pauses: senders that have to rest, by the chunk whose letter told.
        finished: chunks to give back.
        wanted: how many letters are to be marked.
        may_claim: a new chunk may be taken for them.
        known: after a fault, the chunks that we know we hold, by shoot and number; None otherwise.
    """

    outcomes: list[tuple[Held, list[Settled]]] = field(default_factory=list)
    pauses: list[tuple[Held, Outcome]] = field(default_factory=list)
    finished: list[Held] = field(default_factory=list)
    wanted: int = 0
    may_claim: bool = False
    known: set[tuple[int, int]] | None = None


@dataclass(slots=True)
class News:
    """What the transaction found.

    Args:
        rows: letters that were marked, by chunk.
        exhausted: chunks with no letter left to mark now.
        claimed: the chunks that were taken.
        stopped: chunks whose shoot was paused or cancelled, or whose lease was lost.
        lost: those of them whose lease was lost.
        found_nothing: no chunk could be taken.
        rest: seconds in which limits give nothing more to hand over.
    """

    rows: list[tuple[Held, list[HandOver], int]] = field(default_factory=list)
    exhausted: list[Held] = field(default_factory=list)
    claimed: list[Held] = field(default_factory=list)
    stopped: list[Held] = field(default_factory=list)
    lost: list[Held] = field(default_factory=list)
    found_nothing: bool = False
    rest: float | None = None


class Beater:
    """Runs beats in the database's own thread.

    Args:
        lane: whose chunks.
        owner: the name under which leases are taken.
        sender_id: whose letters alone; None is of all senders without an account of their own.
        allowance: what limits leave to hand over.
        journal: where a successor finds how far letters came; None keeps none.
    """

    def __init__(
        self,
        lane: str,
        owner: str,
        sender_id: int | None,
        allowance: Allowance,
        journal: Journal | None = None,
    ) -> None:
        self._lane = lane
        self._owner = owner
        self._sender_id = sender_id
        self._allowance = allowance
        self._journal = journal
        self._letters: dict[int, OpenLetter] = {}
        self.stages = Stages()

    def beat(self, plan: Plan) -> News:
        """Do what was planned, in one transaction.

        Returns:
            What was found; nothing of it holds if this raises.
        """
        news = News()
        leases = [held.lease for held, _ in plan.outcomes if not (held.is_exhausted or held.is_stopped)]
        self._allowance.open(leases, plan.wanted)
        began = time.monotonic()
        with transaction():
            if plan.known is not None and give_back_unknown(self._owner, plan.known):
                log.warning("a claim was obeyed whose answer was lost")
            with self.stages.stage("record"):
                sending = [held for held, settled in plan.outcomes if self._record(held, settled, news)]
                for held, outcome in plan.pauses:
                    self._pause(held, outcome)
                for held in plan.finished:
                    give_back_chunk(held.lease)
            wanted = plan.wanted
            with self.stages.stage("judge"):
                for held in sending:
                    if wanted > 0 and not held.is_exhausted:
                        wanted -= self._mark(held, wanted, news)
            while wanted > 0 and plan.may_claim and len(news.claimed) < CLAIMS and not news.found_nothing:
                if not self._allowance.may_claim:
                    break
                wanted -= self._claim(wanted, news)
            news.rows = self._allowance.split(news.rows)
        self._allowance.close(is_short=wanted > 0 and not news.claimed)
        news.rest = self._allowance.rest
        for held in [*sending, *news.claimed]:
            held.deadline = began + LEASE.total_seconds() - MARGIN
        going_on = [held for held in (*sending, *news.claimed) if held not in plan.finished]
        self._tidy_up(plan.finished, {held.lease.shoot_id for held in going_on})
        return news

    def _tidy_up(self, finished: list[Held], under_way: set[int]) -> None:
        """Close the pages of chunks that were given back, and the shoots of which we hold no more."""
        for held in finished:
            if self._journal is not None:
                self._journal.close_page(held.page)
        try:
            for shoot_id in {held.lease.shoot_id for held in finished} - under_way:
                with transaction():
                    complete_shoots(shoot_id)
        except OperationalError as error:  # what the beat itself did stands; the ticker completes them
            log.warning("shoots not completed yet", error=type(error.orig).__name__)

    def _record(self, held: Held, settled: list[Settled], news: News) -> bool:
        """Renew the lease and write outcomes down; say whether more of the chunk may be handed over."""
        state = renew_lease(held.lease)
        if state is None:
            log.warning("late results refused", shoot=held.lease.shoot_id, letters=len(settled))
            news.lost.append(held)
            news.stopped.append(held)
            return False
        record(held.lease, settled)
        self._allowance.refund(held.lease, settled)
        if held.was_resting and any(one.state == EmailState.SENT for one in settled):
            resume_sender(held.lease.sender_id)
            held.was_resting = False
        if state != ShootState.SENDING:
            news.stopped.append(held)
        return state == ShootState.SENDING and not held.is_stopped

    def _mark(self, held: Held, wanted: int, news: News) -> int:
        """Mark the next letters of a chunk, as many as limits allow."""
        granted = self._allowance.grant(held.lease, wanted)
        if not granted:
            if self._allowance.must_rest(held.lease):
                news.exhausted.append(held)
            return 0
        rows, looked_at = hand_over(held.lease, held.looked_at, granted)
        self._allowance.take_back(held.lease, granted - len(rows))
        if looked_at == held.looked_at:
            news.exhausted.append(held)
        news.rows.append((held, rows, looked_at))
        return len(rows)

    def _claim(self, wanted: int, news: News) -> int:
        """Take the next chunk and mark its first letters; return how many."""
        with self.stages.stage("claim"):
            lease = claim_chunk(self._lane, self._owner, self._sender_id, self._allowance.short_senders)
            if lease is None:
                news.found_nothing = True
                return 0
            held = Held(lease, self._open(lease.shoot_id), lease.first - 1, was_resting=lease.rests > 0)
            if self._journal is not None:
                held.page = self._journal.open_page(lease)
        news.claimed.append(held)
        with self.stages.stage("judge"):
            return self._mark(held, wanted, news)

    def _open(self, shoot_id: int) -> OpenLetter:
        """Return a shoot's letter; the last few stay open, since shoots of a lane take turns."""
        if shoot_id not in self._letters:
            if len(self._letters) >= OPEN_LETTERS:
                self._letters.pop(next(iter(self._letters)))
            self._letters[shoot_id] = open_letter(db.session.get_one(Shoot, shoot_id))
        return self._letters[shoot_id]

    def _pause(self, held: Held, outcome: Outcome) -> None:
        """Let a sender rest for as long as the other side asked, or longer each time it stays down."""
        sender_id = held.lease.sender_id
        if outcome.verdict is Verdict.SLOW_DOWN:
            seconds = outcome.retry_after or carrier_pause(0)
        else:
            seconds = max(carrier_pause(get_pause_count(sender_id)), outcome.retry_after or 0.0)
        log.warning("sender rests", sender=sender_id, seconds=seconds, verdict=outcome.verdict.value)
        pause_sender(sender_id, seconds, outcome.reply)

    def say_disk_is_full(self, helds: list[Held]) -> None:
        """Let the senders of these chunks rest, with the reason; the first letter that goes out takes it away."""
        with transaction():
            for sender_id in sorted({held.lease.sender_id for held in helds}):
                pause_sender(sender_id, carrier_pause(0), DISK_IS_FULL)
        for held in helds:
            held.was_resting = True

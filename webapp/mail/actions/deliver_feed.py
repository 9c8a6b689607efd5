"""The feed between database and carrier: letters marked in windows, made one by one, outcomes gathered."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from webapp.mail.actions.deliver_journal import Page, blank_page
from webapp.mail.actions.render import OpenLetter
from webapp.mail.domain.headers import ascii_address
from webapp.mail.domain.journal import ACCEPTED, HANDED, REFUSED
from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.domain.settling import STOPS_SENDER, Settled, poison, settle, take_back
from webapp.mail.domain.values import PoisonError
from webapp.mail.models.shoot import CHUNK_SIZE
from webapp.mail.queries.deliver import HandOver
from webapp.mail.queries.lease import Lease

# Letters are made a few at a time: the processor stays with one kind of work, which halves what a letter costs. No
# more than its second cache keeps until they are sent, or sending gets dearer by what making them has saved.
BATCH = 64
BATCH_BYTES = 256_000


@dataclass(eq=False, slots=True)
class Held:
    """A chunk that is held by lease, and where its letters are.

    Args:
        lease: the right to it.
        letter: what is made for each recipient.
        looked_at: the last seq that was judged.
        waiting_count: letters marked and not yet taken by the carrier.
        carried_count: letters taken and not yet settled.
        settled: outcomes that are not yet written down.
        is_exhausted: no letter of the chunk is left to hand over now.
        is_stopped: no letter of it may be handed over any more.
        is_lost: the lease is somebody else's; nothing may be written.
        was_resting: the sender rested before; the first letter sent ends that.
        pause: why and for how long the sender has to rest, once a carrier said so.
        page: where a successor finds how far each letter came.
        deadline: on the clock of `time.monotonic`; nothing is handed over after it, since the lease may have lapsed.
    """

    lease: Lease
    letter: OpenLetter
    looked_at: int
    waiting_count: int = 0
    carried_count: int = 0
    settled: list[Settled] = field(default_factory=list)
    is_exhausted: bool = False
    is_stopped: bool = False
    is_lost: bool = False
    was_resting: bool = False
    pause: Outcome | None = None
    page: Page = field(default_factory=blank_page)
    deadline: float = math.inf

    @property
    def is_finished(self) -> bool:
        """Say whether nothing is under way any more, so that the chunk can be given back."""
        return (self.is_exhausted or self.is_stopped) and not (self.waiting_count or self.carried_count)


class LetterFeed:
    """What a carrier takes letters from. Lives in one event loop; nothing in it blocks.

    Args:
        on_change: called when outcomes have come in or letters run low, to wake who fetches more.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._rows: deque[tuple[Held, HandOver]] = deque()
        self._made: deque[tuple[Held, HandOver, Parcel]] = deque()  # of the rows, the first few as letters
        self._carried: dict[int, tuple[Held, HandOver]] = {}
        self._ticket = 0
        self._ready = asyncio.Event()
        self._closed = False
        self._on_change = on_change
        self.low = 0  # letters waiting at which more are fetched
        self.settled_count = 0
        self.build_seconds = 0.0  # of CPU spent on making letters, for the log and the bench

    @property
    def waiting_count(self) -> int:
        """Return how many letters are marked and not yet taken."""
        return len(self._rows) + len(self._made)

    @property
    def carried_count(self) -> int:
        """Return how many letters are taken and not yet settled."""
        return len(self._carried)

    def put(self, held: Held, rows: list[HandOver]) -> None:
        """Add letters that were marked as being handed over."""
        self._rows.extend([(held, row) for row in rows])
        held.waiting_count += len(rows)
        if rows:
            self._ready.set()

    def take(self) -> Parcel | None:
        """Hand out the next letter."""
        while self._made or self._make_some():
            held, row, parcel = self._made.popleft()
            held.waiting_count -= 1
            if time.monotonic() > held.deadline:
                held.settled.append(take_back(row.seq))
                self.stop(held)
                continue
            held.carried_count += 1
            self._carried[parcel.seq] = (held, row)
            return parcel
        self._ready.clear()
        self._on_change()
        return None

    def _make_some(self) -> bool:
        """Make the next few letters; say whether there are any, since those that cannot be made fail alone."""
        began = time.thread_time()
        while self._rows and not self._made:
            held, rows = self._next_rows()
            try:
                self._make(held, rows)
            except Exception:  # of one of them: it is found by making each alone
                for row in rows:
                    self._make_alone(held, row)
        self.build_seconds += time.thread_time() - began
        if self.waiting_count <= self.low:
            self._on_change()
        return bool(self._made)

    def _next_rows(self) -> tuple[Held, list[HandOver]]:
        """Return the next few rows, which are of one chunk and have room in memory as letters."""
        held, row = self._rows.popleft()
        rows = [row]
        most = min(BATCH, BATCH_BYTES // (held.letter.fixed_size + 1))  # those with files may be large
        while len(rows) < most and self._rows and self._rows[0][0] is held:
            rows.append(self._rows.popleft()[1])
        return held, rows

    def _make(self, held: Held, rows: list[HandOver]) -> None:
        """Make letters, all or none."""
        # The envelope wants international domains in ASCII, as the header has them (RFC 5891).
        recipients = [ascii_address(row.address) for row in rows]
        contents = held.letter.build_all(rows)
        sender = held.letter.envelope_sender
        for row, recipient, content in zip(rows, recipients, contents, strict=True):
            self._ticket += 1
            parcel = Parcel(self._ticket, sender, recipient, content, has_leading_dots=False)
            self._made.append((held, row, parcel))

    def _make_alone(self, held: Held, row: HandOver) -> None:
        """Make one letter; one that cannot be made fails, whatever its recipient's data provoked."""
        try:
            self._make(held, [row])
        except PoisonError as error:
            self._fail(held, row, str(error))
        except Exception as error:
            self._fail(held, row, f"This letter could not be made ({type(error).__name__}).")

    def _fail(self, held: Held, row: HandOver, why: str) -> None:
        held.waiting_count -= 1
        self._settle(held, poison(row.seq, why))

    async def wait(self) -> bool:
        """Return True when there may be a letter to take, False as soon as no more are to be taken."""
        await self._ready.wait()
        return not self._closed

    def hand_over(self, ticket: int) -> None:
        """Note, before the last of a letter leaves, that from here on nobody but the other side knows its fate."""
        held, row = self._carried[ticket]
        held.page.marks[row.seq % CHUNK_SIZE] = HANDED

    def settle(self, outcome: Outcome) -> None:
        """Take in what became of a letter."""
        held, row = self._carried.pop(outcome.seq)
        held.carried_count -= 1
        verdict = outcome.verdict
        if verdict is Verdict.SENT:
            held.page.marks[row.seq % CHUNK_SIZE] = ACCEPTED
        elif verdict is not Verdict.UNCERTAIN:
            held.page.marks[row.seq % CHUNK_SIZE] = REFUSED
            if verdict in STOPS_SENDER:
                held.pause = outcome
        self._settle(held, settle(outcome, shoot_id=held.lease.shoot_id, seq=row.seq, attempt=row.attempt))

    def _settle(self, held: Held, settled: Settled) -> None:
        held.settled.append(settled)
        self.settled_count += 1
        if not self._carried and not self.waiting_count:
            self._on_change()  # the last one: nobody else would wake who records it

    def stop(self, held: Held) -> None:
        """Take back every letter of a chunk that the carrier has not taken yet."""
        held.is_stopped = True
        if not held.waiting_count:
            return
        held.settled += [take_back(row.seq) for owner, row, _ in self._made if owner is held]
        held.settled += [take_back(row.seq) for owner, row in self._rows if owner is held]
        self._made = deque([made for made in self._made if made[0] is not held])
        self._rows = deque([waiting for waiting in self._rows if waiting[0] is not held])
        held.waiting_count = 0

    def abandon(self, why: str) -> None:
        """Say of every letter that was taken that nobody knows what became of it: its carrier broke down."""
        for held, row in self._carried.values():
            held.carried_count -= 1
            self._settle(
                held,
                settle(
                    Outcome(0, Verdict.UNCERTAIN, reply=why), shoot_id=0, seq=row.seq, attempt=row.attempt
                ),
            )
        self._carried.clear()

    def close(self) -> None:
        """Tell the carrier that there will be no more letters."""
        self._closed = True
        self._ready.set()

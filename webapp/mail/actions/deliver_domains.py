"""The line of letters to domains that take only so many a minute: who goes now, who waits, and for how long."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webapp.mail.actions.deliver_feed import Held
from webapp.mail.domain.limits import SPREAD, per_second, turn_of
from webapp.mail.domain.settling import Settled
from webapp.mail.domain.states import EmailState
from webapp.mail.queries.deliver import HandOver
from webapp.mail.queries.limits_tokens import Asking, Given, make_buckets, take_tokens

NEAR = 2.0  # seconds that a worker stays after it saw a line: it would be back at once, and tokens run over meanwhile

Window = tuple[Held, list[HandOver], int]
"""Letters that were marked: of which chunk, which, and up to which number was looked."""


@dataclass(slots=True)
class Turns:
    """What the domains of one beat's letters gave.

    Args:
        rates: letters a minute, by domain.
        given: tokens and length of the line, by domain.
    """

    rates: Mapping[str, int]
    given: Mapping[str, Given]
    _gone: Counter[str] = field(default_factory=Counter)
    _put_back: Counter[str] = field(default_factory=Counter)

    def sort(self, rows: Sequence[HandOver]) -> tuple[list[HandOver], list[Settled]]:
        """Return the letters that go, and what is written down for those that wait for their turn."""
        going: list[HandOver] = []
        waiting: list[Settled] = []
        for row in rows:
            domain = domain_of(row)
            given = self.given.get(domain)
            if given is None or self._gone[domain] < given.count:
                self._gone[domain] += 1
                going.append(row)
                continue
            place = self._put_back[domain]
            self._put_back[domain] += 1
            seconds = turn_of(place, given.line_seconds, per_second(self.rates[domain]))
            waiting.append(Settled(row.seq, EmailState.PENDING, delay=seconds, is_refunded=True))
        return going, waiting


class DomainLine:
    """Takes the tokens of recipients' domains.

    Args:
        may_borrow: letters in a hurry borrow from those that come later.
    """

    def __init__(self, *, may_borrow: bool) -> None:
        self._may_borrow = may_borrow
        self._made: set[str] = set()
        self._until = 0.0

    @property
    def is_near(self) -> bool:
        """Say whether a line was seen a moment ago: somebody in it has their turn soon."""
        return time.monotonic() < self._until

    def take(self, windows: Sequence[Window], rates: Mapping[str, int]) -> Turns | None:
        """Take tokens for marked letters, in one statement; None where no domain of theirs is limited."""
        wanted = Counter(
            domain for _, rows, _ in windows for row in rows if (domain := domain_of(row)) in rates
        )
        if not wanted:
            return None
        asked = [
            Asking(
                f"domain:{domain}",
                count,
                rates[domain],
                self._may_borrow,
                spread=1 / (per_second(rates[domain]) * SPREAD),
            )
            for domain, count in wanted.items()
        ]
        make_buckets([one.key for one in asked if one.key not in self._made])
        self._made.update(one.key for one in asked)
        given = take_tokens(asked)
        self._made &= given.keys()
        if any(
            one.line_seconds > 0 or one.count < wanted[key.removeprefix("domain:")]
            for key, one in given.items()
        ):
            self._until = time.monotonic() + NEAR
        return Turns(rates, {key.removeprefix("domain:"): one for key, one in given.items()})


def domain_of(row: HandOver) -> str:
    """Return the domain of a letter's recipient, as addresses are stored: in lower case."""
    return row.address.rpartition("@")[2]

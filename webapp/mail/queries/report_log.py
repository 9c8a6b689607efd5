"""Questions about the log of all letters: pages by key, and no more rows read than a page needs.

There is no index on a letter's state: it would cost every delivery. The tallies say which chunks hold letters
in a state, so only those thousands are read, and only as many of them as fill the page.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from webapp.core.database import db
from webapp.mail.domain.report_log import Key, LetterLine, LetterPage, LogFilter
from webapp.mail.domain.states import REMAINING
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE, Shoot, ShootTally
from webapp.mail.queries.report import visible_shoots
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.queries.persons import matching_people

PEOPLE_LIMIT = 1000
"""As many people are followed to their letters by index; letters of more are found by reading them."""
SHORTEST_TRIGRAM = 3
"""Characters: the index on people answers nothing shorter."""
CHUNKS_A_STEP = 16
CHUNK_BUDGET = 48
"""Chunks read for one page of a search that hits rarely; the page then says that it has not seen all."""

_COLUMNS: tuple[Any, ...] = (
    EmailLog.shoot_id,
    EmailLog.seq,
    EmailLog.person_id,
    EmailLog.name,
    EmailLog.address,
    EmailLog.state,
    EmailLog.reason,
    EmailLog.detail,
    EmailLog.attempt,
    EmailLog.handed_at,
    EmailLog.settled_at,
    EmailLog.next_at,
)


def page_letters(
    scope: Scope,
    wanted: LogFilter,
    *,
    older_than: Key | None = None,
    newer_than: Key | None = None,
    limit: int = 50,
) -> LetterPage:
    """Return a page of the log.

    Args:
        scope: whose eyes.
        wanted: which letters.
        older_than: those after this key.
        newer_than: or those before this one.
        limit: how many at most.
    """
    is_rising = newer_than is not None
    bound = newer_than or older_than
    reader = _Reader(scope, wanted, is_rising, limit + 1)
    people = _find_people(wanted.text) if wanted.text else None
    stopped_at = None
    if people is None:
        found, stopped_at = reader.by_chunks(bound)
    else:
        found = reader.of_people(people, bound)
    lines = found[:limit]
    onward = lines[-1].key if len(found) > limit else stopped_at
    back = lines[0].key if lines and bound else None
    if bound is not None and not lines:
        # so that the way back shows the letter, too, at which this empty page began
        back = Key(bound.shoot_id, bound.seq + (1 if is_rising else -1))
    is_partial = stopped_at is not None
    if is_rising:
        return LetterPage(lines[::-1], newer_than=onward, older_than=back, is_partial=is_partial)
    return LetterPage(lines, newer_than=back, older_than=onward, is_partial=is_partial)


def _words(text: str) -> list[str]:
    """Return the words that a name or address has to hold, as they are compared."""
    return unicodedata.normalize("NFC", text).lower().split()


def _find_people(text: str) -> list[int] | None:
    """Return the people whose name or address holds a text, or None when they are too many to follow."""
    folded = text.strip().lower()
    if "@" in folded:
        exact = db.session.scalar(select(Person.id).where(Person.email == folded))
        if exact is not None:
            return [exact]
    if max(map(len, _words(text)), default=0) < SHORTEST_TRIGRAM:
        return None
    found = db.session.scalars(select(Person.id).where(matching_people(text)).limit(PEOPLE_LIMIT + 1)).all()
    return list(found) if len(found) <= PEOPLE_LIMIT else None


class _Reader:
    """Reads letters in one direction until a page is full."""

    def __init__(self, scope: Scope, wanted: LogFilter, is_rising: bool, limit: int) -> None:
        """Work out the conditions on shoots and on letters."""
        self._wanted = wanted
        self._is_rising = is_rising
        self._limit = limit
        self._shoots: list[ColumnElement[bool]] = [visible_shoots(scope)]
        for key, value in (
            (Shoot.id, wanted.shoot_id),
            (Shoot.event_id, wanted.event_id),
            (Shoot.sender_id, wanted.sender_id),
        ):
            if value is not None:
                self._shoots.append(key == value)
        began = func.coalesce(Shoot.started_at, Shoot.created_at)
        if wanted.since is not None:
            self._shoots.append(began >= wanted.since)
        if wanted.until is not None:
            self._shoots.append(began < wanted.until)

    def _in_state(self, table: type[EmailLog] | type[ShootTally]) -> list[ColumnElement[bool]]:
        """Return the conditions on state and reason, for letters or for tallies."""
        conditions: list[ColumnElement[bool]] = []
        state, reason = self._wanted.state, self._wanted.reason
        if state is not None:
            states = REMAINING if state == "remaining" else (state,)
            conditions.append(table.state.in_(states))
        if reason is not None:
            given = table.reason if reason else func.coalesce(table.reason, "")
            conditions.append(given == reason)
        return conditions

    def _beyond(self, bound: Key, *columns: Any) -> ColumnElement[bool]:
        """Return the condition that rows of these key columns lie beyond a bound, in the reader's direction."""
        here, there = tuple_(*columns), tuple_(*(literal(value) for value in bound))
        return here > there if self._is_rising else here < there

    def _order(self, *columns: Any) -> list[Any]:
        """Return an order in the reader's direction."""
        return [c.asc() if self._is_rising else c.desc() for c in columns]

    def of_people(self, people: Sequence[int], bound: Key | None) -> list[LetterLine]:
        """Return letters to some people, by the index on persons."""
        # Apart from the order, or else the database walks the whole log in that order to meet a few people.
        theirs = (
            select(*_COLUMNS)
            .join(Shoot, Shoot.id == EmailLog.shoot_id)
            .where(EmailLog.person_id.in_(people), *self._shoots, *self._in_state(EmailLog))
            .cte("theirs")
            .prefix_with("MATERIALIZED")
        )
        query = select(theirs).order_by(*self._order(theirs.c.shoot_id, theirs.c.seq)).limit(self._limit)
        if bound is not None:
            query = query.where(self._beyond(bound, theirs.c.shoot_id, theirs.c.seq))
        return [LetterLine(*row) for row in db.session.execute(query)]

    def by_chunks(self, bound: Key | None) -> tuple[list[LetterLine], Key | None]:
        """Return letters chunk by chunk, and where a search was given up before the page was full."""
        found: list[LetterLine] = []
        looked = 0
        while len(found) < self._limit:
            chunks = self._find_chunks(bound)
            if not chunks:
                return found, None
            enough = self._as_many_as_needed(chunks, bound, self._limit - len(found))
            found += self._read(chunks[:enough], bound, self._limit - len(found))
            shoot_id, number, _ = chunks[enough - 1]
            bound = Key(shoot_id, number * CHUNK_SIZE + (CHUNK_SIZE - 1 if self._is_rising else 0))
            looked += enough
            if looked >= CHUNK_BUDGET and len(found) < self._limit:
                return found, bound
        return found, None

    def _find_chunks(self, bound: Key | None) -> list[tuple[int, int, int]]:
        """Return the next chunks that hold letters in the wanted state: shoot, number, how many letters."""
        query = (
            select(ShootTally.shoot_id, ShootTally.chunk, func.sum(ShootTally.letter_count))
            .where(
                ShootTally.letter_count > 0,
                ShootTally.shoot_id.in_(select(Shoot.id).where(*self._shoots)),
                *self._in_state(ShootTally),
            )
            .group_by(ShootTally.shoot_id, ShootTally.chunk)
            .order_by(*self._order(ShootTally.shoot_id, ShootTally.chunk))
            # each holds a wanted letter at least, so without a text that many surely fill the page in one step
            .limit(CHUNKS_A_STEP if self._wanted.text else max(CHUNKS_A_STEP, self._limit))
        )
        if self._wanted.shoot_id is not None:
            query = query.where(ShootTally.shoot_id == self._wanted.shoot_id)
        if bound is not None:
            # the chunk in which the bound lies still counts, unless the bound is at its very edge
            step = 1 if self._is_rising else -1
            edge = Key(bound.shoot_id, (bound.seq + step) // CHUNK_SIZE - step)
            query = query.where(self._beyond(edge, ShootTally.shoot_id, ShootTally.chunk))
        return [(row[0], row[1], int(row[2])) for row in db.session.execute(query)]

    def _as_many_as_needed(self, chunks: list[tuple[int, int, int]], bound: Key | None, missing: int) -> int:
        """Return how many of the chunks surely fill the page; with a text nobody knows, so all of them."""
        if self._wanted.text:
            return len(chunks)
        sure = 0
        for index, (shoot_id, number, letters) in enumerate(chunks):
            is_cut = bound is not None and Key(shoot_id, number) == Key(
                bound.shoot_id, bound.seq // CHUNK_SIZE
            )
            sure += 0 if is_cut else letters
            if sure >= missing:
                return index + 1
        return len(chunks)

    def _read(self, chunks: list[tuple[int, int, int]], bound: Key | None, missing: int) -> list[LetterLine]:
        """Return the wanted letters of some chunks, each read by the primary key alone."""
        lows, highs = [], []
        for shoot_id, number, _ in chunks:
            low, high = number * CHUNK_SIZE, (number + 1) * CHUNK_SIZE - 1
            if bound is not None and bound.shoot_id == shoot_id:
                low, high = (
                    (max(low, bound.seq + 1), high) if self._is_rising else (low, min(high, bound.seq - 1))
                )
            lows.append(low)
            highs.append(high)
        ranges = (
            func.unnest(
                cast([shoot_id for shoot_id, _, _ in chunks], ARRAY(BigInteger)),
                cast(lows, ARRAY(Integer)),
                cast(highs, ARRAY(Integer)),
            )
            .table_valued(column("shoot_id", BigInteger), column("low", Integer), column("high", Integer))
            .render_derived(name="ranges")
        )
        conditions = self._in_state(EmailLog)
        for word in _words(self._wanted.text):
            name, address = func.lower(EmailLog.name), EmailLog.address
            conditions.append(
                or_(name.contains(word, autoescape=True), address.contains(word, autoescape=True))
            )
        letters = (
            select(*_COLUMNS)
            .where(
                EmailLog.shoot_id == ranges.c.shoot_id,
                EmailLog.seq.between(ranges.c.low, ranges.c.high),
                *conditions,
            )
            .order_by(*self._order(EmailLog.seq))
            .limit(missing)
            .lateral("letters")
        )
        query = (
            select(*letters.c)
            .select_from(ranges.join(letters, true()))
            .order_by(*self._order(letters.c.shoot_id, letters.c.seq))
            .limit(missing)
        )
        return [LetterLine(*row) for row in db.session.execute(query)]


def read_letters(shoot_id: int, first: int, limit: int) -> list[LetterLine]:
    """Return letters of a shoot from a number on, in their order."""
    query = (
        select(*_COLUMNS)
        .where(EmailLog.shoot_id == shoot_id, EmailLog.seq >= first)
        .order_by(EmailLog.seq)
        .limit(limit)
    )
    return [LetterLine(*row) for row in db.session.execute(query)]

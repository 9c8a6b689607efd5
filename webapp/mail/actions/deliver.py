"""Deliver letters in three beats: claim and mark in a transaction, carry outside of one, record in the next."""

import asyncio
import math
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp.core.database import db
from webapp.mail.actions.deliver_beat import Beater, News, Plan
from webapp.mail.actions.deliver_feed import Held, LetterFeed
from webapp.mail.actions.deliver_journal import Journal
from webapp.mail.actions.deliver_limits import Allowance
from webapp.mail.domain.parcel import Outcome

log = structlog.get_logger()

SMALLEST_WINDOW = 16  # letters that are marked at a time, at least
LARGEST_WINDOW = 250  # at most: two windows are what a dead worker leaves in doubt
WINDOW_SECONDS = 0.3  # of work in a window, so that a pause finds little that cannot be taken back
DISK_FULL = "53100"  # SQLSTATE disk_full
BEAT = 0.5  # seconds at most between two looks at the database: pause, cancel and leases rest on it


class CarriesLetters(Protocol):
    """What a carrier is to delivery; it is opened elsewhere and handed in."""

    async def carry(self, feed: LetterFeed, settle: Callable[[Outcome], None]) -> None:
        """Carry letters until the feed is closed and each one taken is settled."""


class Deliverer:
    """Carries the letters of one lane for one slice of time.

    Args:
        app: whose database.
        carrier: where the letters go.
        lane: whose chunks.
        owner: the name under which leases are taken; nobody else may bear it.
        must_stop: asked often; once it says yes, nothing new is begun.
        sender_id: whose letters alone, by the account that the carrier was opened with; None is of all senders
            without one of their own.
        allowance: what limits leave to hand over; None knows the limits of senders and domains only.
        journal_folder: where this host keeps the journals of its workers; None keeps none.
    """

    def __init__(
        self,
        app: Flask,
        carrier: CarriesLetters,
        *,
        lane: str,
        owner: str,
        must_stop: Callable[[], bool],
        sender_id: int | None = None,
        allowance: Allowance | None = None,
        journal_folder: Path | None = None,
    ) -> None:
        self._app = app
        self._carrier = carrier
        self._allowance = allowance or Allowance(lane)
        self._journal = _open_journal(journal_folder, owner)
        self._beater = Beater(lane, owner, sender_id, self._allowance, self._journal)
        self._must_stop = must_stop
        self._held: list[Held] = []
        self._window = SMALLEST_WINDOW * 4
        self._found_nothing = False
        self._rest: float | None = None
        self._had_fault = False
        self._database_seconds = 0.0  # of CPU

    def run(self) -> int:
        """Deliver until nothing is due or the time is over.

        Returns:
            How many letters were settled.
        """
        began = time.thread_time()
        try:
            count = asyncio.run(self._run())
        finally:
            if self._journal is not None:
                self._journal.close()
        if count:
            seconds = self._beater.stages.seconds
            seconds["commit"] = self._database_seconds - sum(seconds.values())
            seconds["build"] = self._feed.build_seconds
            seconds["carry"] = time.thread_time() - began - self._feed.build_seconds
            log.info(
                "letters delivered",
                letters=count,
                **self._beater.stages.per_letter(count),
                database_cpu_us=round(self._database_seconds / count * 1e6, 1),
                peak_kb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            )
        return count

    async def _run(self) -> int:
        """Keep the carrier fed, beat after beat."""
        self._wake = asyncio.Event()
        self._feed = feed = LetterFeed(self._wake.set)
        loop = asyncio.get_running_loop()
        carrying = asyncio.create_task(self._carrier.carry(feed, feed.settle))
        began = time.monotonic()
        with ThreadPoolExecutor(1, thread_name_prefix="database") as thread:
            try:
                while (plan := self._plan(carrying)) is not None:
                    try:
                        self._take_in(await loop.run_in_executor(thread, self._beat, plan))
                    except DBAPIError as error:
                        # the second: our session was ended, because we stood still in mid-transaction
                        if not (isinstance(error, OperationalError) or error.connection_invalidated):
                            raise
                        goes_on = await self._outlive(plan, error)
                        await loop.run_in_executor(thread, self._tell, plan, error)
                        if not goes_on:
                            break
                        continue
                    self._fit_window(time.monotonic() - began)
                    await self._until_needed()
            finally:
                feed.close()
                # What was taken and cannot be recorded any more stays marked; its lease lapses and it is
                # listed as uncertain.
                if not carrying.done():
                    await asyncio.wait([carrying], timeout=BEAT * 10)
                carrying.cancel()
                await asyncio.gather(carrying, return_exceptions=True)
        return feed.settled_count

    def _beat(self, plan: Plan) -> News:
        """Run one beat in the database's thread, with a session of its own."""
        began = time.thread_time()
        with self._app.app_context():
            try:
                return self._beater.beat(plan)
            finally:
                db.session.remove()
                self._database_seconds += time.thread_time() - began

    def _tell(self, plan: Plan, error: DBAPIError) -> None:
        """Let the pages of shoots say why nothing goes out, where the database can still take that."""
        if getattr(error.orig, "sqlstate", None) != DISK_FULL:
            return
        with self._app.app_context():
            try:
                self._beater.say_disk_is_full([held for held, _ in plan.outcomes])
            except OperationalError:
                log.warning("the disk of the database is too full to say so")
            finally:
                db.session.remove()

    def _plan(self, carrying: "asyncio.Task[None]") -> Plan | None:
        """Say what the next transaction has to do, or None at the end."""
        is_broken = carrying.done()
        if is_broken:
            error = carrying.exception()
            self._feed.abandon(f"The carrier broke down ({type(error).__name__}).")
            log.error("carrier broke down", exc_info=error)
        is_stopping = is_broken or self._must_stop() or self._allowance.is_outdated
        plan = Plan()
        if self._had_fault:
            plan.known = {(held.lease.shoot_id, held.lease.number) for held in self._held}
        for held in self._held:
            if held.pause is not None and not held.is_stopped:
                plan.pauses.append((held, held.pause))
                self._stop_sender(held.lease.sender_id)
        for held in self._held:
            if is_stopping and not held.is_stopped:
                self._feed.stop(held)
            settled, held.settled = held.settled, []
            plan.outcomes.append((held, settled))
            if held.is_finished:
                plan.finished.append(held)
        is_idle = self._found_nothing and not self._allowance.is_waiting
        if not self._held and (is_stopping or is_idle) and not self._had_fault:
            return None
        self._held = [held for held in self._held if held not in plan.finished]
        if not is_stopping:
            # Two windows are in doubt at most, should this host be lost: what its connections carry is part of them
            # (of very many connections a part, since windows that are nearly empty cost more than they are worth).
            carried = min(self._feed.carried_count, self._window // 4)
            plan.wanted = max(0, 2 * self._window - self._feed.waiting_count - carried)
            plan.may_claim = not self._found_nothing or self._allowance.is_waiting
        return plan

    async def _outlive(self, plan: Plan, error: DBAPIError) -> bool:
        """Keep what a failed transaction was to write, for the next one, and hand nothing over meanwhile.

        The database may be restarting. If it stays away longer than our leases last, they lapse, the next
        beat is told so, and what is in our hands is listed as uncertain by whoever took them. Whoever is asked
        to stop meanwhile leaves what it knows in its journal.

        Returns:
            Whether to go on: not when all leases have lapsed and we are to stop.
        """
        log.warning("database not answering", error=type(error.orig).__name__)
        self._had_fault = True
        for held, settled in plan.outcomes:
            held.settled = settled + held.settled
            if held not in self._held:
                self._held.append(held)
            self._feed.stop(held)
        await asyncio.sleep(BEAT)
        has_lease = any(time.monotonic() < held.deadline < math.inf for held in self._held)
        return has_lease or not self._must_stop()

    def _stop_sender(self, sender_id: int) -> None:
        """Take back everything that would still go out for a sender that has to rest."""
        for held in self._held:
            if held.lease.sender_id == sender_id and not held.is_stopped:
                self._feed.stop(held)

    def _take_in(self, news: News) -> None:
        """Take in what a transaction found."""
        self._had_fault = False
        self._held += news.claimed
        for held, rows, looked_at in news.rows:
            held.looked_at = looked_at
            self._feed.put(held, rows)
            if held.is_stopped:
                self._feed.stop(held)
        for held in news.exhausted:
            held.is_exhausted = True
        for held in news.stopped:
            self._feed.stop(held)
        for held in news.lost:
            held.settled.clear()
            held.is_lost = True
        self._held = [held for held in self._held if not (held.is_lost and held.is_finished)]
        self._found_nothing = news.found_nothing
        self._rest = news.rest

    def _fit_window(self, seconds: float) -> None:
        """Fit the window to the pace, once there is one."""
        if seconds > BEAT:
            pace = self._feed.settled_count / seconds
            self._window = max(SMALLEST_WINDOW, min(LARGEST_WINDOW, int(pace * WINDOW_SECONDS)))
        self._feed.low = self._window - 1

    async def _until_needed(self) -> None:
        """Wait until letters run low or outcomes pile up, or for one beat."""
        self._wake.clear()
        if self._rest:
            await asyncio.sleep(self._rest)  # the other letters in hand go on meanwhile
        elif self._feed.waiting_count >= self._window or (self._found_nothing and self._held):
            try:
                await asyncio.wait_for(self._wake.wait(), BEAT)
            except TimeoutError:
                return
        else:
            await asyncio.sleep(0)


def _open_journal(folder: Path | None, owner: str) -> Journal | None:
    """Return a journal, or None where it is off or the host has no place for it: that costs certainty, not letters."""
    if folder is None:
        return None
    try:
        return Journal(folder, owner)
    except OSError as error:
        log.warning("no journal", folder=str(folder), error=type(error).__name__)
        return None

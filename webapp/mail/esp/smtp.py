"""Carrier that speaks SMTP over several kept connections, each letter's fate known by how far it had come."""

import asyncio
import ssl
from typing import Final

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.base import CARRIERS, Carrier, Feed, Settle
from webapp.mail.esp.smtp_connection import Connection, ConnectionFailedError
from webapp.mail.esp.smtp_dialogue import Dialogue
from webapp.mail.esp.smtp_envelope import Offers
from webapp.mail.esp.smtp_hello import open_connection
from webapp.mail.esp.smtp_url import SmtpSettings, read_smtp_url

FIRST_PAUSE_SECONDS: Final = 0.25  # before the server is called again; doubles each time
LONGEST_PAUSE_SECONDS: Final = 15.0
GROWTH_PAUSE_SECONDS: Final = 5.0  # before one more is tried, when others are open and one was not let in


class SmtpCarrier(Carrier):
    """Sends letters to one mail server.

    Connections are opened as letters come: each letter taken opens one more, up to the limit.

    Args:
        settings: where and how.
    """

    name = "smtp"

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._context = settings.tls_context()

    async def carry(self, feed: Feed, settle: Settle) -> None:
        """Carry letters until the feed is closed; see `Carrier.carry`."""
        await _Run(self.settings, self._context, feed, settle).finish()


class _Run:
    """One call of `carry`: its workers, each with one connection at a time."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext, feed: Feed, settle: Settle) -> None:
        self._settings = settings
        self._context = context
        self._feed = feed
        self._settle = settle
        self._loop = asyncio.get_running_loop()
        self._group = asyncio.TaskGroup()
        self._all_done = asyncio.Event()
        self._is_ending = False  # a worker failed or the run was cancelled: nothing more is taken
        self._workers = 0
        self._open = 0
        self._failures = 0  # to connect, one after the other, with nothing open
        self._grows_at = 0.0

    async def finish(self) -> None:
        """Work until the feed is closed.

        Raises:
            Exception: the first that the feed or the settling raised.
        """
        try:
            async with self._group:
                self._add_worker()
                try:
                    await self._all_done.wait()
                finally:
                    self._is_ending = True
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    def _take(self) -> Parcel | None:
        """Take a letter; where there is one there may be more, so open one more connection."""
        if self._is_ending:
            return None
        parcel = self._feed.take()
        may_grow = parcel is not None and self._workers < self._settings.connections
        if may_grow and self._loop.time() >= self._grows_at:
            self._add_worker()
        return parcel

    def _add_worker(self) -> None:
        """Start a worker."""
        self._workers += 1
        self._group.create_task(self._work())

    async def _work(self) -> None:
        """Open a connection when there may be letters, serve it, open the next; end with the feed."""
        hand: list[Parcel] = []  # at most one: taken, lost its connection, never begun
        try:
            while hand or await self._feed.wait():
                try:
                    connection, offers = await open_connection(self._settings, self._context)
                except ConnectionFailedError as error:
                    if not await self._goes_on_after(error, hand):
                        return
                else:
                    self._failures = 0
                    await self._serve(connection, offers, hand)
        except BaseException:
            self._is_ending = True
            raise
        finally:
            self._workers -= 1
            if not self._workers:
                self._all_done.set()
            for parcel in hand:
                words = "Sending was stopped before the letter was handed over"
                self._settle(Outcome(parcel.seq, Verdict.NOT_BEGUN, None, words))

    async def _serve(self, connection: Connection, offers: Offers, hand: list[Parcel]) -> None:
        """Carry letters over one connection until it is lost or full, or the feed is closed."""

        def take() -> Parcel | None:
            return hand.pop() if hand else self._take()

        dialogue = Dialogue(
            offers, take, self._settle, self._settings.letters_per_connection, self._feed.hand_over
        )
        self._open += 1
        try:
            while True:
                await connection.converse(dialogue)
                if connection.is_lost:
                    return
                if dialogue.is_full or not await self._feed.wait():
                    await connection.quit()
                    return
                await asyncio.sleep(0)  # a feed that calls too early must not starve the others
        finally:
            self._open -= 1
            connection.drop("Sending was stopped")
            if connection.returned is not None:
                hand.append(connection.returned)

    async def _goes_on_after(self, error: ConnectionFailedError, hand: list[Parcel]) -> bool:
        """Settle what a failed call costs, and wait before the next; False when this worker is not needed.

        While other connections are open nothing is wrong with the carrier: a letter that waited for this call
        goes back, and the call says nothing about it. When there are none, one letter is settled as carrier
        down for each call, so that whoever feeds us hears of it; the rest stay there.
        """
        verdict = Verdict.NOT_BEGUN if self._open else Verdict.CARRIER_DOWN
        while hand:
            self._settle(Outcome(hand.pop().seq, verdict, error.code, error.reply))
        if self._workers > 1:
            self._grows_at = self._loop.time() + GROWTH_PAUSE_SECONDS
            return False
        self._failures += 1
        if error.is_lasting or self._failures > 1:
            parcel = self._feed.take()
            if parcel is not None:
                self._settle(Outcome(parcel.seq, Verdict.CARRIER_DOWN, error.code, error.reply))
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (self._failures - 1), LONGEST_PAUSE_SECONDS)
        until = self._loop.time() + pause
        while (left := until - self._loop.time()) > 0:
            if not await self._feed.wait():
                return False
            await asyncio.sleep(min(left, FIRST_PAUSE_SECONDS))
        return True


@CARRIERS.register("smtp")
@CARRIERS.register("smtps")
def open_smtp(url: str) -> SmtpCarrier:
    """Open ``smtp://`` or ``smtps://``; see `read_smtp_url` for the options."""
    return SmtpCarrier(read_smtp_url(url))

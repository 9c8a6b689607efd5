"""One SMTP conversation of the demo's mail server, as a state machine over bytes.

RFC 5321 with PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152) and ENHANCEDSTATUSCODES (RFC 2034).
Written for speed: all commands that have arrived are answered in one write, a letter is copied once.
"""

import asyncio
import time
from collections.abc import Callable

from webapp.demo.sink_commands import MAX_LETTER_BYTES, RefusedError, read_recipient, read_sender, unstuff
from webapp.demo.sink_desk import Desk, Hold
from webapp.demo.sink_outcomes import ACCEPT, Moment, Part, part_of
from webapp.demo.store import Arrival

MAX_LINE_BYTES = 2048
MAX_RECIPIENTS = 1000
_END = b"\r\n.\r\n"
_GREETING = b"220 sink.demo.localhost ESMTP Postroom demo\r\n"
_EHLO = (
    b"250-sink.demo.localhost\r\n250-PIPELINING\r\n250-SIZE %d\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
    % MAX_LETTER_BYTES
)


class Conversation(asyncio.BufferedProtocol):
    """The server's side of one connection."""

    def __init__(self, desk: Desk) -> None:
        """Begin at a desk; the event loop calls the rest."""
        self._desk = desk
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._scanned = 0
        self._out: list[bytes] = []
        self._holds: set[Hold] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._is_greeted = False
        self._is_content = False
        self._is_too_big = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._part = ACCEPT
        self._verbs: dict[bytes, Callable[[bytes], None]] = {
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"EHLO": self._ehlo,
            b"HELO": self._helo,
            b"RSET": self._rset,
            b"NOOP": lambda _: self._say(b"250 2.0.0 Ok\r\n"),
            b"VRFY": lambda _: self._say(b"252 2.5.2 Send some mail, then look into the inbox\r\n"),
            b"QUIT": self._quit,
        }

    # -- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server is given nothing else
        self._transport = transport
        self._desk.conversations.add(self)
        transport.write(_GREETING)
        if self._desk.is_behind:
            self.hold(Hold.STORE_IS_BEHIND)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; a letter without its final dot is forgotten with it."""
        self._is_over = True
        self._desk.conversations.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the desk's one buffer: it is emptied before the loop reads from anybody else."""
        return self._desk.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what arrived and answer what is complete."""
        self._buffer += self._desk.read_buffer[:nbytes]
        self._work()

    def pause_writing(self) -> None:
        """The client does not read its answers: read no more of its commands."""
        self.hold(Hold.CLIENT_DOES_NOT_READ)

    def resume_writing(self) -> None:
        """The client reads again."""
        self.release(Hold.CLIENT_DOES_NOT_READ)

    def hold(self, why: Hold) -> None:
        """Stop reading for one more reason."""
        if not self._holds and not self._is_over:
            self._transport.pause_reading()
        self._holds.add(why)

    def release(self, why: Hold) -> None:
        """Drop a reason; with the last one gone, read on."""
        self._holds.discard(why)
        if not self._holds and not self._is_over:
            self._transport.resume_reading()
            self._work()

    def say_goodbye(self) -> None:
        """End the conversation because the server stops (RFC 5321, 3.8)."""
        if not self._is_over:
            self._say(b"421 4.3.2 The demo stops\r\n")
            self._hang_up()

    # -- the state machine

    def _work(self) -> None:
        while not self._holds and not self._is_over:
            if not (self._take_content() if self._is_content else self._take_line()):
                break
        self._flush()

    def _flush(self) -> None:
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def _say(self, reply: bytes) -> None:
        self._out.append(reply)

    def _hang_up(self) -> None:
        """Close after what was said so far has gone out."""
        self._flush()
        self._is_over = True
        self._buffer.clear()
        self._transport.close()

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > MAX_LINE_BYTES:
                self._say(b"500 5.5.2 Line too long\r\n")
                self._hang_up()
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        if len(line) > MAX_LINE_BYTES:
            self._say(b"500 5.5.2 Line too long\r\n")
            return True
        verb, _, rest = line.partition(b" ")
        action = self._verbs.get(verb.upper())
        if action is None:
            self._say(b"502 5.5.1 Command not known here\r\n")
        else:
            try:
                action(rest)
            except RefusedError as refusal:
                self._say(refusal.reply)
        return True

    def _ehlo(self, rest: bytes) -> None:
        self._begin(rest, _EHLO)

    def _helo(self, rest: bytes) -> None:
        self._begin(rest, b"250 sink.demo.localhost\r\n")

    def _begin(self, name: bytes, answer: bytes) -> None:
        if not name.strip():
            self._say(b"501 5.5.4 Say who you are\r\n")
            return
        self._is_greeted = True
        self._forget_letter()
        self._say(answer)

    def _rset(self, _: bytes) -> None:
        self._forget_letter()
        self._say(b"250 2.0.0 Forgotten\r\n")

    def _quit(self, _: bytes) -> None:
        self._say(b"221 2.0.0 Bye\r\n")
        self._hang_up()

    def _forget_letter(self) -> None:
        self._sender = None
        self._recipients = []
        self._part = ACCEPT
        self._is_content = self._is_too_big = False
        self._scanned = 0

    def _mail(self, rest: bytes) -> None:
        if not self._is_greeted:
            raise RefusedError(b"503 5.5.1 EHLO first\r\n")
        if self._sender is not None:
            raise RefusedError(b"503 5.5.1 One letter at a time\r\n")
        self._sender = read_sender(rest)
        self._say(b"250 2.1.0 Ok\r\n")

    def _rcpt(self, rest: bytes) -> None:
        if self._sender is None:
            raise RefusedError(b"503 5.5.1 MAIL first\r\n")
        if len(self._recipients) >= MAX_RECIPIENTS:
            raise RefusedError(b"452 4.5.3 Too many recipients\r\n")
        address = read_recipient(rest)
        self._meet(address, part_of(address))

    def _meet(self, address: str, part: Part) -> None:
        """Play the part of a recipient as far as RCPT goes."""
        is_due = part.moment is Moment.RECIPIENT
        if is_due and part.is_first_time_only:
            is_due = self._desk.is_first_try(address)
        if not is_due:
            self._recipients.append(address)
            if part.moment is not Moment.RECIPIENT and self._part is ACCEPT:
                # Several recipients in one letter have one answer: the first that plays a part decides.
                self._part = part
            self._say(b"250 2.1.5 Ok\r\n")
            return
        if part.reply is not None:
            self._say(part.reply.encode() + b"\r\n")
        if part.hangs_up:
            self._hang_up()

    def _data(self, rest: bytes) -> None:
        if rest.strip():
            self._say(b"501 5.5.4 DATA takes no parameters\r\n")
        elif self._sender is None:
            self._say(b"503 5.5.1 MAIL first\r\n")
        elif not self._recipients:
            self._say(b"554 5.5.1 No valid recipients\r\n")
        elif self._part.moment is Moment.DATA:
            self._hang_up()
        else:
            self._is_content = True
            self._scanned = 0
            self._say(b"354 End with a dot on a line of its own\r\n")

    def _take_content(self) -> bool:
        """Look for the end of the letter; True when it was found and answered."""
        buffer = self._buffer
        if self._scanned == 0 and not self._is_too_big and buffer.startswith(b".\r\n"):
            del buffer[:3]
            self._finish(b"")
            return True
        end = buffer.find(_END, self._scanned)
        if end >= 0:
            content = bytes(buffer[: end + 2])
            del buffer[: end + len(_END)]
            self._finish(content)
            return True
        if len(buffer) > MAX_LETTER_BYTES:
            self._is_too_big = True
            del buffer[:-4]
        self._scanned = max(0, len(buffer) - 4)
        return False

    def _finish(self, content: bytes) -> None:
        part, recipients, sender = self._part, tuple(self._recipients), self._sender or ""
        is_too_big = self._is_too_big or len(content) > MAX_LETTER_BYTES
        self._forget_letter()
        if is_too_big:
            self._say(b"552 5.3.4 Letter too big\r\n")
            return
        if part.is_kept:
            self._desk.keep(Arrival(time.time(), sender, recipients, unstuff(content)))
        if part.delay:
            self._flush()
            self.hold(Hold.SLOW_ANSWER)
            self._timer = asyncio.get_running_loop().call_later(part.delay, self._answer_late, part)
            return
        self._answer(part)

    def _answer(self, part: Part) -> None:
        if part.reply is not None:
            self._say(part.reply.encode() + b"\r\n")
        if part.hangs_up:
            self._hang_up()

    def _answer_late(self, part: Part) -> None:
        self._timer = None
        self._answer(part)
        self._flush()
        self.release(Hold.SLOW_ANSWER)

"""One SMTP connection: bytes in and out, time-outs, and whose letters are open when it ends."""

import asyncio
import re
from collections import deque

from webapp.mail.domain.parcel import Parcel
from webapp.mail.esp.smtp_answer import ProtocolError, Reply, words
from webapp.mail.esp.smtp_dialogue import Dialogue, Step
from webapp.mail.esp.smtp_url import Patience

LONGEST_REPLY_BYTES = 65_536  # RFC 5321 allows 512 a line; real servers write more, hostile ones never end

_BUFFER_BYTES = 8_192
_CODES = {b"%d" % code: code for code in range(200, 600)}
# What a letter costs in replies when all is well and they come together: its dot, MAIL, RCPT and DATA of the next.
_STRIDE = re.compile(rb"250 ([^\n]*)\n250 [^\n]*\n250 [^\n]*\n354 [^\n]*\n")
_ENDS_CODE = frozenset((b" ", b"-", b"\r", b""))


class ConnectionFailedError(Exception):
    """A connection could not be opened or was lost before it was ready for letters.

    Args:
        reply: a sentence for people, with the server's words where there were any.
        code: the server's reply code where there was one.
        is_lasting: trying again at once would not help: a refused sign-in, a wrong certificate.
    """

    def __init__(self, reply: str, code: int | None = None, *, is_lasting: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.code = code
        self.is_lasting = is_lasting


class Connection(asyncio.BufferedProtocol):
    """The protocol object of one connection.

    First it is asked (`ask`), command by command, until it is ready; then it is given a dialogue
    (`converse`), which it drives from the transport's callbacks, without a task switch per reply.

    Args:
        patience: time-outs.
    """

    def __init__(self, patience: Patience) -> None:
        self.is_lost = False
        self.returned: Parcel | None = None  # a letter that another connection may begin again
        self.transport: asyncio.Transport | None = None
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._space = memoryview(bytearray(_BUFFER_BYTES))
        self._tail = b""  # the beginning of a line
        self._lines: list[str] = []  # the beginning of a reply
        self._replies: deque[Reply] = deque()  # not asked for yet
        self._answer: asyncio.Future[Reply] | None = None
        self._dialogue: Dialogue | None = None
        self._idle: asyncio.Future[None] | None = None
        self._is_paused = False
        self._deadline = 0.0
        self._unwritten = 0  # bytes that had not left when the deadline was set
        self._timer: asyncio.TimerHandle | None = None

    # -- asked by the carrier

    async def ask(self, command: bytes, seconds: float) -> Reply:
        """Write a command, with its line end, and wait for the reply; an empty one waits for the greeting.

        Raises:
            ConnectionFailedError: no reply in time, the connection was lost, or a reply came unasked.
        """
        if self._replies and command:
            raise ConnectionFailedError(f"The mail server talks out of turn: {self._replies[0].text}")
        if self._replies:
            return self._replies.popleft()
        if self.is_lost or self.transport is None:
            raise ConnectionFailedError("The mail server closed the connection")
        self._answer = self._loop.create_future()
        if command:
            self.transport.write(command)
        try:
            async with asyncio.timeout(seconds):
                return await self._answer
        except TimeoutError:
            waited_for = command.split()[0].decode() if command.strip() else "connecting"
            sentence = f"The mail server said nothing for {seconds:g} seconds after {waited_for}"
            raise ConnectionFailedError(sentence) from None
        finally:
            self._answer = None

    def has_leftovers(self) -> bool:
        """Say whether anything was received that nobody asked for: injected before STARTTLS, perhaps."""
        return bool(self._replies or self._tail or self._lines)

    async def converse(self, dialogue: Dialogue) -> None:
        """Carry letters until the feed has none right now and nothing is open, or the connection is lost.

        Raises:
            Exception: whatever the feed or the settling raised; the connection is lost, its letters settled.
        """
        if self.is_lost:
            return
        self._dialogue = dialogue
        self._idle = self._loop.create_future()
        self._go_on(b"", is_new=True)
        await self._idle

    async def quit(self) -> None:
        """Say goodbye, wait a little for the answer, hang up. Nothing may be open."""
        self._dialogue = None
        try:
            await self.ask(b"QUIT\r\n", self._patience.quit)
        except ConnectionFailedError as error:
            self.drop(error.reply)  # every letter is settled, so how it ends does not matter
        self.drop("The conversation was over")

    def drop(self, why: str, error: Exception | None = None) -> None:
        """End the connection at once and settle what is open; without effect when it has ended already.

        Args:
            why: the beginning of a sentence for people.
            error: raised by `converse`, when the fault is not the server's.
        """
        if self.is_lost:
            return
        self.is_lost = True
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            self.transport.abort()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionFailedError(why))
        try:
            if self._dialogue is not None:
                self.returned = self._dialogue.abandon(why)
        finally:
            self._rest(error)

    # -- called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("SMTP needs a stream")
        self.use(transport)

    def use(self, transport: asyncio.Transport) -> None:
        """Use this transport from now on: the first, or the encrypted one that wraps it."""
        self.transport = transport
        transport.set_write_buffer_limits(high=0)  # to be told when everything has left, see `pause_writing`

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle what is open."""
        self.drop(f"The connection to the mail server was lost ({exc})" if exc else "The mail server hung up")

    def pause_writing(self) -> None:
        """Remember that bytes are still on their way out."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Write what was held back until the content had left."""
        self._is_paused = False
        if self._dialogue is not None and self._dialogue.held:
            self._write(self._dialogue.release())
            self._watch()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the buffer to the transport."""
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        """Read replies and go on."""
        try:
            out = self._read(self._tail + self._space[:nbytes])
        except ProtocolError as error:
            self.drop(str(error))
        except Exception as error:  # the feed or the settling failed: told to whoever waits for `converse`
            self.drop("Postroom failed", error)
        else:
            if self._dialogue is not None:
                self._go_on(out)

    # -- within

    def _read(self, data: bytes) -> bytes:
        """Take what was received; return what has to be written because of it."""
        dialogue = self._dialogue
        if dialogue is not None and dialogue.is_in_stride and not self._lines:
            usual = _STRIDE.fullmatch(data)
            if usual is not None:
                self._tail = b""
                return dialogue.stride(usual[1])
        lines = data.split(b"\n")
        self._tail = lines.pop()
        out = b""
        for line in lines:
            out += self._read_line(line)
        if len(self._tail) > LONGEST_REPLY_BYTES:
            raise ProtocolError("The mail server sends a line without end")
        return out

    def _read_line(self, line: bytes) -> bytes:
        """Take one line of a reply; return what has to be written because of it."""
        code, mark = _CODES.get(line[:3]), line[3:4]
        if code is None or mark not in _ENDS_CODE:
            raise ProtocolError(f"The other side does not answer as a mail server: {words(line)[:80]}")
        dialogue = self._dialogue
        if mark == b"-" or self._lines or dialogue is None:
            return self._read_part(code, mark, line)
        return b"" if dialogue.is_over else dialogue.receive(code, line[4:])

    def _read_part(self, code: int, mark: bytes, line: bytes) -> bytes:
        """Take a line of a reply of several, or any while being asked."""
        self._lines.append(words(line[4:]))
        if len(self._lines) > 1000:
            raise ProtocolError("The mail server sends a reply without end")
        if mark == b"-":
            return b""
        reply, self._lines = Reply(code, self._lines), []
        if self._dialogue is not None:
            return b"" if self._dialogue.is_over else self._dialogue.receive(code, reply.text.encode())
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(reply)
        else:
            self._replies.append(reply)
        return b""

    def _go_on(self, out: bytes, *, is_new: bool = False) -> None:
        """Write, set the clock, and see whether the dialogue rests or is over."""
        dialogue = self._dialogue
        if dialogue is None or self.is_lost:
            return
        if is_new:
            out = dialogue.begin()
        if out:
            self._write(out)
        if dialogue.held and not self._is_paused:
            self._write(dialogue.release())
        if dialogue.is_over:
            self.drop("The mail server ended the conversation")
        elif dialogue.awaits is None:
            self._deadline = 0.0
            self._rest(None)
        else:
            self._watch()

    def _write(self, out: bytes) -> None:
        """Hand bytes to the transport."""
        if self.transport is not None:
            self.transport.write(out)

    def _rest(self, error: Exception | None) -> None:
        """Wake `converse`."""
        if self._idle is not None and not self._idle.done():
            if error is None:
                self._idle.set_result(None)
            else:
                self._idle.set_exception(error)

    def _watch(self) -> None:
        """Set the time by which the next reply has to come; one timer serves many and moves itself."""
        if self._dialogue is None or self.transport is None:
            return
        step = self._dialogue.awaits
        seconds = self._patience.dot if step is Step.DOT else self._patience.command
        self._deadline = self._loop.time() + seconds
        self._unwritten = self.transport.get_write_buffer_size()
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        """Give up when the reply is overdue; a letter that is still leaving gets the same time again."""
        self._timer = None
        if not self._deadline or self.is_lost or self.transport is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        elif self.transport.get_write_buffer_size() < self._unwritten:
            self._watch()
        else:
            self.drop("The mail server did not answer in time")

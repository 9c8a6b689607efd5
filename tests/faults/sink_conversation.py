"""One SMTP conversation of the suite's mail server (RFC 5321, with PIPELINING, STARTTLS and AUTH PLAIN)."""

import asyncio
import base64
import ssl
from collections.abc import Callable
from typing import Protocol

from tests.faults.sink_script import Phase, Script, Trouble

_TAKEN = "250 2.0.0 Letter taken"
_GO_ON = "250 2.1.0 Go on"


class Desk(Protocol):
    """What a conversation needs of the server."""

    script: Script
    tls: ssl.SSLContext | None

    def note(self, kind: str, what: str) -> None:
        """Write a line of the ledger."""

    def trouble_at(self, phase: Phase, recipient: str = "") -> Trouble | None:
        """Return the trouble that is to be made now, if any."""


class Conversation(asyncio.Protocol):
    """Reads commands in order; while an answer is being held back nothing more is read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._seen = 0  # bytes of the content that hold no end
        self._answers: list[str] = []
        self._is_held = False
        self._is_encrypted = False
        self._is_signed_in = False
        self._in_content = False
        self._has_sender = False
        self._recipient = ""
        self._letters = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, unless this is an encrypted connection's second beginning."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._is_encrypted:
            return
        self._desk.note("C", "")
        self._say(Phase.CONNECT, "220 sink ESMTP")
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Take note that nobody listens any more."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take in what was written, and answer it."""
        self._buffer += data
        self._read_on()

    def _read_on(self) -> None:
        while not self._is_held and self._transport is not None:
            if not (self._read_content() if self._in_content else self._read_line()):
                break
        self._flush()

    def _flush(self) -> None:
        if self._answers and self._transport is not None:
            self._transport.write("".join(f"{line}\r\n" for line in self._answers).encode())
        self._answers.clear()

    def _hang_up(self) -> None:
        self._flush()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _say(self, phase: Phase, usual: str) -> bool:
        """Answer, or make trouble instead; return whether the usual answer was given now."""
        trouble = self._desk.trouble_at(phase, self._recipient)
        if trouble is None:
            self._answers.append(usual)
            return True
        if trouble.seconds:
            self._hold(trouble.seconds, usual if trouble.is_only_slow else trouble.reply)
            return False
        return self._answer(trouble.reply)

    def _answer(self, reply: str) -> bool:
        """Give a trouble's answer."""
        if reply:
            self._answers.append(reply)
        if not reply or reply.startswith("421"):
            self._hang_up()
        return False

    def _hold(self, seconds: float, reply: str, then: Callable[[], object] | None = None) -> None:
        """Say nothing for a while, then this, then do that."""
        self._is_held = True
        self._flush()

        def go_on() -> None:
            self._is_held = False
            self._answer(reply)
            if then is not None:
                then()
            self._read_on()

        asyncio.get_running_loop().call_later(seconds, go_on)

    def _read_line(self) -> bool:
        """Read one command; return whether there was one."""
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = self._buffer[:end].decode("utf-8", "replace")
        del self._buffer[: end + 2]
        word = line[:4].upper()
        match word:
            case "EHLO" | "HELO":
                self._greet(line)
            case "STAR":
                self._start_tls()
            case "AUTH":
                self._sign_in(line)
            case "MAIL":
                self._take_sender()
            case "RCPT":
                self._take_recipient(line)
            case "DATA":
                self._open_content()
            case "RSET" | "NOOP":
                self._recipient = ""
                self._answers.append("250 2.0.0 Done")
            case "QUIT":
                self._answers.append("221 2.0.0 Bye")
                self._hang_up()
            case _:
                self._answers.append("500 5.5.2 What?")
        return True

    def _greet(self, line: str) -> None:
        script = self._desk.script
        offers = ["sink", "SIZE 10485760", "ENHANCEDSTATUSCODES"]
        offers += ["PIPELINING"] if script.is_pipelining else []
        offers += ["8BITMIME"] if script.is_8bitmime else []
        offers += ["SMTPUTF8"] if script.is_smtputf8 else []
        offers += ["STARTTLS"] if self._desk.tls is not None and not self._is_encrypted else []
        offers += ["AUTH PLAIN"] if script.user else []
        *most, last = offers if line[:4].upper() == "EHLO" else offers[:1]
        self._say(Phase.EHLO, "\r\n".join([*(f"250-{offer}" for offer in most), f"250 {last}"]))

    def _start_tls(self) -> None:
        if self._desk.tls is None:
            self._answers.append("502 5.5.1 Not offered")
        elif self._say(Phase.STARTTLS, "220 2.0.0 Go on"):
            self._flush()
            self._is_held = True
            task = asyncio.get_running_loop().create_task(self._encrypt(self._desk.tls))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _encrypt(self, context: ssl.SSLContext) -> None:
        assert self._transport is not None
        self._is_encrypted = True
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport, self, context, server_side=True
            )
        except OSError as error:  # the client does not trust us, or has gone
            self._desk.note("X", f"tls {type(error).__name__}")
            return
        if transport is not None:
            self._transport = transport
            self._is_held = False
            self._read_on()

    def _sign_in(self, line: str) -> None:
        script = self._desk.script
        secret = base64.b64encode(f"\0{script.user}\0{script.password}".encode()).decode()
        if line != f"AUTH PLAIN {secret}":
            self._answers.append("535 5.7.8 Wrong user or password")
        else:
            self._is_signed_in = self._say(Phase.AUTH, "235 2.7.0 Welcome")

    def _take_sender(self) -> None:
        self._recipient = ""
        self._has_sender = self._is_signed_in or not self._desk.script.user
        if not self._has_sender:
            self._answer("530 5.7.0 Sign in")
            return
        trouble = self._desk.trouble_at(Phase.MAIL)
        self._has_sender = trouble is None or trouble.is_only_slow
        if trouble is None:
            self._answers.append(_GO_ON)
        elif trouble.seconds:
            self._hold(trouble.seconds, _GO_ON if trouble.is_only_slow else trouble.reply)
        else:
            self._answer(trouble.reply)

    def _take_recipient(self, line: str) -> None:
        if not self._has_sender:
            self._answers.append("503 5.5.1 No sender")
            return
        address = line.partition("<")[2].partition(">")[0]
        if self._desk.script.notes_tries:
            self._desk.note("T", address)
        self._recipient = address
        trouble = self._desk.trouble_at(Phase.RCPT, address)
        if trouble is None or trouble.is_only_slow:
            self._answers.append(_GO_ON) if trouble is None else self._hold(trouble.seconds, _GO_ON)
            return
        self._recipient = ""
        if trouble.seconds:
            self._hold(trouble.seconds, trouble.reply)
        else:
            self._answer(trouble.reply)

    def _open_content(self) -> None:
        if not self._recipient and not self._desk.script.opens_without_recipient:
            self._answers.append("554 5.5.1 No recipient")
            return
        trouble = self._desk.trouble_at(Phase.DATA, self._recipient)
        if trouble is None or trouble.is_only_slow:
            self._in_content = True
            self._seen = 0
            usual = "354 Go on"
            self._answers.append(usual) if trouble is None else self._hold(trouble.seconds, usual)
        elif trouble.seconds:
            self._hold(trouble.seconds, trouble.reply)
        else:
            self._answer(trouble.reply)

    def _read_content(self) -> bool:
        """Read a letter's content; return whether its end has come."""
        if self._recipient and self._seen == 0 and self._desk.trouble_at(Phase.CONTENT, self._recipient):
            self._hang_up()
            return False
        if self._buffer.startswith(b".\r\n"):
            end, length = 0, 3
        else:
            end, length = self._buffer.find(b"\r\n.\r\n", max(0, self._seen - 4)), 5
        if end < 0:
            self._seen = max(len(self._buffer), 1)
            return False
        del self._buffer[: end + length]
        self._in_content = False
        self._end_letter()
        return True

    def _end_letter(self) -> None:
        """Answer a final dot: into the ledger first, then the answer."""
        script, recipient = self._desk.script, self._recipient
        self._recipient = ""
        if not recipient:
            self._answers.append("554 5.5.1 No recipient")
            return
        trouble = self._desk.trouble_at(Phase.DOT, recipient)
        if trouble is None or trouble.is_taken or trouble.is_only_slow:
            self._desk.note("A", recipient)
        if trouble is not None:
            reply = _TAKEN if trouble.is_only_slow else trouble.reply
            self._hold(trouble.seconds, reply) if trouble.seconds else self._answer(reply)
            return
        self._letters += 1
        is_last = 0 < script.letters_per_connection <= self._letters
        after = self._desk.trouble_at(Phase.BETWEEN, recipient)

        def follow() -> None:
            if after is not None:
                self._answer(after.reply)
            elif is_last:
                self._hang_up()

        if script.latency:
            self._hold(script.latency, _TAKEN, follow)
            return
        self._answers.append(_TAKEN)
        follow()

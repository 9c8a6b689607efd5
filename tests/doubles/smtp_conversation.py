"""One conversation of the tests' mail server: a strict server's answers, and the faults of its script."""

import asyncio
import base64
import socket
import ssl
import struct

from tests.doubles.certificate import CERTIFICATE
from tests.doubles.smtp_script import At, Fault, Ledger, Taken, Then

VERBS = ("HELO", "EHLO", "STARTTLS", "AUTH", "RSET", "MAIL", "RCPT", "DATA", "QUIT")


def tls_context() -> ssl.SSLContext:
    """Return the server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


class HangUpError(Exception):
    """The conversation is over."""


class Conversation:
    """One connection, command by command."""

    def __init__(
        self, ledger: Ledger, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.ledger = ledger
        self.script = ledger.script
        self.number = number
        self.reader = reader
        self.writer = writer
        self.received = b""
        self.unsaid = b""
        self.letters = 0
        self.sender: str | None = None
        self.named: list[str] = []  # everybody, refused or not, so that faults can tell letters apart
        self.recipients: list[str] = []
        self.is_encrypted = self.script.is_tls
        self.log = ledger.commands.setdefault(number, [])

    async def hold(self) -> None:
        """Greet, then answer until the end."""
        if not await self.misbehave(At.CONNECT):
            self.say("220 double.example ESMTP")
        while True:
            line = (await self.line()).decode()
            self.log.append(line)
            if self.received and "PIPELINING" not in self.script.offers:
                self.ledger.breaches.append(f"{line!r} was followed before it was answered")
            verb = line.split(" ", 1)[0].upper()
            if verb not in VERBS:
                self.say("500 5.5.2 Error: command not recognized")
                continue
            at = At.EHLO if verb == "HELO" else At(verb)
            if at is At.MAIL:
                await self.begin_letter()
            if at is At.RCPT:
                self.named.append(_address(line))
            if not await self.misbehave(at):
                await self.answer(at, line)

    async def answer(self, at: At, line: str) -> None:
        """Answer one command as a good server does."""
        if at is At.EHLO:
            self.answer_ehlo(line)
        elif at is At.STARTTLS:
            await self.start_tls()
        elif at is At.AUTH:
            await self.sign_in(line)
        elif at is At.RSET:
            self.forget()
            self.say("250 2.0.0 Ok")
        elif at is At.MAIL and self.sender is None:
            self.sender = _address(line)
            self.say("250 2.1.0 Ok")
        elif at is At.RCPT and self.sender is not None:
            self.recipients.append(_address(line))
            self.say("250 2.1.5 Ok")
        elif at is At.DATA and self.recipients:
            self.say("354 End data with <CR><LF>.<CR><LF>")
            await self.take_content()
        elif at is At.DATA:
            self.say(
                "554 5.5.1 Error: no valid recipients"
                if self.sender
                else "503 5.5.1 Error: need RCPT command"
            )
        elif at is At.QUIT:
            self.say("221 2.0.0 Bye")
            await self.end(Then.CLOSE)
        else:
            self.say("503 5.5.1 Error: out of sequence")

    async def begin_letter(self) -> None:
        """Count a letter; one too many is turned away."""
        most = self.script.letters_per_connection
        if most is not None and self.letters >= most:
            if self.script.farewell:
                self.say(self.script.farewell)
            await self.end(Then.CLOSE)
        self.letters += 1
        self.named = []

    def answer_ehlo(self, line: str) -> None:
        """Offer what the script offers; STARTTLS not twice."""
        self.forget()
        if line.upper().startswith("HELO"):
            self.say("250 double.example")
            return
        offers = [offer for offer in self.script.offers if offer != "STARTTLS" or not self.is_encrypted]
        lines = ["double.example", *offers]
        self.say(
            "\n".join(
                f"250{'-' if number < len(lines) else ' '}{text}" for number, text in enumerate(lines, 1)
            )
        )

    async def start_tls(self) -> None:
        """Encrypt."""
        self.say("220 2.0.0 Ready to start TLS")
        await self.flush()
        await self.writer.start_tls(tls_context())
        self.is_encrypted = True

    async def sign_in(self, line: str) -> None:
        """Check a password, PLAIN or LOGIN."""
        _, way, *rest = line.split(" ")
        if way == "PLAIN":
            _, user, password = base64.b64decode(rest[0]).decode().split("\0")
        else:
            answers = []
            for prompt in ("Username:", "Password:"):
                self.say(f"334 {base64.b64encode(prompt.encode()).decode()}")
                answers.append(base64.b64decode(await self.line()).decode())
            user, password = answers
        is_right = self.script.users.get(user) == password
        self.say("235 2.7.0 Welcome" if is_right else "535 5.7.8 Error: authentication failed")

    async def take_content(self) -> None:
        """Read up to the final dot, write it down, answer."""
        await self.flush()
        if not self.received:
            self.received = await self.read()
        await self.misbehave(At.CONTENT)
        lines = []
        while (line := await self.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        fault = self.strike(At.DOT)
        if self.recipients and (fault is None or fault.is_taken):
            content = b"".join(line + b"\r\n" for line in lines)
            taken = Taken(self.number, self.sender or "", tuple(self.recipients), content)
            self.ledger.taken.append(taken)
        self.forget()
        if fault is None:
            self.say("250 2.0.0 Ok: queued")
        else:
            await self.play(fault)
        if self.letters == self.script.letters_per_connection and not self.script.farewell:
            await self.end(Then.CLOSE)

    # -- misbehaving

    def strike(self, at: At) -> Fault | None:
        """Return the fault due here."""
        return self.ledger.strike(at, self.number, self.letters, self.named)

    async def misbehave(self, at: At) -> bool:
        """Play the fault due here; False when there is none."""
        fault = self.strike(at)
        if fault is None:
            return False
        await self.play(fault)
        return True

    async def play(self, fault: Fault) -> None:
        """Say the fault's reply and do what follows; a granted DATA is listened to."""
        if fault.reply:
            self.say(fault.reply)
        if fault.then is not Then.GO_ON:
            await self.end(fault.then)
        if fault.at is At.DATA and fault.reply.startswith("354"):
            await self.take_content()

    async def end(self, how: Then) -> None:
        """End the conversation.

        Raises:
            HangUpError: always.
        """
        await self.flush()
        if how is Then.SILENCE:
            while await self.reader.read(65536):
                pass
        if how is Then.STOP_READING:
            await asyncio.Event().wait()
        if how is Then.DROP:
            linger = struct.pack("ii", 1, 0)  # makes the kernel reset the connection
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.writer.transport.abort()
        raise HangUpError

    # -- bytes

    def forget(self) -> None:
        """Forget the letter."""
        self.sender, self.recipients = None, []

    def say(self, reply: str) -> None:
        """Answer, when everything received is worked off."""
        self.unsaid += "".join(f"{line}\r\n" for line in reply.split("\n")).encode()

    async def flush(self) -> None:
        """Write the answers, in one piece or in small ones."""
        unsaid, self.unsaid = self.unsaid, b""
        size = self.script.bytes_per_write or len(unsaid) or 1
        for start in range(0, len(unsaid), size):
            self.writer.write(unsaid[start : start + size])
            await self.writer.drain()
            await asyncio.sleep(0)

    async def line(self) -> bytes:
        """Return the next line without its end; a line end that is not CRLF is a breach."""
        while b"\n" not in self.received:
            await self.flush()
            self.received += await self.read()
        line, _, self.received = self.received.partition(b"\n")
        if not line.endswith(b"\r"):
            self.ledger.breaches.append(f"bare line feed after {line[-40:]!r}")
        return line.removesuffix(b"\r")

    async def read(self) -> bytes:
        """Return what has come.

        Raises:
            HangUpError: the client hung up.
        """
        data = await self.reader.read(65536)
        if not data:
            raise HangUpError
        return data


def _address(line: str) -> str:
    """Return the address of MAIL FROM or RCPT TO."""
    return line.partition("<")[2].partition(">")[0]

"""The suite's mail server: cheap, difficult on demand, and with a ledger that is written before it answers.

``python -m tests.faults.sink --port 2525 --script script.json --ledger ledger``; SIGHUP reads the script again.
"""

import argparse
import asyncio
import os
import random
import signal
import ssl
import time
from collections import Counter
from pathlib import Path

from tests.faults.sink_conversation import Conversation
from tests.faults.sink_script import Phase, Script, Trouble, read_script


class Desk:
    """What all conversations share: the script, the ledger, what was drawn.

    Args:
        path: of the script.
        ledger: file that is appended to; see `tests.faults.ledger` for its lines.
    """

    def __init__(self, path: Path, ledger: Path) -> None:
        self._path = path
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.read_script()

    def read_script(self) -> None:
        """Read the script (again); what was counted for the old one is forgotten."""
        self.script: Script = read_script(self._path)
        self._random = random.Random(self.script.seed)  # noqa: S311 -- faults have to be drawn again alike
        self._made: Counter[Trouble] = Counter()
        self._met: Counter[tuple[Trouble, str]] = Counter()
        self._troubles: dict[Phase, list[Trouble]] = {}
        for trouble in self.script.troubles:
            self._troubles.setdefault(trouble.phase, []).append(trouble)
        self.tls: ssl.SSLContext | None = None
        if self.script.certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(self.script.certificate)
        self.note("S", str(self.script.number))

    def note(self, kind: str, what: str) -> None:
        """Write a line; it is with the operating system when this returns."""
        os.write(self._ledger, f"{kind} {time.monotonic():.4f} {what}\n".encode())

    def trouble_at(self, phase: Phase, recipient: str = "") -> Trouble | None:
        """Return the trouble that is to be made now, if any."""
        for trouble in self._troubles.get(phase, ()):
            if trouble.domain and not recipient.endswith(f"@{trouble.domain}"):
                continue
            if trouble.prefix and not recipient.startswith(trouble.prefix):
                continue
            if trouble.most and self._made[trouble] >= trouble.most:
                continue
            if trouble.first_times:
                self._met[trouble, recipient] += 1
                if self._met[trouble, recipient] > trouble.first_times:
                    continue
            if trouble.share < 1.0 and self._random.random() >= trouble.share:
                continue
            self._made[trouble] += 1
            self.note("X", f"{phase.value} {recipient}")
            return trouble
        return None


async def serve(port: int, script: Path, ledger: Path) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    desk = Desk(script, ledger)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGHUP, desk.read_script)
    server = await loop.create_server(lambda: Conversation(desk), "127.0.0.1", port, backlog=512)
    await stop.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--script", type=Path, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.script, options.ledger))


if __name__ == "__main__":
    main()

"""A mail server for tests: real SMTP over a real socket, with a ledger, and every fault by script."""

import asyncio
import threading
from itertools import count
from types import TracebackType
from urllib.parse import urlencode

from tests.doubles.smtp_conversation import Conversation, HangUpError, tls_context
from tests.doubles.smtp_script import Ledger, Script


class SmtpServer(Ledger):
    """The server, in a thread of its own; a context manager that is its own ledger."""

    def __init__(self, script: Script | None = None) -> None:
        super().__init__(script)
        self.port = 0
        self.connection_count = 0
        self.open_count = 0
        self.most_open = 0
        self._numbers = count(1)
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def url(self, *, user: object = "", host: object = "127.0.0.1", **options: object) -> str:
        """Return the URL for a carrier; quick to lose patience at the end unless told."""
        scheme = "smtps" if self.script.is_tls else "smtp"
        place = f"{user}@{host}" if user else host
        return f"{scheme}://{place}:{self.port}?{urlencode({'quit_seconds': 1, **options})}"

    def __enter__(self) -> "SmtpServer":
        self._thread.start()
        assert self._is_ready.wait(10), "the mail server of the tests does not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        """Serve until stopped, then end every conversation."""
        asyncio.set_event_loop(self._loop)
        context = tls_context() if self.script.is_tls else None
        server = self._loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=context))
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client."""
        number = next(self._numbers)
        self.connection_count = number
        self.open_count += 1
        self.most_open = max(self.most_open, self.open_count)
        try:
            await Conversation(self, number, reader, writer).hold()
        except (HangUpError, OSError, asyncio.CancelledError):
            pass  # a conversation may end at any time, also with the server; the tests look at the ledger
        finally:
            self.open_count -= 1
            writer.close()

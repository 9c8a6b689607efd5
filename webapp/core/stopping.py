"""Being asked to stop, by a signal, at any moment: neither may the asking be lost nor what goes on be torn."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

STOPS = {signal.SIGTERM, signal.SIGINT}


class StopWish:
    """A wish that a signal's handler can make; never taken back.

    A handler runs between two steps of the very thread that waits. If that is just taking or leaving the lock of a
    `threading.Event`, setting it waits for the lock for ever. A `queue.SimpleQueue` is made for being filled at any
    moment.
    """

    def __init__(self) -> None:
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._is_made = False

    def is_made(self) -> bool:
        """Say whether somebody wishes it."""
        return self._is_made

    def make(self) -> None:
        """Wish it; whoever waits goes on."""
        self._is_made = True
        self._bell.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait for it.

        Args:
            seconds: at most.

        Returns:
            Whether it was made.
        """
        if not self._is_made:
            with suppress(Empty):
                self._bell.get(timeout=seconds)
        return self._is_made


@contextmanager
def stops_wait() -> Iterator[None]:
    """Let nobody ask to stop in the middle of something; who asks meanwhile is heard right after. Main thread only.

    RQ's handler raises wherever the signal comes. Inside a statement that left a connection in disorder and was taken
    for a fault of the database: the worker went on as if nobody had asked. Blocking the signals would not do: they
    are then given to another thread, and Python calls the handler in this one all the same.
    """
    asked: list[int] = []
    handlers = {number: signal.signal(number, lambda number, _: asked.append(number)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for stop in asked:
            signal.raise_signal(stop)

"""Wait for something to become true, with a bound and without guessing how long it takes."""

import threading
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def wait_until(
    check: Callable[[], Value], *, seconds: float = 15.0, every: float = 0.05, what: str = ""
) -> Value:
    """Call ``check`` until it returns something true, and return that.

    Raises:
        AssertionError: it was not true within ``seconds``; the message carries the last value.
    """
    pause = threading.Event()
    last = check()
    for _ in range(int(seconds / every)):
        if last:
            return last
        pause.wait(every)
        last = check()
    assert last, f"waited {seconds} s in vain for {what or check}: {last!r}"
    return last

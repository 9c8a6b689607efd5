"""What the conversations of the demo's mail server share: where letters go, who was greylisted."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from webapp.demo.store import Arrival

READ_BYTES = 128 * 1024
# Addresses that were greylisted once; the oldest are forgotten, so that the memory of a long demo stays flat.
MAX_GREYLISTED = 100_000


class Hold(StrEnum):
    """Why a conversation does not read on at the moment."""

    SLOW_ANSWER = "slow answer"
    CLIENT_DOES_NOT_READ = "client does not read"
    STORE_IS_BEHIND = "store is behind"


class Client(Protocol):
    """A conversation, as far as the desk has to do with it."""

    def hold(self, why: Hold) -> None:
        """Stop reading for one more reason."""

    def release(self, why: Hold) -> None:
        """Drop a reason; with the last one gone, read on."""

    def say_goodbye(self) -> None:
        """End the conversation because the server stops."""


class Desk:
    """The shared state of one server."""

    def __init__(self, keep: Callable[[Arrival], None]) -> None:
        """Open the desk.

        Args:
            keep: called with every accepted letter, must not block.
        """
        self.keep = keep
        self.conversations: set[Client] = set()
        self.is_behind = False
        self.read_buffer = memoryview(bytearray(READ_BYTES))
        self._greylisted: dict[str, None] = {}

    def is_first_try(self, address: str) -> bool:
        """Answer whether this address was never greylisted before, and remember it."""
        key = address.lower()
        if key in self._greylisted:
            return False
        if len(self._greylisted) >= MAX_GREYLISTED:
            del self._greylisted[next(iter(self._greylisted))]
        self._greylisted[key] = None
        return True

    def hold_all(self) -> None:
        """Stop reading everywhere: the store has more in memory than it should."""
        self.is_behind = True
        for conversation in list(self.conversations):
            conversation.hold(Hold.STORE_IS_BEHIND)

    def release_all(self) -> None:
        """Read on everywhere."""
        self.is_behind = False
        for conversation in list(self.conversations):
            conversation.release(Hold.STORE_IS_BEHIND)

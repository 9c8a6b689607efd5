"""Feeds for carriers under test: one closes when it is empty, one is filled by hand; and what they settle."""

import asyncio
from collections import deque
from collections.abc import Iterable

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict


def parcel(
    seq: int = 1, recipient: str = "", content: bytes = b"", sender: str = "news@postroom.example"
) -> Parcel:
    """Return a letter; what is not given is made from its number."""
    return Parcel(
        seq,
        sender,
        recipient or f"person{seq}@example.org",
        content or b"Subject: letter %d\r\nTo: person@example.org\r\n\r\nHello %d\r\n" % (seq, seq),
    )


class Outcomes:
    """Takes what a carrier settles and holds it to exactly one outcome for each letter taken."""

    def __init__(self) -> None:
        self.by_seq: dict[int, Outcome] = {}

    def settle(self, outcome: Outcome) -> None:
        """Keep one outcome; a second for the same letter fails the test."""
        assert outcome.seq not in self.by_seq, f"settled twice: {self.by_seq[outcome.seq]}, {outcome}"
        self.by_seq[outcome.seq] = outcome

    def verdicts(self) -> dict[int, Verdict]:
        """Return the verdict of each letter, by its number."""
        return {seq: outcome.verdict for seq, outcome in sorted(self.by_seq.items())}


class ListFeed:
    """Gives these letters and is then closed."""

    def __init__(self, parcels: Iterable[Parcel]) -> None:
        self.left = deque(parcels)
        self.taken: list[int] = []
        self.handed: list[int] = []

    def hand_over(self, seq: int) -> None:
        """Keep whose last bytes are about to leave."""
        self.handed.append(seq)

    def take(self) -> Parcel | None:
        """Return the next letter."""
        if not self.left:
            return None
        found = self.left.popleft()
        self.taken.append(found.seq)
        return found

    async def wait(self) -> bool:
        """Return whether any is left."""
        return bool(self.left)


class LiveFeed(ListFeed):
    """Gives letters as they are put in, until it is closed."""

    def __init__(self) -> None:
        super().__init__(())
        self._bell = asyncio.Event()
        self._is_closed = False

    def put(self, *parcels: Parcel) -> None:
        """Put letters in."""
        self.left.extend(parcels)
        self._bell.set()

    def close(self) -> None:
        """Say that nothing more will come, even where letters are left."""
        self._is_closed = True
        self._bell.set()

    async def wait(self) -> bool:
        """Wait for a letter or the end."""
        while not self.left and not self._is_closed:
            self._bell.clear()
            await self._bell.wait()
        return not self._is_closed

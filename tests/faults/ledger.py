"""Reads the ledger of the suite's mail server: what it took, when, and what trouble it made."""

from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from pathlib import Path


class Ledger:
    """The ledger of one fault, read on as it grows.

    Each line is a kind, a second of the machine's monotonic clock and what happened: ``A`` accepted, ``T``
    tried at RCPT, ``C`` connected, ``X`` trouble made, ``S`` script in force.

    Args:
        path: the file; it may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self.accepted: Counter[str] = Counter()
        self.accepted_at: list[float] = []
        self.tried: Counter[str] = Counter()
        self.tried_at: list[tuple[float, str]] = []
        self.troubles: Counter[str] = Counter()
        self.connections = 0
        self.script_number = -1

    def read_on(self) -> "Ledger":
        """Take in what was written since."""
        if not self.path.exists():
            return self
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode().splitlines():
            kind, at, what = line.split(" ", 2)
            self._take(kind, float(at), what)
        return self

    def _take(self, kind: str, at: float, what: str) -> None:
        match kind:
            case "A":
                self.accepted[what] += 1
                self.accepted_at.append(at)
            case "T":
                self.tried[what] += 1
                self.tried_at.append((at, what))
            case "C":
                self.connections += 1
            case "X":
                self.troubles[what.partition(" ")[0]] += 1
            case "S":
                self.script_number = int(what)

    @property
    def count(self) -> int:
        """Return how many letters were accepted so far."""
        return len(self.read_on().accepted_at)

    def first_after(self, at: float) -> float | None:
        """Return when the first letter after an instant was accepted."""
        place = bisect_right(self.read_on().accepted_at, at)
        return self.accepted_at[place] if place < len(self.accepted_at) else None

    def longest_gap(self) -> float:
        """Return the longest time between two letters that were accepted, in seconds."""
        times = self.read_on().accepted_at
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)

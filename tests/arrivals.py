"""What has arrived at the demo's mail server, and which processes a process has begotten."""

import os
import signal
from collections import Counter
from collections.abc import Iterator

from tests.processes import Machinery


def arrivals(machinery: Machinery) -> Counter[str]:
    """Return how often each recipient's letter arrived."""
    found: Counter[str] = Counter()
    before = None
    while page := machinery.inbox.page(before_id=before, limit=1000):
        found.update(letter.rcpt_to for letter in page)
        before = page[-1].id
    return found


def settled_arrivals(machinery: Machinery) -> Counter[str]:
    """Return the arrivals once the sink, which writes in batches, is stopped and has written everything."""
    sink = machinery.processes[0]
    sink.send_signal(signal.SIGTERM)
    sink.wait(10)
    return arrivals(machinery)


def children(pid: int) -> list[int]:
    """Return the processes that a process has begotten."""
    found = []
    for stat in _stats():
        fields = stat.rpartition(")")[2].split()
        if int(fields[1]) == pid:
            found.append(int(stat.split(" ", 1)[0]))
    return found


def _stats() -> Iterator[str]:
    """Yield the line of /proc about every process."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                    yield stat.read()
            except OSError:
                continue

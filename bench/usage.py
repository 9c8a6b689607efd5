"""What workers use while they are watched: CPU of all their processes, and memory at its highest."""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.watch import cpu_of, find_children

PSS_EVERY = 1.0  # seconds; the machine counts every page for it


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU in seconds: of workers' own processes, and of the children that they have waited for."""

    parents: float
    children: float

    @property
    def total(self) -> float:
        """Return both."""
        return self.parents + self.children

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.parents - other.parents, self.children - other.children)


def waited_for(pid: int) -> float:
    """Return the CPU of the children that a process has waited for, in seconds; 0 when it is gone."""
    try:
        fields = re.sub(r"^.*\) ", "", Path(f"/proc/{pid}/stat").read_text()).split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[13:15]) / os.sysconf("SC_CLK_TCK")


def peak_kb(pid: int) -> int:
    """Return the most memory that a process has had, in kB (VmHWM, shared pages in); 0 when it is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def proportional_kb(pid: int) -> int:
    """Return a process's memory now with its share of what it shares, in kB (PSS); 0 when it is gone."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def mapped_files(pid: int) -> set[str]:
    """Return the files that a process has mapped into its memory; none when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return set()
    return {line.split(maxsplit=5)[5] for line in lines if line.count("/")}


class Usage:
    """Watches workers.

    Args:
        pids: the workers' own processes; their children are found.
    """

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self.peak_kb = 0  # of the largest process
        self.pss_kb = 0  # of one worker with its children
        self._pss_at = 0.0

    def children(self) -> list[int]:
        """Return the workers' children of now."""
        found = []
        for pid in self._pids:
            try:
                found += find_children(pid)
            except OSError:
                continue
        return found

    def look(self) -> None:
        """See how much memory there is in use."""
        self.peak_kb = max([self.peak_kb, *map(peak_kb, [*self._pids, *self.children()])])
        if time.monotonic() - self._pss_at >= PSS_EVERY:
            self._pss_at = time.monotonic()
            whole = sum(map(proportional_kb, [*self._pids, *self.children()]))
            self.pss_kb = max(self.pss_kb, whole // max(len(self._pids), 1))

    def cpu(self) -> Cpu:
        """Return the CPU so far; children that run are counted when they have ended."""
        return Cpu(sum(map(cpu_of, self._pids)) / 1000, sum(map(waited_for, self._pids)))

    def wait_for_children(self, seconds: float) -> bool:
        """Wait until no child runs; say whether that came to be."""
        until = time.monotonic() + seconds
        while self.children():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

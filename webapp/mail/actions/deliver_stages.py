"""How much CPU each stage of delivery takes: told in the log of every slice, and compared by the bench."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """Seconds of CPU by stage, of the thread that is in it.

    Stages do not nest; what belongs to none is what is left of the thread's time.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block to a stage."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.seconds[name] += time.thread_time() - began

    def per_letter(self, letters: int) -> dict[str, float]:
        """Return microseconds for each letter, as ``stage_cpu_us``."""
        return {f"{name}_cpu_us": round(seconds / letters * 1e6, 1) for name, seconds in self.seconds.items()}

"""Runs a module as a process whose clock is wrong: ``python -m tests.faults.wrong_clock -600 webapp.jobs.worker bulk``.

The clock is shifted where Python reads it, before anything else is imported: ``time.time`` and what `datetime` tells.
The monotonic clock stays as it is, as it does on a machine whose clock was set wrong.
"""

import datetime
import runpy
import sys
import time


def shift_clock(seconds: float) -> None:
    """Shift what this process takes for the time."""
    real_time, real_time_ns, real = time.time, time.time_ns, datetime.datetime
    span = datetime.timedelta(seconds=seconds)

    class Meta(type):
        """Lets values that were made elsewhere, in C, pass for what they are."""

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, real)

    class WrongDateTime(real, metaclass=Meta):  # type: ignore[misc, valid-type]
        """A datetime whose present is elsewhere."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            """Return the wrong time."""
            return real.now(tz) + span

        @classmethod
        def utcnow(cls) -> datetime.datetime:
            """Return the wrong time, naive."""
            return real.now(datetime.UTC).replace(tzinfo=None) + span

    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + int(seconds * 1e9)
    datetime.datetime = WrongDateTime  # type: ignore[misc]


if __name__ == "__main__":
    shift_clock(float(sys.argv[1]))
    module, sys.argv = sys.argv[2], sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)

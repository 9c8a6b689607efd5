"""The one place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware and in UTC.

    Leases and deadlines between processes are judged by the database's clock, not by this one.
    """
    return datetime.now(UTC)

"""The log of letters as values: where a page ends, what is wanted, what a line says."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Key(NamedTuple):
    """Where in the log a page ends: the log is in the order of shoots and numbers, newest first."""

    shoot_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which letters are wanted; None is all of them.

    Args:
        shoot_id: of one shoot.
        event_id: of one event.
        sender_id: from one sender.
        state: an ``EmailState``, or ``remaining`` for all that have no outcome yet.
        reason: why skipped or failed, or what was decided about an uncertain one; "" is none.
        since: of shoots that began, or were asked for, at or after this instant.
        until: and before this one.
        text: a part of the recipient's name or address.
    """

    shoot_id: int | None = None
    event_id: int | None = None
    sender_id: int | None = None
    state: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter in a list."""

    shoot_id: int
    seq: int
    person_id: int
    name: str | None
    address: str | None
    state: str
    reason: str | None
    detail: str | None
    attempt: int
    handed_at: datetime | None
    settled_at: datetime | None
    next_at: datetime | None

    @property
    def key(self) -> Key:
        """Return its place in the log."""
        return Key(self.shoot_id, self.seq)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """A page of the log, newest first.

    Args:
        lines: the letters.
        newer_than: key of the page before, None where this is the first.
        older_than: key of the page after, None where this is the last.
        is_partial: a search stopped before the page was full; the next page goes on from there.
    """

    lines: list[LetterLine]
    newer_than: Key | None
    older_than: Key | None
    is_partial: bool = False

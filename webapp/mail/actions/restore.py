"""Settle what a restored backup calls waiting: nobody gets a letter twice, and nothing is lost without being listed."""

from dataclasses import dataclass

import structlog

from webapp.core.audit import record
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.transaction import transaction
from webapp.mail.domain.stop_all import may_stop_all
from webapp.mail.queries.restore import (
    count_held_chunks,
    count_not_frozen,
    doubt_next_chunk,
    skip_numbers,
)
from webapp.mail.queries.stop_all import find_stop
from webapp.people.domain.scope import Scope

log = structlog.get_logger()


def _ask(scope: Scope) -> None:
    if not may_stop_all(scope):
        raise ForbiddenError("Only administrators and support settle what a backup does not know.")


@dataclass(frozen=True, slots=True)
class SettledRestore:
    """How many letters became uncertain, and of which shoots."""

    letter_count: int
    shoot_ids: tuple[int, ...]


def skip_lost_numbers(*, scope: Scope) -> None:
    """Number what is made from now on beyond all that the lost database may have numbered.

    It is for a database that was just restored, before any process is started on it: links in letters that left since
    the backup would else lead to what others got.

    Args:
        scope: who asks.

    Raises:
        ForbiddenError: it is not theirs to decide.
    """
    _ask(scope)
    with transaction():
        skip_numbers()


def settle_restored(*, scope: Scope) -> SettledRestore:
    """Make every letter that waits in a shoot which has begun uncertain.

    A backup calls letters waiting that may have left after it was taken. They are listed on the page *Uncertain
    letters*, where a person decides by evidence. Asked again after it was interrupted, it goes on.

    Args:
        scope: who asks.

    Returns:
        What was settled.

    Raises:
        ForbiddenError: it is not theirs to decide.
        ConflictError: letters are not stopped, or not at rest yet; the sentence says what to do first.
    """
    _ask(scope)
    stop = find_stop()
    if stop is None:
        raise ConflictError(
            "Letters are not stopped. Before anything is started on a restored database: flask restore begin"
        )
    if waiting := count_not_frozen():
        raise ConflictError(
            f"{waiting} shoots are due and not frozen yet, and could have left, too. Start the ticker and the"
            " workers, which send nothing while all letters are stopped, and ask again in a minute."
        )
    if count_held_chunks():
        raise ConflictError("Workers still hold letters. Ask again in a few seconds.")
    count = 0
    shoots: set[int] = set()
    while True:
        with transaction():
            done = doubt_next_chunk()
            if done is None:
                deed = "letters.doubted"
                record(deed, "stop_all", stop.stop_id, actor_id=scope.user_id, letters=count)
                break
        shoot_id, letters = done
        count += letters
        if letters:
            shoots.add(shoot_id)
    log.warning("letters of a restored backup are uncertain", letters=count, shoots=len(shoots))
    return SettledRestore(count, tuple(sorted(shoots)))

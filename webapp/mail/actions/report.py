"""Hand out the rows of a shoot, and write down who took them."""

from collections.abc import Iterator

from webapp.core.audit import record
from webapp.core.transaction import transaction
from webapp.mail.domain.report_log import LetterLine
from webapp.mail.queries.report_log import read_letters
from webapp.mail.queries.schedule import get_shoot
from webapp.people.domain.scope import Scope

BATCH = 2000  # letters read at a time


def export_letters(*, scope: Scope, shoot_id: int) -> Iterator[list[LetterLine]]:
    """Write the deed into the audit trail, and return the rows in batches, in their order.

    Each batch is a transaction of its own, so that a slow download holds nothing up.

    Raises:
        NotFoundError: there is no such shoot, or it is not for this member of staff.
    """
    with transaction():
        shoot = get_shoot(scope, shoot_id)
        record(
            "shoot.exported",
            "shoot",
            shoot.id,
            actor_id=scope.user_id,
            programme_id=shoot.programme_id,
            event_id=shoot.event_id,
        )
    return _batches(shoot_id)


def _batches(shoot_id: int) -> Iterator[list[LetterLine]]:
    """Yield the rows of a shoot, batch after batch."""
    first = 0
    while True:
        with transaction():
            lines = read_letters(shoot_id, first, BATCH)
        if lines:
            yield lines
        if len(lines) < BATCH:
            return
        first = lines[-1].seq + 1

"""Settle what workers that are gone from this host left behind, by their journals."""

from pathlib import Path

import structlog

from webapp.core.transaction import transaction
from webapp.mail.actions.deliver_journal import left_journals
from webapp.mail.queries.deliver_aftermath import settle_left_page

log = structlog.get_logger()


def settle_left_journals(folder: Path | None) -> int:
    """Settle the chunks of workers that died on this host; their journals are then removed.

    Args:
        folder: where journals are kept; None where they are off.

    Returns:
        How many journals there were.
    """
    count = 0
    for path, pages in left_journals(folder) if folder is not None else ():
        with transaction():
            for page in pages:
                settle_left_page(page)
        path.unlink(missing_ok=True)
        count += 1
        log.warning("journal settled", owner=path.stem, chunks=len(pages))
    return count

"""Which imports wait for a worker: asked every second, so it knows nothing of files."""

from sqlalchemy import ColumnElement, func, select, text

from webapp.core.database import db
from webapp.people.models.people_import import ImportState, PeopleImport

SILENCE = 30  # seconds without a sign of life after which another worker takes over


def _is_due() -> ColumnElement[bool]:
    """Return the condition for imports and dry runs that nobody works on.

    A worker that has not been heard of for ``SILENCE`` seconds, by the database's clock, is taken for dead.
    """
    silent = PeopleImport.seen_at < func.now() - text(f"interval '{SILENCE} seconds'")
    return (PeopleImport.state == ImportState.QUEUED) | (
        PeopleImport.state.in_([ImportState.CHECKING, ImportState.IMPORTING])
        & (PeopleImport.seen_at.is_(None) | silent)
    )


def has_due_import() -> bool:
    """Say whether an import or a dry run waits for a worker."""
    return db.session.scalar(select(PeopleImport.id).where(_is_due()).limit(1)) is not None


def claim_due_import() -> PeopleImport | None:
    """Return the oldest import or dry run that nobody works on, locked; None when there is none."""
    return db.session.scalar(
        select(PeopleImport)
        .where(_is_due())
        .order_by(PeopleImport.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )

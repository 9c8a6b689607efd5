"""Importing people, as workers and the command line call it: what is due is found in rows and done in batches."""

from collections.abc import Callable

from sqlalchemy import func

from webapp.core.audit import record
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.people.actions.import_run import Progress, Runner
from webapp.people.actions.import_steps import check_place, get_import
from webapp.people.domain.import_columns import check_targets
from webapp.people.domain.scope import Scope
from webapp.people.models.people_import import IMPORT_MACHINE, ImportState, PeopleImport
from webapp.people.queries.due_imports import claim_due_import


def run_due_imports(*, must_stop: Callable[[], bool]) -> None:
    """Run the dry runs and imports that are due, until there is none left or ``must_stop`` says so.

    Safe to run any number of times at once: each import is claimed by one, and one whose worker has died is
    taken up where its last batch was committed. What is not through when ``must_stop`` says so waits again.
    """
    while not must_stop():
        claimed = _claim()
        if claimed is None:
            return
        import_id, state = claimed
        Runner(import_id, state, must_stop=must_stop).run()


def _claim() -> tuple[int, ImportState] | None:
    """Take the oldest import that nobody works on."""
    with transaction():
        row = claim_due_import()
        if row is None:
            return None
        if row.state == ImportState.QUEUED:
            _begin(row)
        else:
            row.seen_at = func.clock_timestamp()
        return row.id, ImportState(row.state)


def _begin(row: PeopleImport) -> None:
    """Move a queued import to its worker."""
    started = func.coalesce(PeopleImport.started_at, func.now())
    move(row, IMPORT_MACHINE, ImportState.IMPORTING, seen_at=func.clock_timestamp(), started_at=started)


def import_now(*, scope: Scope, import_id: int, progress: Progress | None = None) -> ImportState:
    """Do an import in this process, without waiting for a worker.

    Args:
        scope: who acts.
        import_id: an import that was uploaded and not yet queued.
        progress: told (rows done, rows in all or None) after every batch.

    Returns:
        ``completed``, or ``failed``: the import's ``error`` says why.

    Raises:
        StaffError: it has not been said which column holds the address.
        ConflictError: it is already running or done.
    """
    with transaction():
        row = get_import(scope, import_id)
        check_place(scope, row.programme_id, row.event_id, row.membership_kind)
        check_targets(row.mapping["targets"], len(row.mapping["headings"]))
        # Both moves in one commit: no worker sees it in between.
        move(row, IMPORT_MACHINE, ImportState.QUEUED)
        _begin(row)
        record(
            "import.queued",
            "import",
            import_id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
            event_id=row.event_id,
        )
    Runner(import_id, ImportState.IMPORTING, must_stop=lambda: False, progress=progress).run()
    with transaction():
        return ImportState(get_import(scope, import_id).state)


def check_now(*, scope: Scope, import_id: int) -> ImportState:
    """Do the dry run that was asked for in this process, when the file is small; else leave it to a worker.

    Returns:
        ``checked``, ``failed``, or ``checking`` when a worker does it.
    """
    with transaction():
        row = get_import(scope, import_id)
        if row.state != ImportState.CHECKING or row.seen_at is not None or not is_small(row):
            return ImportState(row.state)
        row.seen_at = func.clock_timestamp()
    Runner(import_id, ImportState.CHECKING, must_stop=lambda: False).run()
    with transaction():
        return ImportState(get_import(scope, import_id).state)


SMALL = 5_000  # rows; a second's work


def is_small(row: PeopleImport) -> bool:
    """Say whether a file is so short that a person can wait for it."""
    return row.total_count is not None and row.total_count < SMALL

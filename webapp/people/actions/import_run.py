"""Doing an import, or its dry run: batch by batch, each one durable, each one fenced against a second worker."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import structlog
from sqlalchemy import func
from sqlalchemy.exc import OperationalError

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.people.domain.import_files import Reading, Row, read_rows
from webapp.people.domain.import_rows import Batch, Entry, RowReader, check_batch, in_batches, without
from webapp.people.models.people_import import IMPORT_MACHINE, ImportState, PeopleImport
from webapp.people.queries import import_batches

log = structlog.get_logger()
Stop = Callable[[], bool]
Progress = Callable[[int, int | None], None]  # rows done, rows in all if known

_UNSTORABLE_ADDRESS = "The address has letters that the database writes differently. Check its spelling."
_OUR_FAULT = (
    "Something went wrong on our side; it has been written down. Try again, or ask whoever runs Postroom."
)


class TakenOverError(Exception):
    """Somebody else works on this import now, or called it off: whoever meets this leaves it alone."""


class Runner:
    """One worker's run of one import that it has claimed.

    Args:
        import_id: which.
        stage: ``importing``, or ``checking`` for a dry run.
        must_stop: asked after every batch; the rest is then left to the next run.
        progress: told how far it is, after every batch.
    """

    def __init__(
        self, import_id: int, stage: ImportState, *, must_stop: Stop, progress: Progress | None = None
    ) -> None:
        self.import_id = import_id
        self.stage = stage
        self.must_stop = must_stop
        self.progress = progress or (lambda _done, _total: None)
        self.done = 0  # rows, as the database has it
        self.version = 0  # of the mapping

    def run(self) -> None:
        """Do what is left of it. A file that cannot be read ends as failed, with a sentence."""
        try:
            with self._opened() as (file, mapping):
                self._go_through(file, mapping)
        except TakenOverError:
            log.info("import taken over", import_id=self.import_id)
        except StaffError as error:
            self._fail(error.message)
        except OperationalError:
            raise  # the database is away: whoever comes next goes on from the last batch
        except Exception as error:
            log.error("import failed", import_id=self.import_id, exc_info=error)
            self._fail(_OUR_FAULT)

    @contextmanager
    def _opened(self) -> Iterator[tuple[BinaryIO, dict[str, Any]]]:
        """Open the import's file, copied to the disk so that its size does not matter to memory."""
        with tempfile.TemporaryFile() as file:
            with transaction():
                row = db.session.get_one(PeopleImport, self.import_id, populate_existing=True)
                mapping, self.done = dict(row.mapping), row.row_count
                self.version = int(mapping["version"])
                is_surveyed = row.total_count is not None
                import_batches.copy_content(self.import_id, file)
            if not is_surveyed and self.stage is ImportState.IMPORTING:
                self._survey(file, mapping)
            yield file, mapping

    def _rows(self, file: BinaryIO, mapping: dict[str, Any]) -> Iterator[Row]:
        """Yield the rows below the heading."""
        rows = read_rows(file, Reading.from_data(mapping["reading"]))
        if mapping["has_heading"]:
            next(rows, None)
        return rows

    def _survey(self, file: BinaryIO, mapping: dict[str, Any]) -> None:
        """Read the file to its end before anything is written: a broken one is refused whole."""
        total = 0
        for batch in in_batches(self._rows(file, mapping)):
            total += len(batch)
            self._hold()
        self._hold(total_count=total)

    def _go_through(self, file: BinaryIO, mapping: dict[str, Any]) -> None:
        """Go through the rows that are left."""
        reader = RowReader(mapping["targets"])
        start = 0
        with ExitStack() as stack:
            ledger = None
            if self.stage is ImportState.CHECKING:
                ledger = import_batches.Ledger(stack.enter_context(db.engine.connect()))
                self._from_the_start()
            for rows in in_batches(self._rows(file, mapping)):
                end = start + len(rows)
                if end <= self.done:
                    self._hold()
                else:
                    batch = check_batch(rows[max(0, self.done - start) :], reader)
                    total = self._count(batch, ledger) if ledger else self._write(batch)
                    self.progress(self.done, total)
                start = end
                if self.must_stop():
                    self._hand_back()
                    return
        self._finish()

    def _from_the_start(self) -> None:
        """Begin a dry run anew: what an earlier worker met is gone with its connection."""
        with transaction():
            row = self._held()
            import_batches.delete_faults(self.import_id)
            for name in ("row_count", "new_count", "known_count", "duplicate_count", "refused_count"):
                setattr(row, name, 0)
        self.done = 0

    def _held(self) -> PeopleImport:
        """Return the import, locked.

        Raises:
            TakenOverError: it is not where this run left it.
        """
        row = import_batches.get_held_import(self.import_id, self.stage, self.done, self.version)
        if row is None:
            raise TakenOverError
        return row

    def _hold(self, **values: object) -> None:
        """Give a sign of life."""
        with transaction():
            row = self._held()
            row.seen_at = func.clock_timestamp()
            for name, value in values.items():
                setattr(row, name, value)

    def _add_up(
        self, row: PeopleImport, batch: Batch, *, new: int, known: int, refused: int, changed: int = 0
    ) -> int:
        """Add a batch to the counts; whoever is neither new nor known nor refused was met before."""
        row.row_count += batch.row_count
        row.new_count += new
        row.known_count += known
        row.refused_count += refused
        row.changed_count += changed
        row.duplicate_count += batch.row_count - new - known - refused
        row.seen_at = func.clock_timestamp()
        return row.row_count

    def _count(self, batch: Batch, ledger: import_batches.Ledger) -> int | None:
        """Count a batch without changing anybody."""
        with transaction():
            row = self._held()
            batch = self._storable(batch)
            new, known = ledger.count([entry.email for entry in batch.entries])
            import_batches.put_faults(self.import_id, batch.refusals)
            done = self._add_up(row, batch, new=new, known=known, refused=len(batch.refusals))
            total = row.total_count
        self.done = done
        return total

    def _write(self, batch: Batch) -> int | None:
        """Write a batch: people, who belongs where, who was in this file, what was refused, how far it is."""
        with transaction():
            row = self._held()
            batch = self._storable(batch)
            ids, new, filled = import_batches.put_people(batch.entries)
            fresh = import_batches.put_links(self.import_id, list(ids.values()))
            entries = [(ids[entry.email], entry) for entry in batch.entries]
            joined = import_batches.put_memberships(row, _details(entries, fresh, is_in=True), is_first=True)
            import_batches.put_memberships(row, _details(entries, fresh, is_in=False), is_first=False)
            import_batches.put_faults(self.import_id, batch.refusals)
            done = self._add_up(
                row,
                batch,
                new=len(new),
                known=len(fresh - new),
                refused=len(batch.refusals),
                changed=len((filled | joined) & (fresh - new)),
            )
            total = row.total_count
        self.done = done
        return total

    def _storable(self, batch: Batch) -> Batch:
        """Return a batch without addresses that would make the database refuse it whole."""
        unstorable = import_batches.find_unstorable([entry.email for entry in batch.entries])
        return without(batch, unstorable, _UNSTORABLE_ADDRESS)

    def _hand_back(self) -> None:
        """Leave the rest to the next run."""
        with transaction():
            row = self._held()
            if self.stage is ImportState.IMPORTING:
                move(row, IMPORT_MACHINE, ImportState.QUEUED, seen_at=None)
            else:
                row.seen_at = None

    def _finish(self) -> None:
        """Write down that all rows are through."""
        with transaction():
            row = self._held()
            if self.stage is ImportState.CHECKING:
                move(row, IMPORT_MACHINE, ImportState.CHECKED, total_count=self.done)
                return
            move(row, IMPORT_MACHINE, ImportState.COMPLETED, completed_at=func.now(), total_count=self.done)
            self._write_down(row, "import.completed")

    def _fail(self, sentence: str) -> None:
        """Write down why it could not be done; what earlier batches brought stays."""
        with transaction():
            row = import_batches.get_held_import(self.import_id, self.stage, self.done, self.version)
            if row is not None:
                move(row, IMPORT_MACHINE, ImportState.FAILED, error=sentence)
                self._write_down(row, "import.failed")

    def _write_down(self, row: PeopleImport, verb: str) -> None:
        record(
            verb,
            "import",
            row.id,
            actor_id=row.created_by_id,
            programme_id=row.programme_id,
            event_id=row.event_id,
            rows=row.row_count,
            new=row.new_count,
            known=row.known_count,
            duplicates=row.duplicate_count,
            refused=row.refused_count,
        )


def _details(
    entries: list[tuple[int, Entry]], fresh: set[int], *, is_in: bool
) -> list[tuple[int, dict[str, str] | None]]:
    """Return (person, details) of those whom no earlier row of the file told of, or of the others."""
    return [(person_id, entry.details) for person_id, entry in entries if (person_id in fresh) == is_in]

"""An import of people: the file as it came, how its columns are read, and what became of every row."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.core.machine import Machine


class ImportState(StrEnum):
    """How far an import has come."""

    UPLOADED = "uploaded"
    CHECKING = "checking"  # the dry run waits for a worker, or counts
    CHECKED = "checked"  # the dry run has counted
    QUEUED = "queued"
    IMPORTING = "importing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


IMPORT_MACHINE = Machine(
    "import",
    {
        ImportState.UPLOADED: frozenset({ImportState.CHECKING, ImportState.QUEUED, ImportState.CANCELLED}),
        # back to uploaded: the columns are mapped anew while a worker still counts; failed: the file is broken
        ImportState.CHECKING: frozenset(
            {ImportState.CHECKED, ImportState.UPLOADED, ImportState.FAILED, ImportState.CANCELLED}
        ),
        # mapping the columns anew after a dry run
        ImportState.CHECKED: frozenset(
            {ImportState.UPLOADED, ImportState.CHECKING, ImportState.QUEUED, ImportState.CANCELLED}
        ),
        ImportState.QUEUED: frozenset({ImportState.IMPORTING, ImportState.CANCELLED, ImportState.FAILED}),
        # queued: the worker died or was asked to stop; cancelled: what is in stays, the rest is left out
        ImportState.IMPORTING: frozenset(
            {ImportState.COMPLETED, ImportState.FAILED, ImportState.QUEUED, ImportState.CANCELLED}
        ),
        ImportState.COMPLETED: frozenset(),
        ImportState.FAILED: frozenset({ImportState.QUEUED}),
        ImportState.CANCELLED: frozenset(),
    },
)


class PeopleImport(Base):
    """One file, or one box of pasted addresses."""

    __tablename__ = "people_imports"

    id: Mapped[Id]
    created_at: Mapped[CreatedAt]
    created_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    programme_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    membership_kind: Mapped[str | None]  # none: people become known and nothing more (pasted addresses)
    filename: Mapped[str]
    kind: Mapped[str]  # csv, xlsx, pasted
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(server_default=ImportState.UPLOADED)
    error: Mapped[str | None]
    row_count: Mapped[int] = mapped_column(server_default="0")  # rows read so far
    total_count: Mapped[int | None]  # rows in the file, known after the dry run
    new_count: Mapped[int] = mapped_column(server_default="0")
    known_count: Mapped[int] = mapped_column(server_default="0")
    duplicate_count: Mapped[int] = mapped_column(server_default="0")
    refused_count: Mapped[int] = mapped_column(server_default="0")
    changed_count: Mapped[int] = mapped_column(server_default="0")  # known people to whom something was added
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True)
    )  # the worker's last sign of life
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "event_id", "id"),)


class ImportedPerson(Base):
    """Who was in an import, so that it can be written to."""

    __tablename__ = "imported_people"

    import_id: Mapped[BigInt] = mapped_column(
        ForeignKey("people_imports.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[BigInt] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index(None, "person_id"),)


class ImportFault(Base):
    """A row that was refused, with the reason; it can be downloaded, mended and imported again."""

    __tablename__ = "import_faults"

    import_id: Mapped[BigInt] = mapped_column(
        ForeignKey("people_imports.id", ondelete="CASCADE"), primary_key=True
    )
    row_number: Mapped[int] = mapped_column(primary_key=True)  # as a spreadsheet counts: the heading is row 1
    reason: Mapped[str]
    cells: Mapped[list[Any]] = mapped_column(JSONB)

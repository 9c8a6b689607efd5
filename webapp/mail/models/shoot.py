"""A shoot: one version of a letter, sent once to one audience, in chunks."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id
from webapp.mail.models.letter import LetterVersion

CHUNK_SIZE = 1000  # letters; seq // CHUNK_SIZE is the chunk's number, also in the tally trigger


class Shoot(Base):
    """What was asked for, by whom, and how far it has come. Counts are not stored here: rows are counted."""

    __tablename__ = "shoots"

    id: Mapped[Id]
    letter_version_id: Mapped[BigInt] = mapped_column(ForeignKey("letter_versions.id"))
    programme_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    sender_id: Mapped[BigInt] = mapped_column(ForeignKey("senders.id"))
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    resend_of_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("shoots.id"))
    kind: Mapped[str]
    lane: Mapped[str]
    state: Mapped[str]
    state_reason: Mapped[str | None]
    # From, Reply-To and the like as they were when it was asked for, so that a letter can be shown again
    sender_line: Mapped[dict[str, str]] = mapped_column(JSONB)
    constants: Mapped[dict[str, str]] = mapped_column(JSONB)  # merge values that are the same for all
    fields: Mapped[list[str]] = mapped_column(
        ARRAY(TEXT)
    )  # the merge fields whose values the rows carry, in order
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # letters that something caused by itself: what (a template's role), with what else, and what it waits for
    cause: Mapped[str | None]
    batch: Mapped[str | None]  # one word for all shoots of one deed, for example wave:12
    gate: Mapped[str | None]  # held until this opens, for example mailbox:7, beside the time
    attachment_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    confirmed_count: Mapped[int | None]  # how many the person who pressed Send was shown
    # A canary: the first letters go alone, then the shoot waits and looks at what came of them
    canary_count: Mapped[int | None]
    canary_minutes: Mapped[int | None]  # how long it waits
    canary_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # none: not waiting
    open_to: Mapped[int | None]  # letters below this seq may go; none: all
    halt_percent: Mapped[int | None]  # of letters that fail or bounce, at which it halts by itself
    forgiven: Mapped[dict[str, int] | None] = mapped_column(JSONB)  # counts when somebody let it go on
    scheduled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    served_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True)
    )  # when a chunk was last claimed

    version: Mapped[LetterVersion] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint(
            "state IN ('held', 'scheduled', 'preparing', 'sending', 'paused', 'completed', 'cancelled', 'skipped',"
            " 'missed', 'halted')",
            name="state_known",
        ),
        Index(None, "programme_id", "id"),
        Index(None, "event_id", "id"),
        Index("ix_shoots_batch", "batch", postgresql_where=text("batch IS NOT NULL")),
        Index("ix_shoots_held", "scheduled_at", postgresql_where=text("state = 'held'")),
        Index("ix_shoots_stopped", "id", postgresql_where=text("state IN ('paused', 'missed', 'halted')")),
        Index("ix_shoots_ended", "completed_at", postgresql_where=text("cause IS NULL")),
        Index("ix_shoots_resends", "resend_of_id", postgresql_where=text("resend_of_id IS NOT NULL")),
        Index(
            "ix_shoots_open",
            "state",
            "scheduled_at",
            postgresql_where=text("state IN ('held', 'scheduled', 'preparing', 'sending', 'cancelled')"),
        ),
    )


class Attachment(Base):
    """A file that goes with letters, kept once whatever sends it."""

    __tablename__ = "attachments"

    id: Mapped[Id]
    checksum: Mapped[str] = mapped_column(unique=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes]
    content_id: Mapped[str | None]  # what the HTML calls a picture (cid:…); none: it stands beside the letter
    created_at: Mapped[CreatedAt]


class Chunk(Base):
    """A run of a thousand letters that one worker holds at a time by a lease."""

    __tablename__ = "chunks"

    shoot_id: Mapped[BigInt] = mapped_column(ForeignKey("shoots.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # none: nothing left to do
    lease_number: Mapped[int] = mapped_column(server_default="0")  # counts up; a late worker's is too low
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ix_chunks_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "50"}},
    )


class ShootTally(Base):
    """How many letters of a chunk are in a state, kept by a trigger on ``email_logs``: it cannot be wrong."""

    __tablename__ = "shoot_tallies"

    shoot_id: Mapped[BigInt] = mapped_column(primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    letter_count: Mapped[int]

    # The index leaves the count out, which changes with every slice: such updates stay within their page.
    __table_args__ = (
        Index(
            "ix_shoot_tallies_troubled",
            "shoot_id",
            postgresql_where=text("state IN ('failed', 'uncertain')"),
        ),
        {"postgresql_with": {"fillfactor": "50"}},
    )


class ShootSample(Base):
    """How many letters were settled at an instant: what the throughput chart is drawn from."""

    __tablename__ = "shoot_samples"

    shoot_id: Mapped[BigInt] = mapped_column(ForeignKey("shoots.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    settled_count: Mapped[int]

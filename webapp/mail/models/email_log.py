"""The email log, which is the outbox: one row is one promised letter to one recipient."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt
from webapp.mail.models.packed import PackedValues


class EmailLog(Base):
    """A letter to one person, with the values of the shoot's ``fields`` in order, so it can be shown again.

    A person gets a shoot once: (person, shoot) is unique in the database. The Message-ID and the tokens in
    the letter derive from (shoot, seq), so that no further index is needed to find a row from them.
    """

    __tablename__ = "email_logs"

    # No foreign key: a shoot's rows are written while it is locked, and the check would cost a freeze its half.
    shoot_id: Mapped[BigInt] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    person_id: Mapped[BigInt]
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    handed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # also the letter's Date
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    state: Mapped[str]
    reason: Mapped[str | None]
    address: Mapped[str | None]
    name: Mapped[str | None]
    merge_values: Mapped[list[str | None]] = mapped_column(PackedValues)
    detail: Mapped[str | None]  # what the other side said, where it is not plain success
    dedupe_key: Mapped[str | None]

    __table_args__ = (
        Index("uq_email_logs_person_shoot", "person_id", "shoot_id", unique=True),
        Index(
            "uq_email_logs_dedupe_key",
            "dedupe_key",
            unique=True,
            postgresql_where=text("dedupe_key IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "44"}},  # room for the next version of each row, which is longer
    )


class EmailEvent(Base):
    """Something that happened to a letter beside the plain way: deferred, failed, uncertain, resent."""

    __tablename__ = "email_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    shoot_id: Mapped[BigInt]
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    type: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        Index(None, "shoot_id", "seq"),
        Index(
            "ix_email_events_returned", "shoot_id", postgresql_where=text("type IN ('bounced', 'complained')")
        ),
    )

"""Limits that all workers share: what was set by people, and the buckets that are filled by elapsed time."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base


class Limit(Base):
    """How fast letters may go to a recipient's domain or through a mail server, and over how many connections."""

    __tablename__ = "limits"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)  # a domain, or host:port of a server, in lower case
    rate_per_minute: Mapped[int | None]
    connection_count: Mapped[int | None]  # of a server, over all workers

    __table_args__ = (CheckConstraint("kind IN ('domain', 'server')", name="kind_known"),)


class Bucket(Base):
    """A token bucket, filled by elapsed time on the database's clock, and what was used of a day's quota."""

    __tablename__ = "buckets"

    key: Mapped[str] = mapped_column(primary_key=True)  # sender:17, domain:example.org, server:host:25
    tokens: Mapped[float] = mapped_column(server_default="0")
    filled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    day: Mapped[date | None]
    day_count: Mapped[int] = mapped_column(server_default="0")
    # of a recipient's domain: when the last of the letters that were put back has its turn
    queued_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)


class ConnectionShare(Base):
    """Connections to a server that one worker may keep for a while."""

    __tablename__ = "connection_shares"

    server: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    connection_count: Mapped[int]
    lease_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))

"""A sender: a From that we may use, and where."""

from datetime import datetime, time

from sqlalchemy import BigInteger, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, CreatedAt, Id


class Sender(Base):
    """An address in From. Without a programme everybody may use it; with one, those who see it."""

    __tablename__ = "senders"

    id: Mapped[Id]
    programme_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("programmes.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    address: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str] = mapped_column(server_default="")
    reply_to: Mapped[str] = mapped_column(server_default="")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    account: Mapped[str | None]  # an SMTP URL of its own, encrypted; none: the carrier of the installation
    # A carrier that is down, or told us to slow down, pauses its sender; it resumes by itself.
    paused_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    pause_reason: Mapped[str | None]
    pause_count: Mapped[int] = mapped_column(server_default="0")  # in a row; the pauses grow with it
    # Limits; none: as fast as the carrier takes letters
    rate_per_minute: Mapped[int | None]
    daily_quota: Mapped[int | None]  # letters a day, in the window's zone
    window_from: Mapped[time | None]  # bulk letters go out between these times of day
    window_to: Mapped[time | None]
    window_zone: Mapped[str] = mapped_column(server_default="UTC")
    # Bulk letters rest until its hours begin or a new day; urgent ones go on
    bulk_rest_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    bulk_rest_reason: Mapped[str | None]  # hours, quota
    created_at: Mapped[CreatedAt]

    def __str__(self) -> str:
        return f"{self.display_name} <{self.address}>" if self.display_name else self.address

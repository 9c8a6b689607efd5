"""A sender: a From that we may use, and where."""

from datetime import datetime, time

from sqlalchemy import BigInteger, DateTime, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt, CreatedAt, Id


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


class SenderKey(Base):
    """A DKIM key of a sender. One that has signed letters stays for ever, so that they can be shown as they went."""

    __tablename__ = "sender_keys"

    id: Mapped[Id]
    sender_id: Mapped[BigInt] = mapped_column(ForeignKey("senders.id"), index=True)
    domain: Mapped[str]  # in ASCII
    selector: Mapped[str]
    private_key: Mapped[str]  # encrypted
    dns_record: Mapped[str]  # the text to publish, with the public key
    # Letters handed over between these instants are signed with it; none: not yet, or still
    signs_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    signs_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]

    __table_args__ = (UniqueConstraint("domain", "selector"),)

"""The switch that stops all letters at once: who threw it and why, and who lifted it."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, Id


class StopAll(Base):
    """One throw of the switch; while it is not lifted nothing is handed over, in no lane."""

    __tablename__ = "stop_alls"

    id: Mapped[Id]
    reason: Mapped[str]
    stopped_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    stopped_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lifted_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))

    __table_args__ = (
        Index(
            "uq_stop_alls_open",
            text("(lifted_at IS NULL)"),
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

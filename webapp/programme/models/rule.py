"""When a rule writes for an event: one row for each rule, event and occasion, so that none goes out twice."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, BigInt, CreatedAt, Id


class RuleRun(Base):
    """One due date of a rule. ``reason`` says in words why it was skipped, missed or failed."""

    __tablename__ = "rule_runs"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    event_id: Mapped[BigInt] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    rule: Mapped[str]  # its name on the shelf
    occasion: Mapped[str] = mapped_column(
        server_default=""
    )  # where one event has several, for example a deadline
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(server_default="scheduled")
    reason: Mapped[str] = mapped_column(server_default="")
    batch: Mapped[str | None]  # the same word stands on its shoots
    letter_count: Mapped[int] = mapped_column(server_default="0")
    run_number: Mapped[int] = mapped_column(server_default="0")  # a person may run it again
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    ran_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("rule", "event_id", "occasion"),
        CheckConstraint("state IN ('scheduled', 'sent', 'skipped', 'missed', 'failed')", name="state_known"),
        Index(None, "state", "due_at"),
        Index(None, "event_id"),
    )


class RuleSetting(Base):
    """What a programme changed of a rule; where there is no row the rule is as it was registered."""

    __tablename__ = "rule_settings"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    rule: Mapped[str]
    is_enabled: Mapped[bool] = mapped_column(server_default="true")

    __table_args__ = (UniqueConstraint("programme_id", "rule"),)

"""Signs of life of workers and the ticker, in the database so that they outlive an emptied Redis."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, delete, func
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, db


class Heartbeat(Base):
    """The last sign of life of one process."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # worker_urgent, worker_bulk, ticker
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


def beat(name: str, kind: str, **detail: object) -> None:
    """Write down, in the open transaction, that a process is alive; the time is the database's."""
    statement = insert(Heartbeat).values(name=name, kind=kind, seen_at=func.now(), detail=detail)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[Heartbeat.name], set_={"seen_at": func.now(), "kind": kind, "detail": detail}
        )
    )


def fall_silent(name: str) -> None:
    """Take a process's sign of life away, in the open transaction, because it ends."""
    db.session.execute(delete(Heartbeat).where(Heartbeat.name == name))

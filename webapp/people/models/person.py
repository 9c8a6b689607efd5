"""A person: one row for one mailbox, whoever told us of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.database import Base, CreatedAt, Id


class Person(Base):
    """Somebody who may be written to. ``email`` is normalised; a person without one cannot be written to."""

    __tablename__ = "people"

    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    greeting: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(server_default="")
    timezone: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_normalised"),
        # Staff look for a part of a name or address; trigrams answer that without reading the table.
        Index(
            "ix_people_search",
            func.lower(name).label("name"),
            email,
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops", "email": "gin_trgm_ops"},
        ),
    )

    def __str__(self) -> str:
        return self.name or self.email or f"Person {self.id}"

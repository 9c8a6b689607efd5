"""A programme and its events: where people, letters and rights belong."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.database import Base, BigInt, CreatedAt, Id


class Programme(Base):
    """A series of events under one name and one postal address."""

    __tablename__ = "programmes"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    support_email: Mapped[str] = mapped_column(server_default="")
    postal_address: Mapped[str] = mapped_column(server_default="")  # the law asks for it in bulk mail
    locale: Mapped[str] = mapped_column(server_default="en")
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    # its own words: a workshop or a course, an organizer or a tutor
    event_word: Mapped[str] = mapped_column(server_default="workshop")
    organizer_word: Mapped[str] = mapped_column(server_default="organizer")
    is_hosting_open: Mapped[bool] = mapped_column(server_default="false")  # anybody may apply to host
    min_lead_days: Mapped[int] = mapped_column(server_default="90")  # from applying to the event's day
    min_gap_days: Mapped[int] = mapped_column(server_default="180")  # between two events of one person
    open_application_days: Mapped[int] = mapped_column(server_default="180")  # one new application in so long
    waiting_days: Mapped[int] = mapped_column(server_default="14")  # then an application needs attention
    undo_minutes: Mapped[int] = mapped_column(server_default="10")  # how long decided letters are held
    rsvp_days: Mapped[int] = mapped_column(server_default="7")
    mail_domain: Mapped[str] = mapped_column(
        server_default=""
    )  # of its events' mailboxes; none: no mailboxes
    created_at: Mapped[CreatedAt]

    def __str__(self) -> str:
        return self.name


class Event(Base):
    """One edition: a day, a cohort, a course. Its slug never changes."""

    __tablename__ = "events"

    id: Mapped[Id]
    programme_id: Mapped[BigInt] = mapped_column(ForeignKey("programmes.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    city: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[str] = mapped_column(server_default="en")
    url: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="open")
    # how exactly the first day is known; of a month the first day is stored, of "tbd" nothing
    date_precision: Mapped[str] = mapped_column(server_default="day")
    format: Mapped[str] = mapped_column(server_default="in_person")
    series_slug: Mapped[str] = mapped_column(server_default="")  # the same for every edition
    edition_number: Mapped[int] = mapped_column(server_default="1")
    previous_event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))
    # an application makes one event, whoever presses how often
    host_application_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("host_applications.id", use_alter=True), unique=True
    )
    capacity: Mapped[int | None]
    is_site_ready: Mapped[bool] = mapped_column(server_default="false")
    applicant_count: Mapped[int | None]  # as its organizers told afterwards
    attendee_count: Mapped[int | None]
    numbers_told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]

    programme: Mapped[Programme] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_is_ascii"),
        CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'archived', 'postponed', 'cancelled')", name="state"
        ),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("date_precision IN ('day', 'month', 'tbd')", name="precision_known"),
        CheckConstraint("format IN ('in_person', 'remote', 'hybrid')", name="format_known"),
        Index(None, "programme_id", "starts_on"),
    )

    def __str__(self) -> str:
        return self.name

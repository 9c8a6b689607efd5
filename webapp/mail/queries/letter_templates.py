"""Questions about the words that staff wrote for letters by role, and about what they once said."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, false, func, or_, select

from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.letter_template import LetterTemplate

SUBJECT = "template"  # what the audit calls them
HISTORY = 50  # entries that are shown


@dataclass(frozen=True, slots=True)
class Spot:
    """Where words of their own are kept.

    Args:
        role: for which letter.
        programme_id: the programme's, also where they are an event's.
        event_id: the event's; None where they are for the whole programme.
        locale: in which language; "" is for every language that has none of its own.
    """

    role: str
    programme_id: int
    event_id: int | None
    locale: str

    @property
    def key(self) -> str:
        """Return its name in the audit, which outlives the row."""
        place = f"event-{self.event_id}" if self.event_id is not None else f"programme-{self.programme_id}"
        return f"{self.role}:{place}:{self.locale or 'all'}"


@dataclass(frozen=True, slots=True)
class Once:
    """One entry of a template's history.

    Args:
        version_id: the words that were written, or taken away.
        at: when.
        actor_id: the staff user, if it was one.
        is_removal: they were taken away, not written.
        subject: their subject.
    """

    version_id: int
    at: datetime
    actor_id: int | None
    is_removal: bool
    subject: str


def at_spot(spot: Spot) -> list[ColumnElement[bool]]:
    """Return the conditions for the row of a spot."""
    return [
        LetterTemplate.role == spot.role,
        LetterTemplate.programme_id == spot.programme_id,
        LetterTemplate.event_id.is_not_distinct_from(spot.event_id),
        LetterTemplate.locale == spot.locale,
    ]


def find_template(spot: Spot) -> LetterTemplate | None:
    """Return the words that staff keep at a spot, as they are in the database now."""
    return db.session.scalar(
        select(LetterTemplate).where(*at_spot(spot)).execution_options(populate_existing=True)
    )


def find_own_places(programme_id: int, event_id: int | None) -> list[LetterTemplate]:
    """Return all words that staff wrote at a place, those of its programme among them."""
    return list(
        db.session.scalars(
            select(LetterTemplate).where(
                LetterTemplate.programme_id == programme_id,
                or_(
                    LetterTemplate.event_id.is_(None),
                    LetterTemplate.event_id == event_id if event_id is not None else false(),
                ),
            )
        )
    )


def find_events_with_words(role: str, event_ids: Collection[int]) -> list[tuple[int, str]]:
    """Return (event, locale) of the events among these that have words of their own for a role."""
    rows = db.session.execute(
        select(LetterTemplate.event_id, LetterTemplate.locale)
        .where(LetterTemplate.role == role, LetterTemplate.event_id.in_(event_ids))
        .order_by(LetterTemplate.event_id, LetterTemplate.locale)
    )
    return [(row[0], row[1]) for row in rows if row[0] is not None]


def count_history(spot: Spot) -> int:
    """Count how often something was written at a spot, or taken away."""
    entries = select(func.count()).where(
        AuditEntry.subject_type == SUBJECT, AuditEntry.subject_id == spot.key
    )
    return db.session.scalar(entries) or 0


def find_history(spot: Spot) -> list[Once]:
    """Return what was written at a spot and taken away, the latest first."""
    version = AuditEntry.data["version"].astext.cast(BigInteger)
    rows = db.session.execute(
        select(LetterVersion.id, AuditEntry.at, AuditEntry.actor_id, AuditEntry.verb, LetterVersion.subject)
        .join(LetterVersion, LetterVersion.id == version)
        .where(AuditEntry.subject_type == SUBJECT, AuditEntry.subject_id == spot.key)
        .order_by(AuditEntry.id.desc())
        .limit(HISTORY)
    )
    return [Once(row[0], row[1], row[2], row[3] == "template.removed", row[4]) for row in rows]


def find_earlier_words(spot: Spot, version_id: int) -> LetterText | None:
    """Return words that once stood at a spot; None for a version that never did."""
    if version_id not in {once.version_id for once in find_history(spot)}:
        return None
    version = db.session.get_one(LetterVersion, version_id)
    return LetterText(
        subject=version.subject,
        reason=version.reason,
        slots=dict(version.slots),
        preheader=version.preheader,
        layout=version.layout_version.key,
        text=version.text,
        locale=spot.locale,
    )

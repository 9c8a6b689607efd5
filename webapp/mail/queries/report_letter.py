"""Questions about one letter: its row, what happened to it, what stands in its way, what else its recipient got."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.opt_out import OptOut, OptOutScope, Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import visible_shoots
from webapp.mail.queries.schedule import get_shoot
from webapp.people.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was written down about a letter."""

    at: datetime
    type: str
    detail: str


@dataclass(frozen=True, slots=True)
class LetterTo:
    """A letter to somebody, as a list of their letters shows it."""

    shoot_id: int
    seq: int
    subject: str
    kind: str
    state: str
    reason: str | None
    at: datetime | None


def get_email(scope: Scope, shoot_id: int, seq: int) -> tuple[Shoot, EmailLog]:
    """Return one letter to one recipient, with its shoot.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    shoot = get_shoot(scope, shoot_id)
    row = db.session.get(EmailLog, (shoot_id, seq))
    if row is None:
        raise NotFoundError("There is no such letter in this shoot.")
    return shoot, row


def find_happenings(shoot_id: int, seq: int, limit: int = 200) -> list[Happening]:
    """Return what was written down about a letter, oldest first."""
    rows = db.session.execute(
        select(EmailEvent.at, EmailEvent.type, EmailEvent.detail)
        .where(EmailEvent.shoot_id == shoot_id, EmailEvent.seq == seq)
        .order_by(EmailEvent.id)
        .limit(limit)
    )
    return [Happening(*row) for row in rows]


def find_copies(scope: Scope, row: EmailLog) -> list[LetterTo]:
    """Return the letters that sent this one again, oldest first."""
    key = f"resend:{row.shoot_id}:{row.seq}:"
    query = _letters_to(scope, row.person_id).where(EmailLog.dedupe_key.like(f"{key}%"))
    return _read(query.order_by(Shoot.id))


def source_key(row: EmailLog) -> tuple[int, int] | None:
    """Return shoot and number of the letter that this one repeats, None where it is a first one."""
    parts = (row.dedupe_key or "").split(":")
    if len(parts) == 4 and parts[0] == "resend" and parts[1].isdigit() and parts[2].isdigit():
        return int(parts[1]), int(parts[2])
    return None


def find_letters_to(scope: Scope, row: EmailLog, limit: int = 10) -> list[LetterTo]:
    """Return the other letters to the same person that may be seen, newest first."""
    query = _letters_to(scope, row.person_id).where(EmailLog.shoot_id != row.shoot_id)
    query = query.order_by(EmailLog.shoot_id.desc()).limit(limit)
    return _read(query)


def _read(query: Select[*tuple[Any, ...]]) -> list[LetterTo]:
    """Run a query for letters to a person."""
    return [
        LetterTo(shoot_id, seq, readable_subject(subject, constants), *rest)
        for shoot_id, seq, subject, constants, *rest in db.session.execute(query)
    ]


def _letters_to(scope: Scope, person_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query for letters to a person."""
    at = func.coalesce(EmailLog.settled_at, EmailLog.handed_at, Shoot.started_at)
    return (
        select(
            EmailLog.shoot_id,
            EmailLog.seq,
            LetterVersion.subject,
            Shoot.constants,
            Shoot.kind,
            EmailLog.state,
            EmailLog.reason,
            at,
        )
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(EmailLog.person_id == person_id, visible_shoots(scope))
    )


def find_wishes(shoot: Shoot, person_id: int) -> list[OptOut]:
    """Return a person's opt-outs that cover letters of a shoot, the widest first."""
    covers = or_(
        OptOut.scope == OptOutScope.ALL,
        and_(OptOut.scope == OptOutScope.PROGRAMME, OptOut.programme_id == shoot.programme_id),
        and_(OptOut.scope == OptOutScope.EVENT, OptOut.event_id == shoot.event_id),
    )
    return list(
        db.session.scalars(
            select(OptOut).where(OptOut.person_id == person_id, covers).order_by(OptOut.created_at)
        )
    )


def find_suppression(address: str | None) -> Suppression | None:
    """Return why nobody may write to an address now, None where they may; the database's clock judges."""
    return db.session.scalar(
        select(Suppression).where(
            Suppression.address == address, or_(Suppression.until.is_(None), Suppression.until > func.now())
        )
    )

"""Questions about one person's mail: which letters they got, what they do not want, what blocks their address."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from webapp.core.database import db
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.opt_out import OptOut, Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.opt_out import visible_opt_outs
from webapp.mail.queries.report import visible_shoots
from webapp.people.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class PersonLetter:
    """One letter to somebody.

    Args:
        shoot_id, seq: which.
        subject: as lists show it.
        cause: the role of a letter that something caused by itself; None for a letter of staff.
        kind: a ``ShootKind``.
        programme_id, event_id: what it was about.
        state, reason, detail: what became of it.
        address: where it went or was to go.
        shoot_state, open_to: of the shoot it is part of; letters of it below that number may go, None: all.
        asked_at: when the shoot was asked for.
        handed_at, settled_at, next_at: as on the row.
    """

    shoot_id: int
    seq: int
    subject: str
    cause: str | None
    kind: str
    programme_id: int | None
    event_id: int | None
    state: str
    reason: str | None
    detail: str | None
    address: str | None
    shoot_state: str
    open_to: int | None
    asked_at: datetime
    handed_at: datetime | None
    settled_at: datetime | None
    next_at: datetime | None


def find_letters_to(
    scope: Scope, person_id: int, *, before: int | None = None, limit: int = 20
) -> list[PersonLetter]:
    """Return letters to a person, of shoots that may be seen; the latest shoot first.

    Args:
        scope: who asks.
        person_id: to whom.
        before: only those of shoots older than this one, for the next page.
        limit: how many at most.
    """
    query = (
        select(
            EmailLog.shoot_id,
            EmailLog.seq,
            LetterVersion.subject,
            Shoot.constants,
            Shoot.cause,
            Shoot.kind,
            Shoot.programme_id,
            Shoot.event_id,
            EmailLog.state,
            EmailLog.reason,
            EmailLog.detail,
            EmailLog.address,
            Shoot.state,
            Shoot.open_to,
            Shoot.created_at,
            EmailLog.handed_at,
            EmailLog.settled_at,
            EmailLog.next_at,
        )
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(EmailLog.person_id == person_id, visible_shoots(scope))
        .order_by(EmailLog.shoot_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(EmailLog.shoot_id < before)
    return [
        PersonLetter(shoot_id, seq, readable_subject(subject, constants), *rest)
        for shoot_id, seq, subject, constants, *rest in db.session.execute(query)
    ]


def find_opt_outs_of(scope: Scope, person_id: int) -> list[OptOut]:
    """Return what a person does not want, of what may be seen; the latest first."""
    return list(
        db.session.scalars(
            select(OptOut)
            .where(OptOut.person_id == person_id, visible_opt_outs(scope))
            .order_by(OptOut.id.desc())
        )
    )


def find_suppression_of(address: str | None) -> Suppression | None:
    """Return why nothing is sent to an address, None when nothing blocks it now.

    Whoever sees the person sees this, since it explains why a letter of theirs was not sent.
    """
    if address is None:
        return None
    return db.session.scalar(
        select(Suppression).where(
            Suppression.address == address,
            or_(Suppression.until.is_(None), Suppression.until > func.now()),
        )
    )

"""Questions of “why did(n't) they get it?”: the shoots one may ask about, and what is known of a person in one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, literal, or_, select

from webapp.core.database import db
from webapp.core.errors import PostroomError
from webapp.mail.domain.audience import Choice
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.domain.states import ShootKind
from webapp.mail.domain.why_shoot import Group
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import visible_shoots
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.domain.scope import Scope

BY_CAUSE = ("wave:%", "rule:%")  # deeds that wrote to many; a letter to one person is in that person's list
LOOKED_AT = 90  # shoots; a deed in several languages has several


@dataclass(frozen=True, slots=True)
class ShootOption:
    """A shoot that one may ask about."""

    shoot_id: int
    subject: str
    cause: str | None
    at: datetime


def find_recent_shoots(
    scope: Scope, event_ids: Collection[int], programme_ids: Collection[int], limit: int = 20
) -> list[ShootOption]:
    """Return the latest shoots of some places that went or go to many, one for each deed.

    Args:
        scope: who asks.
        event_ids: shoots of these events.
        programme_ids: and those of these programmes as a whole.
        limit: how many at most.
    """
    if not (event_ids or programme_ids):
        return []
    rows = db.session.execute(
        select(
            Shoot.id,
            LetterVersion.subject,
            Shoot.constants,
            Shoot.cause,
            Shoot.batch,
            func.coalesce(Shoot.started_at, Shoot.scheduled_at, Shoot.created_at).label("at"),
        )
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(
            visible_shoots(scope),
            Shoot.kind != ShootKind.TEST,
            or_(
                Shoot.event_id.in_(event_ids),
                and_(Shoot.event_id.is_(None), Shoot.programme_id.in_(programme_ids)),
            ),
            or_(Shoot.cause.is_(None), *(Shoot.batch.like(pattern) for pattern in BY_CAUSE)),
        )
        .order_by(Shoot.id.desc())
        .limit(LOOKED_AT)
    )
    found: dict[tuple[str, str], ShootOption] = {}
    for row in rows:
        deed = (row.batch, row.cause or "") if row.batch else ("", str(row.id))
        subject = readable_subject(row.subject, row.constants)
        found.setdefault(deed, ShootOption(row.id, subject, row.cause, row.at))
    return list(found.values())[:limit]


def find_letter_in(shoot: Shoot, person_id: int) -> tuple[EmailLog, Shoot] | None:
    """Return a person's letter of a shoot, or of another one of the same deed: in their language, or edited.

    Args:
        shoot: that may be seen.
        person_id: whose.
    """
    same = Shoot.id == shoot.id
    if shoot.batch is not None:
        same = or_(same, and_(Shoot.batch == shoot.batch, Shoot.cause == shoot.cause))
    row = db.session.execute(
        select(EmailLog, Shoot)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(EmailLog.person_id == person_id, same)
        .order_by((Shoot.id == shoot.id).desc(), Shoot.id.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def judge_groups(choices: Sequence[Choice], place: Place, person_id: int) -> tuple[Group, ...]:
    """Return which groups of an audience a person belongs to now, by one question for all of them.

    Groups that are not there any more, or not for whoever asks, are left out.
    """
    words, asked = [], []
    for choice in choices:
        try:
            segment = SEGMENTS.get(choice.segment)
            people = segment.select_people(choice.settings, place).subquery()
            label = segment.describe(choice.settings, place)
        except PostroomError:
            continue
        words.append(label)
        asked.append(select(literal(1)).where(people.c[0] == person_id).exists())
    if not asked:
        return ()
    answers = db.session.execute(select(*asked)).one()
    return tuple(Group(label, bool(answer)) for label, answer in zip(words, answers, strict=True))

"""Letters that want a person: failed or uncertain ones that nobody has sent again, shoot by shoot.

There is no index on a letter's state: the tallies say which shoots of the last days have such letters and how
many, and letters are read only where a shoot has a single one that can be named.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Boolean, ColumnElement, Integer, and_, cast, func, select, true

from webapp.core.database import db
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.domain.states import EmailState, ShootKind
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.shoot import CHUNK_SIZE, Shoot, ShootTally
from webapp.mail.queries.report import visible_shoots
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.queries.persons import visible_people


@dataclass(frozen=True, slots=True)
class Trouble:
    """Which letters are meant.

    Args:
        state: an ``EmailState``.
        reason: only those with this reason; None is any.
        is_other_reason: or else those with any reason but this one.
    """

    state: EmailState
    reason: str | None = None
    is_other_reason: bool = False

    def of(self, table: type[EmailLog] | type[ShootTally]) -> ColumnElement[bool]:
        """Return the condition for letters, or for the tallies that count them."""
        known: ColumnElement[bool] = true()
        if self.reason is not None:
            given = func.coalesce(table.reason, "")
            known = given != self.reason if self.is_other_reason else given == self.reason
        return and_(table.state == self.state, known)


@dataclass(frozen=True, slots=True)
class TroubledLetter:
    """The one letter of a shoot that is in trouble.

    Args:
        shoot_id, seq: which.
        person_id, name: to whom.
        address: where it went.
        current_address: theirs by now.
        reason, detail: why it failed, and what the other side said.
        settled_at: since when.
        is_known: the person may be seen by whoever asks.
    """

    shoot_id: int
    seq: int
    person_id: int
    name: str | None
    address: str | None
    current_address: str | None
    reason: str | None
    detail: str | None
    settled_at: datetime | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class TroubledShoot:
    """A shoot with letters in trouble.

    Args:
        shoot_id, subject, cause, programme_id, event_id, created_at: of the shoot.
        letter_count: how many are in trouble and were not sent again.
        letter: the letter, where it is one.
    """

    shoot_id: int
    subject: str
    cause: str | None
    programme_id: int | None
    event_id: int | None
    created_at: datetime
    letter_count: int
    letter: TroubledLetter | None


@dataclass(frozen=True, slots=True)
class Troubles:
    """The latest shoots in trouble; ``shoot_count`` counts all of them."""

    shoots: tuple[TroubledShoot, ...]
    shoot_count: int


def _outstanding(trouble: Trouble, since: datetime) -> CTE:
    """Return how many letters of each shoot of the last days are in trouble, whether sent again or not."""
    return (
        select(ShootTally.shoot_id, func.sum(ShootTally.letter_count).label("letters"))
        .join(Shoot, Shoot.id == ShootTally.shoot_id)
        .where(Shoot.created_at > since, ShootTally.letter_count > 0, trouble.of(ShootTally))
        .group_by(ShootTally.shoot_id)
        .cte("outstanding")
        .prefix_with("MATERIALIZED")
    )


def _sent_again(trouble: Trouble, outstanding: CTE) -> CTE:
    """Return how many of those were sent again; a person gets a shoot once, so persons tell them apart."""
    again, copy = Shoot.__table__.alias("again"), EmailLog.__table__.alias("copy")
    return (
        select(again.c.resend_of_id.label("shoot_id"), func.count(EmailLog.seq.distinct()).label("letters"))
        .join_from(again, outstanding, outstanding.c.shoot_id == again.c.resend_of_id)
        .join(copy, copy.c.shoot_id == again.c.id)
        .join(
            EmailLog,
            and_(EmailLog.person_id == copy.c.person_id, EmailLog.shoot_id == again.c.resend_of_id),
        )
        .where(trouble.of(EmailLog))
        .group_by(again.c.resend_of_id)
        .cte("sent_again")
    )


def find_troubles(scope: Scope, trouble: Trouble, since: datetime, limit: int) -> Troubles:
    """Return the shoots with letters in trouble that nobody has sent again, the latest first.

    Args:
        scope: who asks.
        trouble: which letters.
        since: only shoots asked for after this; older failures are history, not something to do.
        limit: how many shoots at most.
    """
    outstanding = _outstanding(trouble, since)
    again = _sent_again(trouble, outstanding)
    left = cast(outstanding.c.letters - func.coalesce(again.c.letters, 0), Integer)
    rows = db.session.execute(
        select(
            Shoot.id,
            LetterVersion.subject,
            Shoot.constants,
            Shoot.cause,
            Shoot.programme_id,
            Shoot.event_id,
            Shoot.created_at,
            left.label("left"),
            func.count().over().label("shoots"),
        )
        .join(outstanding, outstanding.c.shoot_id == Shoot.id)
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .outerjoin(again, again.c.shoot_id == Shoot.id)
        .where(visible_shoots(scope), Shoot.kind != ShootKind.TEST, left > 0)
        .order_by(Shoot.id.desc())
        .limit(limit)
    ).all()
    letters = _find_letters(scope, trouble, [row.id for row in rows if row.left == 1])
    return Troubles(
        tuple(
            TroubledShoot(
                shoot_id=row.id,
                subject=readable_subject(row.subject, row.constants),
                cause=row.cause,
                programme_id=row.programme_id,
                event_id=row.event_id,
                created_at=row.created_at,
                letter_count=row.left,
                letter=letters.get(row.id),
            )
            for row in rows
        ),
        rows[0].shoots if rows else 0,
    )


def _find_letters(scope: Scope, trouble: Trouble, shoot_ids: Collection[int]) -> dict[int, TroubledLetter]:
    """Return the letter in trouble of shoots that have one, by shoot; its chunk alone is read."""
    if not shoot_ids:
        return {}
    again, copy = Shoot.__table__.alias("again"), EmailLog.__table__.alias("copy")
    is_sent_again = (
        select(1)
        .select_from(copy.join(again, again.c.id == copy.c.shoot_id))
        .where(copy.c.person_id == EmailLog.person_id, again.c.resend_of_id == EmailLog.shoot_id)
        .exists()
    )
    columns: tuple[Any, ...] = (
        EmailLog.shoot_id,
        EmailLog.seq,
        EmailLog.person_id,
        EmailLog.name,
        EmailLog.address,
        Person.email,
        EmailLog.reason,
        EmailLog.detail,
        EmailLog.settled_at,
        cast(visible_people(scope), Boolean),
    )
    rows = db.session.execute(
        select(*columns)
        .select_from(ShootTally)
        .join(
            EmailLog,
            and_(
                EmailLog.shoot_id == ShootTally.shoot_id,
                EmailLog.seq >= ShootTally.chunk * CHUNK_SIZE,
                EmailLog.seq < (ShootTally.chunk + 1) * CHUNK_SIZE,
            ),
        )
        .join(Person, Person.id == EmailLog.person_id)
        .where(
            ShootTally.shoot_id.in_(shoot_ids),
            ShootTally.letter_count > 0,
            trouble.of(ShootTally),
            trouble.of(EmailLog),
            func.coalesce(EmailLog.reason, "") == ShootTally.reason,
            ~is_sent_again,
        )
    )
    return {row[0]: TroubledLetter(*row) for row in rows}

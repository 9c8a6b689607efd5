"""Questions about uncertain letters that wait for a decision, found by the tallies: no index knows a letter's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    TEXT,
    BigInteger,
    Integer,
    Select,
    Table,
    TableValuedAlias,
    and_,
    case,
    cast,
    column,
    func,
    insert,
    null,
    select,
    true,
    update,
)

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.move import moving_each
from webapp.mail.domain.report_log import Key
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.domain.states import EMAIL_MACHINE, EmailState, FailReason, ShootKind, UncertainReason
from webapp.mail.domain.uncertain import Chosen
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.shoot import CHUNK_SIZE, Shoot, ShootTally
from webapp.mail.queries.evidence import DoubtfulLetter
from webapp.mail.queries.report import visible_shoots
from webapp.mail.queries.schedule import get_shoot
from webapp.people.domain.scope import Scope

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


@dataclass(frozen=True, slots=True)
class DoubtfulShoot:
    """A shoot with letters that wait for a decision, and how many."""

    shoot_id: int
    subject: str
    letter_count: int


def find_doubtful_shoots(scope: Scope, limit: int = 20) -> tuple[list[DoubtfulShoot], int, int]:
    """Return the shoots with letters that wait for a decision, newest first; tests are left out.

    Args:
        scope: who asks.
        limit: how many shoots at most.

    Returns:
        The shoots, how many there are in all, and how many letters.
    """
    waiting = (
        select(ShootTally.shoot_id, func.sum(ShootTally.letter_count).label("letters"))
        .where(_waiting_tallies())
        .group_by(ShootTally.shoot_id)
        .cte("waiting")
        .prefix_with("MATERIALIZED")
    )
    rows = db.session.execute(
        select(
            Shoot.id,
            LetterVersion.subject,
            Shoot.constants,
            cast(waiting.c.letters, Integer),
            func.count().over(),
            cast(func.sum(waiting.c.letters).over(), Integer),
        )
        .join(waiting, waiting.c.shoot_id == Shoot.id)
        .join(LetterVersion, LetterVersion.id == Shoot.letter_version_id)
        .where(visible_shoots(scope), Shoot.kind != ShootKind.TEST)
        .order_by(Shoot.id.desc())
        .limit(limit)
    ).all()
    shoots = [DoubtfulShoot(row[0], readable_subject(row[1], row[2]), row[3]) for row in rows]
    return shoots, rows[0][4] if rows else 0, rows[0][5] if rows else 0


def _waiting_tallies() -> Any:
    """Return the condition for tallies of letters about which nobody has decided."""
    return and_(
        ShootTally.state == EmailState.UNCERTAIN, ShootTally.reason == "", ShootTally.letter_count > 0
    )


def _letters() -> Select[*tuple[Any, ...]]:
    """Return the query for letters that wait for a decision, in the order of the log; narrow it before use."""
    at = func.coalesce(EmailLog.handed_at, EmailLog.settled_at, Shoot.created_at)
    return (
        select(
            EmailLog.shoot_id,
            EmailLog.seq,
            EmailLog.person_id,
            EmailLog.name,
            EmailLog.address,
            EmailLog.detail,
            at,
            EmailLog.settled_at,
            Shoot.programme_id,
            Shoot.event_id,
            Shoot.cause,
            Shoot.kind,
        )
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(EmailLog.state == EmailState.UNCERTAIN, EmailLog.reason.is_(None))
        .order_by(EmailLog.shoot_id.desc(), EmailLog.seq.desc())
    )


def find_doubtful(scope: Scope, chosen: Chosen) -> list[DoubtfulLetter]:
    """Return the letters that are meant and still wait for a decision, newest shoot first.

    Args:
        scope: who asks.
        chosen: which; named ones that somebody has decided meanwhile are left out.

    Raises:
        NotFoundError: the shoot, or one of the letters' shoots, is not there or not for this member of staff.
    """
    if chosen.shoot_id is not None:
        get_shoot(scope, chosen.shoot_id)
        chunks = select(ShootTally.chunk).where(ShootTally.shoot_id == chosen.shoot_id, _waiting_tallies())
        ranges = chunks.subquery("ranges")
        query = (
            _letters()
            .join(ranges, true())
            .where(
                EmailLog.shoot_id == chosen.shoot_id,
                EmailLog.seq >= ranges.c.chunk * CHUNK_SIZE,
                EmailLog.seq < (ranges.c.chunk + 1) * CHUNK_SIZE,
            )
        )
    else:
        if not chosen.keys:
            return []
        wanted = {key.shoot_id for key in chosen.keys}
        seen = db.session.scalars(select(Shoot.id).where(Shoot.id.in_(wanted), visible_shoots(scope))).all()
        if wanted - set(seen):
            raise NotFoundError("There is no such letter.")
        frame = _frame(chosen.keys)
        query = _letters().join(
            frame, and_(frame.c.shoot_id == EmailLog.shoot_id, frame.c.seq == EmailLog.seq)
        )
    return [DoubtfulLetter(*row) for row in db.session.execute(query)]


def _frame(keys: Sequence[Key], **texts: Sequence[str]) -> TableValuedAlias:
    """Return keys as rows to join with, each with texts beside it, in the order of the log's primary key."""
    return (
        func.unnest(
            cast([key.shoot_id for key in keys], ARRAY(BigInteger)),
            cast([key.seq for key in keys], ARRAY(Integer)),
            *(cast(list(values), ARRAY(TEXT)) for values in texts.values()),
        )
        .table_valued(
            column("shoot_id", BigInteger),
            column("seq", Integer),
            *(column(name, TEXT) for name in texts),
        )
        .render_derived(name="frame")
    )


def mark_decided(keys: Sequence[Key], reason: UncertainReason) -> list[Key]:
    """Write down what was decided about uncertain letters; they stay uncertain.

    A letter is locked and looked at anew, so of two who decide at once only one finds it.

    Args:
        keys: which.
        reason: what was decided; one that was sent again is never called left again.

    Returns:
        Those that were written, in order.
    """
    if not keys:
        return []
    frame = _frame(sorted(keys))
    before = [""] if reason == UncertainReason.LEFT else ["", UncertainReason.LEFT.value]
    rows = db.session.execute(
        update(_emails)
        .where(_emails.c.shoot_id == frame.c.shoot_id, _emails.c.seq == frame.c.seq)
        .where(_emails.c.state == EmailState.UNCERTAIN, func.coalesce(_emails.c.reason, "").in_(before))
        .values(reason=reason.value)
        .returning(_emails.c.shoot_id, _emails.c.seq)
    )
    return sorted(Key(*row) for row in rows)


def settle_doubts(keys: Sequence[Key], states: Sequence[EmailState], words: Sequence[str]) -> list[Key]:
    """Move uncertain letters to what became of them after all, whatever was decided about them before.

    Args:
        keys: which.
        states: for each the new state.
        words: for each what tells so; it stands at a letter that failed.

    Returns:
        Those that were moved, in order; one that is no longer uncertain is left as it is.
    """
    if not keys:
        return []
    frame = _frame(keys, state=[state.value for state in states], words=words)
    failed = frame.c.state == EmailState.FAILED
    rows = db.session.execute(
        moving_each(
            _emails,
            EMAIL_MACHINE,
            frame,
            and_(
                _emails.c.shoot_id == frame.c.shoot_id,
                _emails.c.seq == frame.c.seq,
                _emails.c.state == EmailState.UNCERTAIN,
            ),
            reason=case((failed, FailReason.ADDRESS.value), else_=null()),
            detail=case((failed, frame.c.words), else_=_emails.c.detail),
        ).returning(_emails.c.shoot_id, _emails.c.seq)
    )
    return sorted(Key(*row) for row in rows)


def write_events(keys: Sequence[Key], event_type: str, details: Sequence[str]) -> None:
    """Write into the history of letters what was done about each."""
    frame = _frame(keys, detail=details)
    rows = select(frame.c.shoot_id, frame.c.seq, cast(event_type, TEXT), frame.c.detail)
    db.session.execute(insert(EmailEvent).from_select(["shoot_id", "seq", "type", "detail"], rows))

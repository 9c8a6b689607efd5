"""Questions about opt-outs: whose letter a link came in, what is stored, and what staff may see of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.people.queries.persons import matching_people, visible_people
from webapp.people.queries.scope import within

PAGE_SIZE = 50  # rows of a list


@dataclass(frozen=True, slots=True)
class LetterPlace:
    """The letter that a link came in: to whom, and about what.

    Args:
        shoot_id, seq: the letter.
        person_id: to whom.
        address: where it went; None when that is not known any more.
        kind: a ``ShootKind``.
        programme_id, event_id: what it was about, each where there is one.
        sender: display name and address it came from.
        handed_at: when it was handed over, None while it was not.
    """

    shoot_id: int
    seq: int
    person_id: int
    address: str | None
    kind: str
    programme_id: int | None
    event_id: int | None
    sender: tuple[str, str]
    handed_at: datetime | None

    @property
    def offers(self) -> tuple[OptOutScope, ...]:
        """Return the scopes that make sense for this letter, the narrowest first."""
        return tuple(
            scope
            for scope, is_there in (
                (OptOutScope.EVENT, self.event_id is not None),
                (OptOutScope.PROGRAMME, self.programme_id is not None),
                (OptOutScope.ALL, True),
            )
            if is_there
        )

    def place_of(self, scope: OptOutScope) -> tuple[int | None, int | None]:
        """Return the (programme, event) that a wish of this scope names."""
        return {
            OptOutScope.EVENT: (self.programme_id, self.event_id),
            OptOutScope.PROGRAMME: (self.programme_id, None),
            OptOutScope.ALL: (None, None),
        }[scope]


def find_letter_place(shoot_id: int, seq: int) -> LetterPlace | None:
    """Return the letter of a reference, or None when its row is gone."""
    row = db.session.execute(
        select(
            EmailLog.person_id,
            EmailLog.address,
            EmailLog.handed_at,
            Shoot.kind,
            Shoot.programme_id,
            Shoot.event_id,
            Shoot.sender_line,
        )
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(EmailLog.shoot_id == shoot_id, EmailLog.seq == seq)
    ).one_or_none()
    if row is None:
        return None
    line = row.sender_line
    return LetterPlace(
        shoot_id=shoot_id,
        seq=seq,
        person_id=row.person_id,
        address=row.address,
        kind=row.kind,
        programme_id=row.programme_id,
        event_id=row.event_id,
        sender=(line.get("display_name", ""), line.get("address", "")),
        handed_at=row.handed_at,
    )


def same_wish(
    person_id: int, scope: str, programme_id: int | None, event_id: int | None
) -> ColumnElement[bool]:
    """Return the condition for a stored wish of a person about a place."""
    # An event's wish is found by the event alone, wherever the event may have been moved since.
    if scope == OptOutScope.EVENT:
        place = OptOut.event_id == event_id
    elif scope == OptOutScope.PROGRAMME:
        place = OptOut.programme_id == programme_id
    else:
        place = OptOut.programme_id.is_(None)
    return and_(OptOut.person_id == person_id, OptOut.scope == scope, place)


def find_wishes(letter: LetterPlace) -> dict[OptOutScope, datetime]:
    """Return what the letter's recipient does not want, by scope, with since when.

    Only scopes that the letter offers: what somebody said about another event is not told.
    """
    rows = db.session.execute(
        select(OptOut.scope, OptOut.created_at).where(
            or_(*(same_wish(letter.person_id, scope, *letter.place_of(scope)) for scope in letter.offers))
        )
    ).all()
    return {OptOutScope(row.scope): row.created_at for row in rows}


def visible_opt_outs(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for wishes that may be seen.

    Those about one's own places; wider ones, which explain why a letter of one's own was not sent, only of
    people who belong there.
    """
    own = within(scope, OptOut.programme_id, OptOut.event_id)
    if scope.is_administrator:
        return own
    belongs = (
        select(1)
        .where(
            Membership.person_id == OptOut.person_id,
            within(scope, Membership.programme_id, Membership.event_id),
            or_(
                OptOut.scope == OptOutScope.ALL,
                and_(OptOut.scope == OptOutScope.PROGRAMME, OptOut.programme_id == Membership.programme_id),
            ),
        )
        .correlate_except(Membership)
        .exists()
    )
    return or_(own, belongs)


@dataclass(frozen=True, slots=True)
class OptOutRow:
    """One wish, as a list shows it."""

    id: int
    person_id: int
    name: str
    address: str | None
    scope: OptOutScope
    programme_id: int | None
    event_id: int | None
    source: str
    shoot_id: int | None
    seq: int | None
    created_at: datetime

    def may_withdraw(self, scope: Scope) -> bool:
        """Say whether a member of staff may take the wish back: who answers for all that it silences."""
        if self.scope == OptOutScope.EVENT:
            return scope.sees(self.programme_id, self.event_id)
        if self.scope == OptOutScope.PROGRAMME:
            return scope.sees_programme(self.programme_id)
        return scope.is_administrator


def _read(row: Row[*tuple[Any, ...]]) -> OptOutRow:
    """Return a row of the database as a row of the list."""
    return OptOutRow(
        id=row.id,
        person_id=row.person_id,
        name=row.name,
        address=row.email,
        scope=OptOutScope(row.scope),
        programme_id=row.programme_id,
        event_id=row.event_id,
        source=row.source,
        shoot_id=row.shoot_id,
        seq=row.seq,
        created_at=row.created_at,
    )


_ROW = (
    OptOut.id,
    OptOut.person_id,
    Person.name,
    Person.email,
    OptOut.scope,
    OptOut.programme_id,
    OptOut.event_id,
    OptOut.source,
    OptOut.shoot_id,
    OptOut.seq,
    OptOut.created_at,
)


def page_opt_outs(
    scope: Scope, *, text: str = "", kind: str = "", before_id: int | None = None, limit: int = PAGE_SIZE
) -> list[OptOutRow]:
    """Return wishes, the latest first.

    Args:
        scope: who asks.
        text: a part of a name or address.
        kind: only this ``OptOutScope``; "" for all.
        before_id: only those older than this one, for the next page.
        limit: how many at most.
    """
    query = select(*_ROW).join(Person, Person.id == OptOut.person_id).where(visible_opt_outs(scope))
    if kind:
        query = query.where(OptOut.scope == kind)
    if before_id is not None:
        query = query.where(OptOut.id < before_id)
    if text:
        query = query.where(matching_people(text))
    return [_read(row) for row in db.session.execute(query.order_by(OptOut.id.desc()).limit(limit))]


def get_opt_out(scope: Scope, opt_out_id: int) -> OptOutRow:
    """Return one wish.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    row = db.session.execute(
        select(*_ROW)
        .join(Person, Person.id == OptOut.person_id)
        .where(OptOut.id == opt_out_id, visible_opt_outs(scope))
    ).one_or_none()
    if row is None:
        raise NotFoundError("There is no such opt-out, or it was taken back in the meantime.")
    return _read(row)


def find_own_person(scope: Scope, address: str) -> int | None:
    """Return the id of the person with a normalised address, None when nobody of theirs has it."""
    return db.session.scalar(select(Person.id).where(Person.email == address, visible_people(scope)))

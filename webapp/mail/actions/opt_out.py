"""Say stop, and take it back: by the link in a letter, or by staff on somebody's behalf."""

from enum import StrEnum

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailEvent
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.mail.queries.opt_out import (
    LetterPlace,
    find_letter_place,
    find_own_person,
    get_opt_out,
    same_wish,
)
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person

REASON_LIMIT = 300  # characters


class Source(StrEnum):
    """By what a wish was said."""

    PAGE = "page"
    ONE_CLICK = "one_click"
    STAFF = "staff"


def opt_out(*, shoot_id: int, seq: int, wish: OptOutScope | None = None, source: Source) -> OptOutScope:
    """Store that the recipient of a letter wants no more of its kind; letters not handed over yet obey it.

    Args:
        shoot_id, seq: the letter whose link was used, from its reference.
        wish: how much; None is the narrowest that the letter's List-Id names (RFC 8058).
        source: by what.

    Returns:
        The scope that is stored now. Storing it twice, also at once, is storing it once.

    Raises:
        NotFoundError: the letter's row is gone.
        StaffError: this letter does not offer that scope.
    """
    with transaction():
        letter, wish = _offered(shoot_id, seq, wish)
        programme_id, event_id = letter.place_of(wish)
        stored = _store(
            letter.person_id, wish, programme_id, event_id, source=source, shoot_id=shoot_id, seq=seq
        )
        if stored is not None:
            _note(letter, "opted_out", wish, source)
            record(
                "opt_out.stored",
                "opt_out",
                stored,
                actor_id=None,
                programme_id=programme_id,
                event_id=event_id,
                person_id=letter.person_id,
                scope=wish.value,
                source=source.value,
            )
        return wish


def undo_opt_out(*, shoot_id: int, seq: int, wish: OptOutScope) -> bool:
    """Take back a wish of a letter's recipient, whichever letter it was said from.

    Args:
        shoot_id, seq: the letter whose link was used now.
        wish: which one; a scope that this letter offers.

    Returns:
        Whether there was something to take back.

    Raises:
        NotFoundError: the letter's row is gone.
        StaffError: this letter does not offer that scope.
    """
    with transaction() as session:
        letter, wish = _offered(shoot_id, seq, wish)
        programme_id, event_id = letter.place_of(wish)
        gone = session.scalars(
            delete(OptOut)
            .where(same_wish(letter.person_id, wish, programme_id, event_id))
            .returning(OptOut.id)
        ).all()
        for opt_out_id in gone:
            _note(letter, "opt_out_undone", wish, Source.PAGE)
            record(
                "opt_out.undone",
                "opt_out",
                opt_out_id,
                actor_id=None,
                programme_id=programme_id,
                event_id=event_id,
                person_id=letter.person_id,
                scope=wish.value,
                source=Source.PAGE.value,
            )
        return bool(gone)


def enter_opt_out(
    *,
    scope: Scope,
    address: str,
    wish: OptOutScope,
    programme_id: int | None,
    event_id: int | None,
    reason: str,
) -> bool:
    """Store a wish that somebody told staff by another way than a link.

    Args:
        scope: who enters it.
        address: whose, as it was typed.
        wish: how much.
        programme_id, event_id: about what; an event's with its programme.
        reason: how it was said; stands in the audit trail.

    Returns:
        Whether it is new; False when the same was stored before.

    Raises:
        StaffError: there is no reason, or nobody of theirs has the address.
        ForbiddenError: the place is not theirs.
    """
    reason = _need(reason)
    _require_place(scope, wish, programme_id, event_id)
    programme_id = None if wish == OptOutScope.ALL else programme_id
    event_id = event_id if wish == OptOutScope.EVENT else None
    with transaction():
        person_id = _own_person(scope, address)
        stored = _store(person_id, wish, programme_id, event_id, source=Source.STAFF)
        if stored is not None:
            record(
                "opt_out.stored",
                "opt_out",
                stored,
                actor_id=scope.user_id,
                programme_id=programme_id,
                event_id=event_id,
                person_id=person_id,
                scope=wish.value,
                source=Source.STAFF.value,
                reason=reason,
            )
        return stored is not None


def withdraw_opt_out(*, scope: Scope, opt_out_id: int, reason: str) -> None:
    """Take back a wish because its person asked staff to.

    Raises:
        NotFoundError: there is no such wish, or not for this member of staff.
        ForbiddenError: it silences more than they answer for.
        StaffError: there is no reason.
    """
    with transaction() as session:
        row = get_opt_out(scope, opt_out_id)
        if not row.may_withdraw(scope):
            raise ForbiddenError(
                "This opt-out reaches beyond your events. The person can undo it with the link in any letter;"
                " else ask an administrator."
            )
        reason = _need(reason)
        gone = session.scalar(delete(OptOut).where(OptOut.id == row.id).returning(OptOut.id))
        if gone is None:
            raise NotFoundError("This opt-out was taken back by somebody else in the meantime.")
        if row.shoot_id is not None and row.seq is not None:
            _write_note(row.shoot_id, row.seq, "opt_out_undone", row.scope, Source.STAFF)
        record(
            "opt_out.undone",
            "opt_out",
            row.id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
            event_id=row.event_id,
            person_id=row.person_id,
            scope=row.scope.value,
            source=Source.STAFF.value,
            reason=reason,
        )


def _require_place(scope: Scope, wish: OptOutScope, programme_id: int | None, event_id: int | None) -> None:
    """Refuse a wish about a place of others; *everything* may be entered by whoever was told."""
    if wish == OptOutScope.EVENT and (event_id is None or not scope.sees(programme_id, event_id)):
        raise ForbiddenError("You may enter opt-outs for your own events only.")
    if wish == OptOutScope.PROGRAMME and (programme_id is None or not scope.sees_programme(programme_id)):
        raise ForbiddenError("You may enter opt-outs for your own programmes only.")


def _offered(shoot_id: int, seq: int, wish: OptOutScope | None) -> tuple[LetterPlace, OptOutScope]:
    """Return the letter and a scope that it offers."""
    letter = find_letter_place(shoot_id, seq)
    if letter is None:
        raise NotFoundError("The letter that this link came in is not kept any more.")
    wish = wish or letter.offers[0]
    if wish not in letter.offers:
        raise StaffError("This letter does not offer that choice. Use one of the buttons on the page.")
    return letter, wish


def _store(
    person_id: int,
    wish: OptOutScope,
    programme_id: int | None,
    event_id: int | None,
    *,
    source: Source,
    shoot_id: int | None = None,
    seq: int | None = None,
) -> int | None:
    """Store a wish and return its id, or None when it is stored already or its person is gone."""
    columns = ("person_id", "scope", "programme_id", "event_id", "source", "shoot_id", "seq")
    values = (wish.value, programme_id, event_id, source.value, shoot_id, seq)
    types = [OptOut.__table__.c[name].type for name in columns[1:]]
    row = select(
        Person.id, *(literal(value, type_) for value, type_ in zip(values, types, strict=True))
    ).where(Person.id == person_id)
    return db.session.scalar(
        insert(OptOut).from_select(columns, row).on_conflict_do_nothing().returning(OptOut.id)
    )


_SAID = {
    OptOutScope.EVENT: "letters about this event",
    OptOutScope.PROGRAMME: "all letters of this programme",
    OptOutScope.ALL: "everything that is not essential",
}
_BY = {
    Source.PAGE: "on the page",
    Source.ONE_CLICK: "by one click in their mailbox",
    Source.STAFF: "by staff",
}


def _note(letter: LetterPlace, type_: str, wish: OptOutScope, source: Source) -> None:
    """Write into the letter's history what was said by its link."""
    _write_note(letter.shoot_id, letter.seq, type_, wish, source)


def _write_note(shoot_id: int, seq: int, type_: str, wish: OptOutScope, source: Source) -> None:
    db.session.add(EmailEvent(shoot_id=shoot_id, seq=seq, type=type_, detail=f"{_SAID[wish]}, {_BY[source]}"))


def _own_person(scope: Scope, text: str) -> int:
    """Return who has a typed address, among the people of a member of staff; a fault is put at its field."""
    try:
        address = normalise_address(text)
    except StaffError as error:
        raise StaffError(error.message, field="address") from error
    person_id = find_own_person(scope, address)
    if person_id is None:
        raise StaffError(
            "Nobody of your people has this address, so no letter of yours can go there. Check the spelling.",
            field="address",
        )
    return person_id


def _need(reason: str) -> str:
    """Return a reason, which may not be missing."""
    reason = normalise_name(reason)  # one line, without what no page can show
    if not reason:
        raise StaffError("Say how they told you, for example “by phone on Monday”.", field="reason")
    if len(reason) > REASON_LIMIT:
        raise StaffError(f"Keep it below {REASON_LIMIT} characters.", field="reason")
    return reason

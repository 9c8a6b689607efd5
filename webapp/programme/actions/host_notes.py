"""What support says of an application to host, whose it is to look at, and warnings about organizers."""

from datetime import datetime

from sqlalchemy import or_, select

from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.people.domain.scope import Scope
from webapp.people.models.user import Grant, Role, User
from webapp.people.queries.persons import get_person
from webapp.programme.models.activity import write_activity
from webapp.programme.models.host_application import OrganizerFlag
from webapp.programme.queries.host import get_host_application

LONGEST_COMMENT = 5_000  # characters
FLAG_KINDS = ("blocked", "watch")


def comment_host(*, scope: Scope, application_id: int, comment: str) -> None:
    """Add internal words to the history of an application; they are never changed, only followed by others.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: nothing was written, or too much.
    """
    words = _read_words(comment, "comment")
    with transaction():
        row = get_host_application(scope, application_id)
        write_activity(
            "comment",
            "host_application",
            row.id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
            comment=words,
        )


def assign_host(*, scope: Scope, application_id: int, user_id: int | None) -> None:
    """Say who of support looks at an application; None is nobody.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: they are not support of its programme.
    """
    with transaction() as session:
        row = get_host_application(scope, application_id, for_update=True)
        if user_id is not None and user_id not in {one.id for one in find_assignees(row.programme_id)}:
            raise StaffError("Choose somebody of the programme's support.", field="assigned_to")
        if row.assigned_to_id == user_id:
            return
        row.assigned_to_id = user_id
        session.flush()
        write_activity(
            "host.assigned",
            "host_application",
            row.id,
            actor_id=scope.user_id,
            programme_id=row.programme_id,
            assigned_to_id=user_id,
        )


def find_assignees(programme_id: int) -> list[User]:
    """Return who may look at applications of a programme: its support, and administrators."""
    with transaction() as session:
        is_support = (Grant.role == Role.SUPPORT) & (Grant.programme_id == programme_id)
        chosen = select(Grant.user_id).where(or_(Grant.role == Role.ADMINISTRATOR, is_support))
        return list(
            session.scalars(select(User).where(User.active, User.id.in_(chosen)).order_by(User.email))
        )


def set_organizer_flag(*, scope: Scope, person_id: int, kind: str, reason: str) -> int:
    """Warn colleagues of somebody; it refuses nobody.

    Args:
        scope: who warns; support that sees the person, or an administrator.
        person_id: of whom.
        kind: ``blocked`` (accepting asks whether it was seen) or ``watch``.
        reason: in words.

    Returns:
        The flag's id.

    Raises:
        NotFoundError: the person is not for this member of staff.
        StaffError: no reason was given.
        ConflictError: there is such a flag already.
    """
    words = _read_words(reason, "reason")
    if kind not in FLAG_KINDS:
        raise StaffError("Choose blocked or watch.", field="kind")
    with transaction() as session:
        _require_support(scope)
        person = get_person(scope, person_id, for_update=True)
        there = session.scalar(
            select(OrganizerFlag.id).where(
                OrganizerFlag.person_id == person.id,
                OrganizerFlag.kind == kind,
                OrganizerFlag.cleared_at.is_(None),
            )
        )
        if there is not None:
            raise ConflictError("There is such a warning already. Clear it before you write another.")
        flag = OrganizerFlag(person_id=person.id, kind=kind, reason=words, set_by_id=scope.user_id)
        session.add(flag)
        session.flush()
        write_activity(
            "flag.set",
            "person",
            person.id,
            actor_id=scope.user_id,
            programme_id=None,
            after=kind,
            comment=words,
        )
        return flag.id


def clear_organizer_flag(*, scope: Scope, flag_id: int, reason: str, now: datetime) -> None:
    """Take a warning back, with the reason; it stays in the history.

    Raises:
        NotFoundError: there is none, it is cleared already, or the person is not for this member of staff.
        StaffError: no reason was given.
    """
    words = _read_words(reason, "reason")
    with transaction() as session:
        _require_support(scope)
        flag = session.get(OrganizerFlag, flag_id, with_for_update=True)
        if flag is None or flag.cleared_at is not None:
            raise NotFoundError("There is no such warning any more.")
        get_person(scope, flag.person_id)
        flag.cleared_at = now
        session.flush()
        write_activity(
            "flag.cleared",
            "person",
            flag.person_id,
            actor_id=scope.user_id,
            programme_id=None,
            before=flag.kind,
            comment=words,
        )


def _require_support(scope: Scope) -> None:
    """Refuse organizers: a warning about somebody is not for those who may be warned of."""
    if not (scope.is_administrator or scope.programme_ids):
        raise NotFoundError("There is no such person, or they are not yours to see.")


def _read_words(text: str, field: str) -> str:
    words = text.strip()
    if not words:
        raise StaffError("Write something; your colleagues will ask why.", field=field)
    if len(words) > LONGEST_COMMENT:
        raise StaffError(f"At most {LONGEST_COMMENT} characters, please.", field=field)
    return words

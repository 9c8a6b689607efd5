"""Questions about members of staff: whom to ask, and who is left to give roles."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.models.user import Grant, Role, User


def find_people_who_send(programme_id: int | None, event_id: int | None, limit: int = 5) -> list[User]:
    """Return who may send letters of a place, those nearest to it first.

    Args:
        programme_id: the letter's programme, if any.
        event_id: the letter's event, if any.
        limit: how many at most; nobody asks more.
    """
    places = [Grant.role == Role.ADMINISTRATOR]
    if programme_id is not None:
        places.append(and_(Grant.role == Role.SUPPORT, Grant.programme_id == programme_id, Grant.may_send))
    if event_id is not None:
        places.append(and_(Grant.role == Role.ORGANIZER, Grant.event_id == event_id, Grant.may_send))
    rows = db.session.execute(
        select(User, Grant.role).join(Grant, Grant.user_id == User.id).where(User.active, or_(*places))
    ).all()
    near = {Role.ORGANIZER: 0, Role.SUPPORT: 1, Role.ADMINISTRATOR: 2}
    ordered = sorted(rows, key=lambda row: (near[Role(row[1])], row[0].email))
    return list(dict.fromkeys(user for user, _ in ordered))[:limit]


def get_account(user_id: int) -> User:
    """Return a staff account, held until the transaction ends.

    Raises:
        NotFoundError: there is none.
    """
    user: User | None = db.session.scalar(
        select(User)
        .options(joinedload(User.person))
        .where(User.id == user_id)
        .with_for_update(of=User)
        .execution_options(populate_existing=True)
    )
    if user is None:
        raise NotFoundError("There is no such member of staff.")
    return user


def get_grant(user_id: int, grant_id: int) -> Grant:
    """Return one role of a member of staff.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    grant = db.session.scalar(
        select(Grant).where(Grant.id == grant_id, Grant.user_id == user_id).with_for_update()
    )
    if grant is None:
        raise NotFoundError("There is no such role. Perhaps somebody has taken it away already.")
    return grant


def hold_administrators() -> None:
    """Let only one transaction at a time decide about who is an administrator."""
    db.session.execute(
        select(Grant.id).where(Grant.role == Role.ADMINISTRATOR).order_by(Grant.id).with_for_update()
    ).all()


def has_other_administrator(user_id: int) -> bool:
    """Say whether somebody beside this member of staff is an administrator who can sign in."""
    query = (
        select(Grant.id)
        .join(User, User.id == Grant.user_id)
        .where(Grant.role == Role.ADMINISTRATOR, Grant.user_id != user_id, User.active)
        .limit(1)
    )
    return db.session.scalar(query) is not None

"""Questions about members of staff: whom to ask."""

from sqlalchemy import and_, or_, select

from webapp.core.database import db
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

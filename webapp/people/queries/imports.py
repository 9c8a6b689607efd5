"""Questions about imports of people, within what the asker may see."""

from sqlalchemy import ColumnElement, or_, select

from webapp.core.database import db
from webapp.people.domain.scope import Scope
from webapp.people.models.people_import import PeopleImport
from webapp.people.queries.scope import within


def visible_imports(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for imports that may be seen: those of one's places, and one's own."""
    return or_(
        within(scope, PeopleImport.programme_id, PeopleImport.event_id),
        PeopleImport.created_by_id == scope.user_id,
    )


def find_import(scope: Scope, import_id: int) -> PeopleImport | None:
    """Return one import, or None when there is none that may be seen."""
    return db.session.scalar(select(PeopleImport).where(PeopleImport.id == import_id, visible_imports(scope)))


def find_last_import(scope: Scope, event_id: int | None = None) -> PeopleImport | None:
    """Return the newest import that may be seen, of one event if it is named."""
    query = select(PeopleImport).where(visible_imports(scope)).order_by(PeopleImport.id.desc()).limit(1)
    if event_id is not None:
        query = query.where(PeopleImport.event_id == event_id)
    return db.session.scalar(query)


def find_recent_imports(scope: Scope, limit: int = 50) -> list[PeopleImport]:
    """Return the newest imports that may be seen, the latest first."""
    return list(
        db.session.scalars(
            select(PeopleImport).where(visible_imports(scope)).order_by(PeopleImport.id.desc()).limit(limit)
        )
    )

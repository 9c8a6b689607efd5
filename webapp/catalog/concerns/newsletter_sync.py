"""Concern: newsletters that are no longer in step with the other service on which they live."""

from datetime import datetime

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.subscription_states import RemoteState
from webapp.programme.models.newsletter import NewsletterList


@register_concern
class NewsletterSync(ConcernKind):
    """Lists whose last sync failed."""

    name = "newsletter_sync"
    label = "Newsletters out of step"
    rank = 45

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the lists."""
        rows = db.session.execute(
            select(
                NewsletterList.id,
                NewsletterList.name,
                NewsletterList.remote_error,
                NewsletterList.remote_at,
                NewsletterList.programme_id,
                func.count().over().label("total"),
            )
            .where(
                within(scope, NewsletterList.programme_id),
                NewsletterList.remote_state == RemoteState.FAILED,
                NewsletterList.is_archived.is_(False),
            )
            .order_by(NewsletterList.name, NewsletterList.id)
            .limit(limit)
        ).all()
        concerns = tuple(
            Concern(
                title=row.name,
                words=row.remote_error or "The last sync failed. An opt-out there may not be known here.",
                action="Sync again",
                way=Way("newsletters.show", {"list_id": row.id}),
                programme_id=row.programme_id,
                since=row.remote_at,
            )
            for row in rows
        )
        return Found(concerns, rows[0].total if rows else 0, Way("newsletters.index"))

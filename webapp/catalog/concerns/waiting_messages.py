"""Concern: visitors' messages that were stored and reached nobody."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.programme.domain.contact_states import ContactState
from webapp.programme.models.contact import ContactMessage
from webapp.programme.queries.contact import visible_messages

PATIENCE = timedelta(minutes=15)  # it is tried again by itself every minute


@register_concern
class WaitingMessages(ConcernKind):
    """Messages whose letter could not be written for a while."""

    name = "waiting_messages"
    label = "Messages that reached nobody"
    rank = 41

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return those that wait longest."""
        rows = db.session.execute(
            select(
                ContactMessage.id,
                ContactMessage.name,
                ContactMessage.subject,
                ContactMessage.created_at,
                ContactMessage.programme_id,
                ContactMessage.event_id,
                func.count().over().label("total"),
            )
            .where(
                visible_messages(scope),
                ContactMessage.state == ContactState.RECEIVED,
                ContactMessage.created_at < now - PATIENCE,
            )
            .order_by(ContactMessage.id)
            .limit(limit)
        ).all()
        concerns = tuple(
            Concern(
                title=row.subject or f"A message from {row.name}",
                words=f"{row.name} wrote, and it could not be passed on: nobody has read it.",
                action="Answer",
                way=Way("messages.show", {"message_id": row.id}),
                programme_id=row.programme_id,
                event_id=row.event_id,
                since=row.created_at,
            )
            for row in rows
        )
        return Found(
            concerns, rows[0].total if rows else 0, Way("messages.index", {"state": ContactState.RECEIVED})
        )

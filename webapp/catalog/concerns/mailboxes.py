"""Concern: mailboxes that could not be made, or a step with one that was given up."""

from datetime import datetime

from sqlalchemy import func, or_, select

from webapp.core.database import db
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.mailbox_states import MailboxState, StepState
from webapp.programme.models.mailbox import Mailbox, MailboxStep


@register_concern
class Mailboxes(ConcernKind):
    """Mailboxes of one's programmes that a person has to look at."""

    name = "mailboxes"
    label = "Mailboxes"
    rank = 13

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return them, the latest first."""
        has_failed_step = (
            select(1)
            .where(MailboxStep.mailbox_id == Mailbox.id, MailboxStep.state == StepState.FAILED)
            .exists()
        )
        rows = db.session.execute(
            select(
                Mailbox.id,
                Mailbox.address,
                Mailbox.last_error,
                Mailbox.created_at,
                Mailbox.programme_id,
                Mailbox.event_id,
                func.count().over().label("total"),
            )
            .where(
                within(scope, Mailbox.programme_id),
                or_(Mailbox.state == MailboxState.FAILED, has_failed_step),
            )
            .order_by(Mailbox.id.desc())
            .limit(limit)
        ).all()
        concerns = tuple(
            Concern(
                title=row.address,
                words=row.last_error or "Its last step failed and was given up.",
                action="Retry",
                way=Way("mailboxes.show", {"mailbox_id": row.id}),
                programme_id=row.programme_id,
                event_id=row.event_id,
                since=row.created_at,
            )
            for row in rows
        )
        return Found(concerns, rows[0].total if rows else 0, Way("mailboxes.index"))

"""Concern: applications to host about which nobody has done anything for longer than their programme allows."""

from datetime import datetime

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Programme
from webapp.programme.queries.host import is_waiting_long, visible_hosts


@register_concern
class WaitingHosts(ConcernKind):
    """Open applications that have waited too long, the longest first."""

    name = "waiting_hosts"
    label = "Applications to host that wait"
    rank = 40

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return those that wait longest."""
        rows = db.session.execute(
            select(
                HostApplication.id,
                HostApplication.reference,
                HostApplication.city,
                HostApplication.state_at,
                HostApplication.programme_id,
                Programme.waiting_days,
                func.count().over().label("total"),
            )
            .join(Programme, Programme.id == HostApplication.programme_id)
            .where(visible_hosts(scope), is_waiting_long(now))
            .order_by(HostApplication.state_at, HostApplication.id)
            .limit(limit)
        ).all()
        concerns = tuple(
            Concern(
                title=f"{row.reference}: {row.city}",
                words=f"Nothing was done about it for {(now - row.state_at).days} days;"
                f" {row.waiting_days} are allowed.",
                action="Decide",
                way=Way("host_application.show", {"host_id": row.id}),
                programme_id=row.programme_id,
            )
            for row in rows
        )
        return Found(concerns, rows[0].total if rows else 0, Way("host_applications.index", {"waiting": 1}))

"""The statements of syncing a list with another service: claim one, what to tell there."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from webapp.core.database import db
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.people.models.person import Person
from webapp.programme.domain.subscription_states import RemoteState, SubscriptionState
from webapp.programme.models.newsletter import NewsletterList, Subscription

LEASE = timedelta(minutes=3)  # longer than a batch takes; judged by the database's clock


def _is_due() -> ColumnElement[bool]:
    due_now = NewsletterList.remote_next_at <= func.now()
    state = NewsletterList.remote_state
    return and_(
        NewsletterList.is_archived.is_(False),
        or_(
            state == RemoteState.DUE,
            and_(state.in_((RemoteState.IDLE, RemoteState.FAILED)), due_now),
            and_(state == RemoteState.RUNNING, NewsletterList.remote_lease_until < func.now()),
        ),
    )


def has_due_list() -> bool:
    """Say whether a list waits to be synced."""
    return bool(db.session.scalar(select(exists().where(_is_due()))))


def claim_due_list() -> NewsletterList | None:
    """Return a list that waits to be synced, held until the transaction ends; None where none does."""
    return db.session.scalar(
        select(NewsletterList)
        .where(_is_due())
        .order_by(NewsletterList.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def find_to_tell(
    row: NewsletterList, since: datetime | None, after_id: int, limit: int
) -> list[tuple[int, str, str, bool]]:
    """Return whom to tell the other service of: (subscription, address, name, is on the list); never pending ones.

    Args:
        row: the list.
        since: only what has changed since then; None is everybody.
        after_id: only later subscriptions.
        limit: how many.
    """
    opt_out = exists().where(
        OptOut.person_id == Subscription.person_id,
        or_(
            OptOut.scope == OptOutScope.ALL,
            and_(OptOut.scope == OptOutScope.PROGRAMME, OptOut.programme_id == row.programme_id),
        ),
    )
    query = (
        select(
            Subscription.id,
            Person.email,
            Person.name,
            and_(Subscription.state == SubscriptionState.SUBSCRIBED, ~opt_out),
        )
        .join(Person, Person.id == Subscription.person_id)
        .where(
            Subscription.list_id == row.id,
            Subscription.id > after_id,
            Subscription.state.in_((SubscriptionState.SUBSCRIBED, SubscriptionState.UNSUBSCRIBED)),
            Person.email.isnot(None),
        )
        .order_by(Subscription.id)
        .limit(limit)
    )
    if since is not None:
        newer = exists().where(OptOut.person_id == Subscription.person_id, OptOut.created_at >= since)
        query = query.where(or_(Subscription.state_at >= since, newer))
    return [(found[0], found[1] or "", found[2], found[3]) for found in db.session.execute(query)]

"""Questions about newsletters: lists, who is on them, what each agreed to, who has to be asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.queries.persons import matching_people
from webapp.people.queries.scope import within
from webapp.programme.domain.subscription_states import SubscriptionState
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription

PAGE_SIZE = 50  # rows of a list


def find_lists(scope: Scope) -> list[NewsletterList]:
    """Return the lists of programmes that are seen whole; those in use first."""
    return list(
        db.session.scalars(
            select(NewsletterList)
            .where(within(scope, NewsletterList.programme_id))
            .order_by(NewsletterList.is_archived, NewsletterList.name, NewsletterList.id)
        )
    )


def get_list(scope: Scope, list_id: int) -> NewsletterList:
    """Return one list.

    Raises:
        NotFoundError: there is none, or its programme is not for this member of staff.
    """
    row = db.session.scalar(
        select(NewsletterList).where(NewsletterList.id == list_id, within(scope, NewsletterList.programme_id))
    )
    if row is None:
        raise NotFoundError("There is no such newsletter.")
    return row


def find_public_list(slug: str) -> NewsletterList | None:
    """Return the list that anybody may subscribe to at an address."""
    return db.session.scalar(
        select(NewsletterList).where(
            NewsletterList.slug == slug,
            NewsletterList.is_public.is_(True),
            NewsletterList.is_archived.is_(False),
        )
    )


def find_subscription(list_id: int, person_id: int, *, for_update: bool = False) -> Subscription | None:
    """Return a person's place on a list."""
    query = select(Subscription).where(Subscription.list_id == list_id, Subscription.person_id == person_id)
    if for_update:
        query = query.with_for_update(of=Subscription).execution_options(populate_existing=True)
    return db.session.scalar(query)


def count_letters_since(person_id: int, since: datetime) -> int:
    """Count the letters about subscriptions that a person was promised since then."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(EmailLog)
            .join(Shoot, Shoot.id == EmailLog.shoot_id)
            .where(
                EmailLog.person_id == person_id,
                Shoot.cause.in_(("newsletter.confirm", "newsletter.welcome")),
                Shoot.created_at > since,
            )
        )
        or 0
    )


def find_unasked(limit: int = 50) -> list[int]:
    """Return subscriptions that wait for a yes which nobody was asked for yet, the oldest first."""
    return list(
        db.session.scalars(
            select(Subscription.id)
            .join(NewsletterList, NewsletterList.id == Subscription.list_id)
            .where(
                Subscription.state == SubscriptionState.PENDING,
                Subscription.asked_count == 0,
                NewsletterList.is_archived.is_(False),
            )
            .order_by(Subscription.id)
            .limit(limit)
        )
    )


def find_overruled(limit: int = 200) -> list[int]:
    """Return subscriptions whose person has said since then that no such mail shall come any more."""
    wish = exists().where(
        OptOut.person_id == Subscription.person_id,
        OptOut.created_at >= Subscription.state_at,
        or_(
            OptOut.scope == OptOutScope.ALL,
            (OptOut.scope == OptOutScope.PROGRAMME) & (OptOut.programme_id == NewsletterList.programme_id),
        ),
    )
    return list(
        db.session.scalars(
            select(Subscription.id)
            .join(NewsletterList, NewsletterList.id == Subscription.list_id)
            .where(Subscription.state.in_((SubscriptionState.PENDING, SubscriptionState.SUBSCRIBED)), wish)
            .limit(limit)
        )
    )


def has_opted_out(person_id: int, programme_id: int) -> bool:
    """Say whether a person wants no letters of a programme, by an opt-out of mail."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    OptOut.person_id == person_id,
                    or_(
                        OptOut.scope == OptOutScope.ALL,
                        (OptOut.scope == OptOutScope.PROGRAMME) & (OptOut.programme_id == programme_id),
                    ),
                )
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Preference:
    """A list as its reader's preference page shows it."""

    list: NewsletterList
    state: str | None


def find_preferences(person_id: int, programme_id: int) -> list[Preference]:
    """Return the lists that a person may choose from or is on."""
    rows = db.session.execute(
        select(NewsletterList, Subscription.state)
        .outerjoin(
            Subscription,
            (Subscription.list_id == NewsletterList.id) & (Subscription.person_id == person_id),
        )
        .where(
            NewsletterList.programme_id == programme_id,
            NewsletterList.is_archived.is_(False),
            or_(NewsletterList.is_public.is_(True), Subscription.id.isnot(None)),
        )
        .order_by(NewsletterList.name)
    )
    return [Preference(row[0], row[1]) for row in rows]


def count_subscriptions(list_ids: list[int]) -> dict[int, dict[str, int]]:
    """Count the people of lists by list and state."""
    found: dict[int, dict[str, int]] = {list_id: {} for list_id in list_ids}
    rows = db.session.execute(
        select(Subscription.list_id, Subscription.state, func.count())
        .where(Subscription.list_id.in_(list_ids))
        .group_by(Subscription.list_id, Subscription.state)
    )
    for list_id, state, count in rows:
        found[list_id][state] = count
    return found


def page_subscriptions(
    list_id: int, *, text: str, state: str, before_id: int | None, limit: int
) -> list[Subscription]:
    """Return people of a list that somebody may see, the latest first."""
    query = (
        select(Subscription)
        .join(Person, Person.id == Subscription.person_id)
        .where(Subscription.list_id == list_id, matching_people(text))
    )
    if state:
        query = query.where(Subscription.state == state)
    if before_id is not None:
        query = query.where(Subscription.id < before_id)
    return list(db.session.scalars(query.order_by(Subscription.id.desc()).limit(limit)))


def find_ledger(list_id: int, person_id: int) -> list[Consent]:
    """Return what a person agreed to and withdrew about a list, the first first."""
    return list(
        db.session.scalars(
            select(Consent)
            .where(Consent.list_id == list_id, Consent.person_id == person_id)
            .order_by(Consent.id)
        )
    )


def has_confirmed_since(list_id: int, person_id: int, moment: datetime) -> bool:
    """Say whether a person has confirmed a subscription after some moment."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Consent.list_id == list_id,
                    Consent.person_id == person_id,
                    Consent.deed == "confirmed",
                    Consent.at > moment,
                )
            )
        )
    )


def find_subscriber_ids(list_id: int) -> list[int]:
    """Return the people who are on a list."""
    return list(
        db.session.scalars(
            select(Subscription.person_id).where(
                Subscription.list_id == list_id, Subscription.state == SubscriptionState.SUBSCRIBED
            )
        )
    )

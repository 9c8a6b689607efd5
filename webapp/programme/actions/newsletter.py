"""Subscribe, confirm, choose and leave: every yes and no of a newsletter's reader, each in the ledger."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from flask import current_app
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.database import db
from webapp.core.errors import NotFoundError, PostroomError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.people.domain.addresses import normalise_address
from webapp.programme.domain.newsletter import (
    DAY,
    LETTERS_A_DAY,
    Deed,
    make_confirm_token,
    preferences_link,
    read_confirm_token,
)
from webapp.programme.domain.subscription_states import SUBSCRIPTION_MACHINE, SubscriptionState
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription
from webapp.programme.queries.constants import letter_constants
from webapp.programme.queries.newsletter import (
    count_letters_since,
    find_overruled,
    find_preferences,
    find_public_list,
    find_subscription,
    find_unasked,
)
from webapp.programme.queries.strangers import keep_newsletter_membership, know_person

log = structlog.get_logger()

ACTIVE = (SubscriptionState.PENDING, SubscriptionState.SUBSCRIBED)


@dataclass(frozen=True, slots=True)
class Where:
    """Where and how somebody said yes or no.

    Args:
        place: for example ``public form``; stands in the ledger.
        proof: what else shows it, for example file and row.
        actor_id: the staff user, where one did it.
    """

    place: str
    proof: dict[str, Any] = field(default_factory=dict)
    actor_id: int | None = None


def subscribe(*, slug: str, address: str, name: str, locale: str, now: datetime) -> None:
    """Store that somebody with this address asked for a newsletter, and ask its owner by a letter.

    What happens is the same to look at whether the address is on the list or not.

    Args:
        slug: the list's.
        address, name: as typed.
        locale: the visitor's language.
        now: the time.

    Raises:
        NotFoundError: there is no such list to subscribe to.
        StaffError: it is no address.
    """
    row = find_public_list(slug)
    if row is None:
        raise NotFoundError("There is no such newsletter.")
    try:
        email = normalise_address(address)
    except StaffError as error:
        raise StaffError(error.message, field="address") from error
    with transaction():
        person_id = know_person(email, name, locale)
        subscription = want(row, person_id, Where("public form"), locale=locale, now=now)
        subscription_id = subscription.id
    try_to_write(subscription_id, now)


def enter(row: NewsletterList, person_id: int, where: Where, *, locale: str, now: datetime) -> Subscription:
    """Return a person's place on a list, held; a new one is pending. Nothing is asked or written down by that."""
    db.session.execute(
        insert(Subscription)
        .values(list_id=row.id, person_id=person_id, source=where.place, locale=locale, state_at=now)
        .on_conflict_do_nothing()
    )
    subscription = find_subscription(row.id, person_id, for_update=True)
    if subscription is None:
        raise NotFoundError("There is no such newsletter.")
    return subscription


def want(row: NewsletterList, person_id: int, where: Where, *, locale: str, now: datetime) -> Subscription:
    """Return the place of a person who asks for a list, pending unless they are on it; in the open transaction."""
    subscription = enter(row, person_id, where, locale=locale, now=now)
    if subscription.state not in ACTIVE:
        move(
            subscription,
            SUBSCRIPTION_MACHINE,
            SubscriptionState.PENDING,
            asked_count=0,
            token_version=Subscription.token_version + 1,
            state_at=now,
        )
    if subscription.state == SubscriptionState.PENDING:
        note(row, person_id, Deed.ASKED, where)
    return subscription


def try_to_write(subscription_id: int, now: datetime) -> bool:
    """Write the letter that a subscription needs now; what stands in the way is logged and tried again later.

    Returns:
        Whether a letter is written.
    """
    try:
        with transaction():
            return _write(subscription_id, now)
    except (PostroomError, SQLAlchemyError) as error:
        why = error.message if isinstance(error, PostroomError) else type(error).__name__
        log.warning("subscriber not asked", subscription_id=subscription_id, why=why)
        return False


def _write(subscription_id: int, now: datetime) -> bool:
    """Ask the owner of an address to confirm, or greet who is on the list; at most three letters a day."""
    subscription = db.session.get(
        Subscription, subscription_id, with_for_update={"of": Subscription}, populate_existing=True
    )
    if subscription is None or subscription.state not in ACTIVE:
        return False
    if count_letters_since(subscription.person_id, now - DAY) >= LETTERS_A_DAY:
        return False
    row = db.session.get_one(NewsletterList, subscription.list_id)
    is_pending = subscription.state == SubscriptionState.PENDING
    role = "newsletter.confirm" if is_pending else "newsletter.welcome"
    keys, base = current_app.extensions["tokens"], current_app.extensions["settings"].public_url
    values: dict[str, str | None] = {
        "newsletter.preferences_link": preferences_link(keys, base, subscription.person_id, row.programme_id)
    }
    if is_pending:
        token = make_confirm_token(keys, subscription.id, subscription.token_version)
        values["newsletter.confirm_link"] = f"{base}/newsletter/confirm/{token}"
    number = subscription.asked_count + 1
    key = f"{role}:{subscription.id}:{subscription.token_version}:{number}"
    errand = Errand(
        role=role,
        programme_id=row.programme_id,
        event_id=None,
        constants=lambda locale: {
            **letter_constants(row.programme_id, None, locale),
            "newsletter.name": row.name,
        },
        locale=subscription.locale or row.locale,
    )
    post_letters(errand, [Addressee(subscription.person_id, key, values)])
    subscription.asked_count = number
    return True


def ask_pending(now: datetime) -> int:
    """Ask those who said yes elsewhere, in an application's form, or who could not be asked before.

    Returns:
        How many letters were written. One that cannot be asked does not stop the next.
    """
    return sum(try_to_write(subscription_id, now) for subscription_id in find_unasked())


def confirm(token: str, now: datetime) -> Subscription:
    """Put the owner of an address on the list, as they confirm.

    Returns:
        The subscription; confirming twice is confirming once.

    Raises:
        NotFoundError: the link is not ours, or they have said no since.
    """
    with transaction():
        subscription = find_by_token(token)
        if subscription.state == SubscriptionState.PENDING:
            row = db.session.get_one(NewsletterList, subscription.list_id)
            put_on(subscription, row, Where("confirmation link"), Deed.CONFIRMED, now=now)
            subscription_id = subscription.id
        else:
            return subscription
    try_to_write(subscription_id, now)
    return db.session.get_one(Subscription, subscription_id)


def find_by_token(token: str) -> Subscription:
    """Return the subscription of a confirmation link.

    Raises:
        NotFoundError: the link is not ours, or it is worth nothing any more.
    """
    reference = read_confirm_token(current_app.extensions["tokens"], token)
    subscription = db.session.get(Subscription, reference[0], populate_existing=True) if reference else None
    if (
        reference is None
        or subscription is None
        or subscription.token_version != reference[1]
        or subscription.state not in ACTIVE
    ):
        raise NotFoundError("This link is not valid any more. Subscribe once more to get a new one.")
    return subscription


def put_on(
    subscription: Subscription, row: NewsletterList, where: Where, deed: Deed, *, now: datetime
) -> None:
    """Move somebody onto a list, with the entry of the ledger; in the open transaction."""
    move(subscription, SUBSCRIPTION_MACHINE, SubscriptionState.SUBSCRIBED, state_at=now)
    note(row, subscription.person_id, deed, where)
    keep_newsletter_membership(subscription.person_id, row.programme_id)


def take_off(
    subscription: Subscription,
    row: NewsletterList,
    where: Where,
    *,
    now: datetime,
    to: SubscriptionState = SubscriptionState.UNSUBSCRIBED,
) -> None:
    """Move somebody off a list, with the entry of the ledger; in the open transaction."""
    move(
        subscription,
        SUBSCRIPTION_MACHINE,
        to,
        state_at=now,
        token_version=Subscription.token_version + 1,
    )
    note(row, subscription.person_id, Deed.WITHDRAWN, where)
    keep_newsletter_membership(subscription.person_id, row.programme_id)


def note(row: NewsletterList, person_id: int, deed: Deed, where: Where) -> None:
    """Write into the ledger who agreed to or withdrew what, where, in which words; in the open transaction."""
    db.session.add(
        Consent(
            list_id=row.id,
            person_id=person_id,
            deed=deed.value,
            place=where.place,
            words=row.consent_words if deed in {Deed.ASKED, Deed.CONFIRMED} else "",
            proof=where.proof,
            actor_id=where.actor_id,
        )
    )


def choose_lists(*, person_id: int, programme_id: int, wanted: set[int], now: datetime) -> None:
    """Store what the owner of a preference link chose: on the lists that they named, off all others.

    Args:
        person_id, programme_id: from the link, which nobody but its owner has; so a yes needs no other proof.
        wanted: ids of lists.
        now: the time.
    """
    where = Where("preference page")
    with transaction():
        for preference in find_preferences(person_id, programme_id):
            row = preference.list
            subscription = find_subscription(row.id, person_id, for_update=True)
            if row.id in wanted:
                subscription = want(row, person_id, where, locale="", now=now)
                if subscription.state == SubscriptionState.PENDING:
                    put_on(subscription, row, where, Deed.CONFIRMED, now=now)
            elif subscription is not None and subscription.state in ACTIVE:
                take_off(subscription, row, where, now=now)


def obey_opt_outs(now: datetime) -> int:
    """Take those off their lists who have said by a letter's link that nothing shall come any more.

    Returns:
        How many were taken off.
    """
    with transaction() as session:
        ids = find_overruled()
        for subscription_id in ids:
            subscription = session.get(
                Subscription, subscription_id, with_for_update={"of": Subscription}, populate_existing=True
            )
            if subscription is not None and subscription.state in ACTIVE:
                row = session.get_one(NewsletterList, subscription.list_id)
                take_off(subscription, row, Where("opt-out link"), now=now)
        return len(ids)

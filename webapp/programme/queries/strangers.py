"""People from outside become known: one row for an address, and one for each place that they belong to."""

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.programme.models.newsletter import NewsletterList, Subscription


def know_person(address: str, name: str = "", locale: str = "") -> int:
    """Return the id of the person with an address; whoever has none becomes known.

    What is stored of a known person stays: whoever fills in a public form need not own the address.

    Args:
        address: normalised.
        name: normalised; of somebody new.
        locale: likewise.
    """
    added: int | None = db.session.scalar(
        insert(Person)
        .values(email=address, name=name, locale=locale)
        .on_conflict_do_nothing(index_elements=[Person.email])
        .returning(Person.id)
    )
    if added is not None:
        return added
    return db.session.scalars(select(Person.id).where(Person.email == address)).one()


def belong_to_programme(person_id: int, programme_id: int, kind: MembershipKind) -> None:
    """Enter a person in a programme, so that its staff see them; twice is once."""
    db.session.execute(
        insert(Membership)
        .values(person_id=person_id, programme_id=programme_id, kind=kind.value)
        .on_conflict_do_nothing()
    )


def keep_newsletter_membership(person_id: int, programme_id: int) -> None:
    """Let the membership in a programme's newsletter say what the subscriptions to its lists say."""
    takes_one = exists().where(
        Subscription.person_id == person_id,
        Subscription.state == "subscribed",
        NewsletterList.id == Subscription.list_id,
        NewsletterList.programme_id == programme_id,
        NewsletterList.is_archived.is_(False),
    )
    if db.session.scalar(select(takes_one)):
        belong_to_programme(person_id, programme_id, MembershipKind.NEWSLETTER)
        return
    db.session.execute(
        delete(Membership)
        .where(
            Membership.person_id == person_id,
            Membership.programme_id == programme_id,
            Membership.event_id.is_(None),
            Membership.kind == MembershipKind.NEWSLETTER,
        )
        .execution_options(synchronize_session=False)
    )

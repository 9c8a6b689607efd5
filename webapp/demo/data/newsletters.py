"""Makes the demo's newsletter: one list, who is on it and who is not, and the ledger of what each agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import exists, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.orm import Session

from webapp.demo.data.past import at_time, delivering
from webapp.demo.data.world import World, make_random
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.programme.actions.newsletter import try_to_write
from webapp.programme.domain.newsletter import Deed
from webapp.programme.domain.subscription_states import SubscriptionState
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription

PENDING, SUBSCRIBED = SubscriptionState.PENDING, SubscriptionState.SUBSCRIBED
LEFT, BOUNCED = SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED
COUNTS = {PENDING: 14, SUBSCRIBED: 158, LEFT: 27, BOUNCED: 13}  # 212 together
RECENT = 13.0  # days; letters of what is older are cleared away
WORDS = (
    "I want to get the newsletter of Code Circle, about once a month: new dates, calls for coaches, and stories."
    " I can leave at any time by the link in each issue."
)
EARLIER_WORDS = "Yes, send me news from Code Circle. I can leave whenever I like."
WORDS_CHANGED = 150  # days ago
FILE = "meetup-mailing-list-2025.csv"


@dataclass(frozen=True, slots=True)
class _Place:
    """One person's place on the list.

    Args:
        person_id, locale: who.
        state: how it stands.
        way: how they came: ``public form``, ``application form`` or ``import``.
        days: since when they are known to it.
        number: which they were.
    """

    person_id: int
    locale: str
    state: SubscriptionState
    way: str
    days: float
    number: int


def make_newsletters(session: Session, world: World, now: datetime) -> None:
    """Make the newsletter of Code Circle.

    Args:
        session: of the open transaction.
        world: places and people; opt-outs are made already, for nobody is subscribed against one.
        now: the moment of loading.
    """
    row = NewsletterList(
        programme_id=world.programmes["code-circle"].id,
        slug="code-circle-news",
        name="Code Circle news",
        description="Once a month: new dates, calls for coaches, and what came of earlier workshops.",
        consent_words=WORDS,
        created_at=now - timedelta(days=400),
    )
    session.add(row)
    session.flush()
    places = _place_people(session, row, world, make_random("newsletter"))
    _write_subscriptions(session, row, places, now)
    _write_ledger(session, row, places, now)
    _write_memberships(session, row, places)
    with delivering(session):
        _write_letters(session, row, places, now)


def _place_people(session: Session, row: NewsletterList, world: World, random: Random) -> list[_Place]:
    """Return who has which place, those who came first first."""
    gone = _find_opted_out(session, row.programme_id)
    applicants, readers_only = _find_applicants(session, row.programme_id), _find_readers(session, world)
    people = [one for _, one in sorted(world.people.items()) if not (one.email or "").startswith("bounce+")]
    unwilling = [one for one in people if one.id in gone & applicants]
    readers = [one for one in people if one.id in readers_only - gone]
    others = [one for one in people if one.id in applicants - gone]
    readers += random.sample(others, sum(COUNTS.values()) - len(readers) - len(unwilling))
    random.shuffle(readers)
    left = [LEFT] * (COUNTS[LEFT] - len(unwilling))
    states = [*[BOUNCED] * COUNTS[BOUNCED], *left, *[SUBSCRIBED] * COUNTS[SUBSCRIBED]]
    random.shuffle(states)
    # who has left by a letter's link came early; those who have not confirmed came last
    everybody = [*unwilling, *readers]
    order = [*[LEFT] * len(unwilling), *states, *[PENDING] * COUNTS[PENDING]]
    return [
        _Place(
            person.id,
            person.locale,
            state,
            _choose_way(number, is_reader=person.id in readers_only),
            380 * (1 - number / len(everybody)) ** 1.4 + 0.05,
            number,
        )
        for number, (person, state) in enumerate(zip(everybody, order, strict=True))
    ]


def _choose_way(number: int, *, is_reader: bool) -> str:
    if not is_reader:
        return "application form"
    return "import" if number < sum(COUNTS.values()) / 3 else "public form"


def _find_opted_out(session: Session, programme_id: int) -> set[int]:
    """Return the people who want no such mail, by their own word."""
    wish = or_(
        OptOut.scope == OptOutScope.ALL,
        (OptOut.scope == OptOutScope.PROGRAMME) & (OptOut.programme_id == programme_id),
    )
    return set(session.scalars(select(OptOut.person_id).where(wish)))


def _find_applicants(session: Session, programme_id: int) -> set[int]:
    """Return the people who applied to attend or are registered for something of a programme."""
    kinds = (MembershipKind.APPLICANT, MembershipKind.REGISTERED)
    return set(
        session.scalars(
            select(Membership.person_id).where(
                Membership.programme_id == programme_id, Membership.kind.in_(kinds)
            )
        )
    )


def _find_readers(session: Session, world: World) -> set[int]:
    """Return the people who have never applied for anything: what they read is all that they are known for."""
    belongs = exists().where(Membership.person_id == Person.id)
    staff = {user.person_id for user in world.users.values()}
    return set(session.scalars(select(Person.id).where(~belongs))) - staff


def _write_subscriptions(
    session: Session, row: NewsletterList, places: Sequence[_Place], now: datetime
) -> None:
    session.execute(
        insert(Subscription),
        [
            {
                "list_id": row.id,
                "person_id": place.person_id,
                "state": place.state.value,
                "source": place.way,
                "locale": place.locale,
                "token_version": 2 if place.state in {LEFT, BOUNCED} else 1,
                # who stands on the list was asked once and greeted once; the last ones are below
                "asked_count": 0 if place.days < RECENT or place.way == "import" else 2,
                "state_at": _settled_at(place, now),
                "created_at": now - timedelta(days=place.days),
            }
            for place in places
        ],
    )


def _settled_at(place: _Place, now: datetime) -> datetime:
    """Return since when a place is as it is."""
    if place.state is PENDING:
        return now - timedelta(days=place.days)
    if place.state is SUBSCRIBED:
        return _confirmed_at(place, now)
    return now - timedelta(days=place.days * 0.3)


def _confirmed_at(place: _Place, now: datetime) -> datetime:
    return now - timedelta(days=place.days) + timedelta(hours=min(7, place.days * 20), minutes=20)


def _write_ledger(session: Session, row: NewsletterList, places: Sequence[_Place], now: datetime) -> None:
    """Write each yes and each no, in the words of its time, the oldest first."""
    entries = [entry for place in places for entry in _entries_of(row, place, now)]
    session.execute(insert(Consent), sorted(entries, key=lambda entry: entry["at"]))


def _entries_of(row: NewsletterList, place: _Place, now: datetime) -> list[dict[str, Any]]:
    base = {"list_id": row.id, "person_id": place.person_id, "actor_id": None}
    came_at = now - timedelta(days=place.days)
    words = WORDS if place.days < WORDS_CHANGED else EARLIER_WORDS
    if place.way == "import":
        said = {"file": FILE, "row": place.number + 2, "source": "Sign-up sheet at the meetup"}
        proof = {**said, "consented_at": (came_at - timedelta(days=30)).date().isoformat()}
        found = [
            {**base, "at": came_at, "deed": Deed.IMPORTED, "place": "import", "words": "", "proof": proof}
        ]
    else:
        found = [{**base, "at": came_at, "deed": Deed.ASKED, "place": place.way, "words": words, "proof": {}}]
        if place.state is not PENDING:
            found.append(
                {
                    **base,
                    "at": _confirmed_at(place, now),
                    "deed": Deed.CONFIRMED,
                    "place": "confirmation link",
                    "words": words,
                    "proof": {},
                }
            )
    if place.state in {LEFT, BOUNCED}:
        how = "opt-out link" if place.person_id % 3 else "preference page"
        why = "Letters came back" if place.state is BOUNCED else how
        at = _settled_at(place, now)
        found.append(
            {**base, "at": at, "deed": Deed.WITHDRAWN, "place": why, "words": "", "proof": {}},
        )
    return found


def _write_memberships(session: Session, row: NewsletterList, places: Sequence[_Place]) -> None:
    """Let the programme's letters to its readers find those who are subscribed."""
    session.execute(
        insert_or_leave(Membership)
        .values(
            [
                {
                    "person_id": place.person_id,
                    "programme_id": row.programme_id,
                    "kind": MembershipKind.NEWSLETTER.value,
                }
                for place in places
                if place.state is SUBSCRIBED
            ]
        )
        .on_conflict_do_nothing()
    )


def _write_letters(session: Session, row: NewsletterList, places: Sequence[_Place], now: datetime) -> None:
    """Ask those who have not confirmed, and greet those who did so in the last days, by letters of their time."""
    ids = {
        subscription.person_id: subscription.id
        for subscription in session.scalars(select(Subscription).where(Subscription.list_id == row.id))
    }
    for place in places:
        is_new = place.state is SUBSCRIBED and place.days < RECENT
        if place.state is PENDING or is_new:
            at = _settled_at(place, now)
            with at_time(session, at):
                if not try_to_write(ids[place.person_id], at):
                    raise LookupError("A subscriber of the demo could not be written to; the log says why.")

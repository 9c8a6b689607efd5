"""Loads the demo into an empty Postroom, all or nothing."""

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.demo.data.applicants import Applied, make_applicants, make_forms
from webapp.demo.data.attend_letters import make_received, make_reminders
from webapp.demo.data.contact import make_contact
from webapp.demo.data.decisions import make_answers, make_decisions
from webapp.demo.data.host_make import make_host_side
from webapp.demo.data.letters import LETTERS, DemoLetter
from webapp.demo.data.mailboxes import make_mailboxes
from webapp.demo.data.names import NameMaker
from webapp.demo.data.newsletters import make_newsletters
from webapp.demo.data.order import put_in_order
from webapp.demo.data.past import delivering
from webapp.demo.data.people import make_events, make_programmes, make_readers, make_senders
from webapp.demo.data.reviews import make_reviews
from webapp.demo.data.rules import make_rule_runs
from webapp.demo.data.shoots import make_letter
from webapp.demo.data.staff import make_staff
from webapp.demo.data.world import World, make_random
from webapp.mail.models.opt_out import OptOut, OptOutScope, Suppression
from webapp.people.models.person import Person
from webapp.people.queries.scope import get_scope
from webapp.programme.domain.application_states import Rsvp
from webapp.programme.models.programme import Programme


def load_demo(*, password_hash: str, now: datetime) -> dict[str, int]:
    """Load the demo's data.

    Args:
        password_hash: of every demo account.
        now: the day from which its dates are counted.

    Returns:
        How many of what there is.

    Raises:
        StaffError: there are programmes already; nothing was changed.
    """
    with transaction() as session:
        if session.scalar(select(Programme.id).limit(1)) is not None:
            raise StaffError("There is data already; the demo goes only into an empty Postroom.")
        world = _make_world(session, password_hash, now)
        make_mailboxes(session, world, now)  # first: the events' letters come from them
        applied = _make_attend_side(session, world)
        _make_refusals(session, world, applied)
        _make_letters(session, world)
        make_host_side(session, world, now)
        make_contact(session, world, now)
        session.scalars(select(Person)).all()  # at once, not one by one
        make_newsletters(session, world, now)
        make_rule_runs(session, world, now)  # rules judge by all the rest
        put_in_order(session)
        return {
            "programmes": len(world.programmes),
            "events": len(world.events),
            "applications": sum(len(ones) for ones in applied.values()),
            "people": session.scalar(select(func.count()).select_from(Person)) or 0,
            "letters": len(LETTERS),
        }


def _make_world(session: Session, password_hash: str, now: datetime) -> World:
    """Make the places and the accounts."""
    programmes = make_programmes(session)
    events = make_events(session, programmes, now)
    make_senders(session, programmes, events)
    users = make_staff(session, programmes, events, password_hash)
    people = {address: user.person for address, user in users.items()}
    return World(programmes, events, users, people, now)


def _make_attend_side(session: Session, world: World) -> dict[str, list[Applied]]:
    """Make who applied to attend, and all that came of it."""
    names = NameMaker(make_random("names"))
    forms = make_forms(session, world)
    applied = make_applicants(session, world, forms, names)
    make_received(session, world, forms)
    make_reviews(session, world, applied)
    make_decisions(session, world, applied)
    make_answers(session, world, applied, (Rsvp.YES, Rsvp.NO))
    with delivering(session):
        make_reminders(session, world)
    make_answers(session, world, applied, (Rsvp.EXPIRED,))
    readers = make_readers(session, names, world.now)
    world.people.update({person.email: person for person in readers if person.email})
    return applied


def _make_letters(session: Session, world: World) -> None:
    """Make the letters that staff wrote, in the order in which they were sent: their numbers grow with time."""
    support = {
        world.programmes[slug].id: world.users[address]
        for slug, address in (
            ("code-circle", "support@demo.test"),
            ("northbank", "desk@northbank.test"),
            ("launchpad", "crew@launchpad.test"),
        )
    }
    for letter in sorted(LETTERS, key=_asked_for):
        event = world.events[letter.event]
        author = (
            support[event.programme_id]
            if letter.author == "support@demo.test"
            else world.users[letter.author]
        )
        make_letter(session, letter, event, get_scope(author), world.now)


def _asked_for(letter: DemoLetter) -> float:
    """Return when a letter was asked for, for sorting: what lies in the future was asked for today."""
    return -max(letter.days_ago, 0)


def _make_refusals(session: Session, world: World, applied: dict[str, list[Applied]]) -> None:
    """Let some people have said stop, and some addresses be closed."""
    circle, krakow = world.events["krakow-3"].programme_id, world.events["krakow-3"].id
    coming = [one.person_id for one in applied["krakow-3"] if one.fate == Rsvp.NO]
    coming += [one.person_id for one in applied["krakow-3"] if one.fate == Rsvp.YES][:2]
    scopes = (OptOutScope.EVENT, OptOutScope.PROGRAMME, OptOutScope.ALL, OptOutScope.EVENT)
    session.execute(
        insert(OptOut),
        [
            {
                "person_id": person_id,
                "scope": scope,
                "programme_id": None if scope is OptOutScope.ALL else circle,
                "event_id": krakow if scope is OptOutScope.EVENT else None,
                "source": "page",
                "created_at": world.now - timedelta(days=8),
            }
            for person_id, scope in zip(coming[3:], scopes, strict=False)
        ],
    )
    bounced = [
        one.address
        for slug in ("sao-paulo-1", "lagos-4", "cairo-2")
        for one in applied[slug]
        if one.address.startswith("bounce+")
    ]
    session.execute(
        insert(Suppression),
        [
            {
                "address": address,
                "reason": "bounced",
                "detail": "550 5.1.1 No such mailbox here",
                "created_at": world.now - timedelta(days=2),
            }
            for address in bounced
        ],
    )

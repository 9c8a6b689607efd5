"""Loads the demo into an empty Postroom, all or nothing."""

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.demo.data.letters import LETTERS, DemoLetter
from webapp.demo.data.people import make_events, make_people, make_programmes, make_senders, make_staff
from webapp.demo.data.shoots import make_letter
from webapp.mail.models.opt_out import OptOut, OptOutScope, Suppression
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.people.models.user import Role
from webapp.people.queries.scope import get_scope
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
        programmes = make_programmes(session)
        events = make_events(session, programmes, now.date())
        make_senders(session, programmes, events)
        circle, krakow, cairo = programmes["code-circle"], events["krakow-3"], events["cairo-2"]
        users = make_staff(
            session,
            [
                ("admin@demo.test", "Ada Administrator", Role.ADMINISTRATOR, None, None, True),
                ("support@demo.test", "Sam Support", Role.SUPPORT, circle, None, True),
                ("ola@krakow.test", "Ola Organizer", Role.ORGANIZER, None, krakow, True),
                ("omar@cairo.test", "Omar عمر", Role.ORGANIZER, None, cairo, False),
            ],
            password_hash,
        )
        make_people(session, events, programmes)
        _make_refusals(session, circle.id, krakow.id)
        for letter in sorted(LETTERS, key=_asked_for):  # numbers grow with time, as they do in life
            author = users[letter.author]
            if events[letter.event].programme_id != circle.id:
                author = users["admin@demo.test"]
            make_letter(session, letter, events[letter.event], get_scope(author), now)
        people = session.scalar(select(func.count()).select_from(Person)) or 0
    return {"programmes": len(programmes), "events": len(events), "people": people, "letters": len(LETTERS)}


def _asked_for(letter: DemoLetter) -> float:
    """Return when a letter was asked for, for sorting: what lies in the future was asked for today."""
    return -max(letter.days_ago, 0)


def _make_refusals(session: Session, programme_id: int, event_id: int) -> None:
    """Let some people have said stop, and some addresses be closed."""
    of_event = list(
        session.scalars(
            select(Membership.person_id)
            .where(Membership.event_id == event_id)
            .order_by(Membership.id)
            .limit(9)
        )
    )
    scopes = (OptOutScope.EVENT, OptOutScope.EVENT, OptOutScope.PROGRAMME, OptOutScope.ALL)
    session.execute(
        insert(OptOut),
        [
            {
                "person_id": person_id,
                "scope": scope,
                "programme_id": None if scope is OptOutScope.ALL else programme_id,
                "event_id": event_id if scope is OptOutScope.EVENT else None,
                "source": "page",
            }
            for person_id, scope in zip(of_event[1::2], scopes, strict=False)
        ],
    )
    bounced = session.scalars(
        select(Person.email).where(Person.email.like("bounce+%")).order_by(Person.id).limit(4)
    )
    session.execute(
        insert(Suppression),
        [
            {"address": address, "reason": "bounced", "detail": "550 5.1.1 No such mailbox here"}
            for address in bounced
        ],
    )

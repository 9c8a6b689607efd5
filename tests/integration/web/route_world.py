"""Two programmes that know nothing of each other, with one of everything that a route can name in each."""

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import Table, select, text

from tests import (
    factories,
    factories_attend,
    factories_concerns,
    factories_host,
    factories_keys,
    factories_newsletter,
    factories_review,
    factories_rules,
)
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.compose import Draft, create_letter
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.domain.references import OPT_OUT, ReferenceMaker
from webapp.mail.domain.states import EmailState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.opt_out import OptOut, Suppression
from webapp.people.actions.import_steps import paste_people
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role
from webapp.programme.models.programme import Event, Programme


@dataclass(frozen=True, slots=True)
class Side:
    """One programme, and the ids of what belongs to it."""

    programme: Programme
    event: Event
    programme_id: int
    event_id: int
    person_id: int
    address: str
    membership_id: int
    letter_id: int
    version_number: int
    shoot_id: int
    seq: int
    token: str
    import_id: int
    opt_out_id: int
    sender_id: int
    user_id: int
    grant_id: int
    list_id: int

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the words that nobody who has nothing to do with this side may ever read."""
        name = self.address.partition("@")[0]
        return (
            f"Event of {name.capitalize()}",
            f"Person of {name.capitalize()}",
            self.address,
            f"imported.{name}@",
        )


def make_sister(app: Flask, side: Side) -> Side:
    """Make another event of a programme, with one of everything that belongs to an event."""
    sister = make_side(app, "Sister")
    with transaction() as session:
        for table in db.metadata.sorted_tables:
            if {"programme_id", "event_id"} <= set(table.c.keys()):
                own = table.c.event_id == sister.event_id
                session.execute(table.update().where(own).values(programme_id=side.programme_id))
        events: Table = Event.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
        session.execute(
            events.update().where(events.c.id == sister.event_id).values(programme_id=side.programme_id)
        )
        session.expire_all()
    return sister


def make_side(app: Flask, name: str) -> Side:
    """Make a programme with one of everything."""
    programme = factories.make_programme(name=name)
    event = factories.make_event(programme, name=f"Event of {name}")
    factories_rules.plan_one(event)
    person = factories.make_person(f"{name.lower()}@example.org", f"Person of {name}")
    factories.register(person, event)
    sender = factories.make_sender(programme_id=programme.id)
    factories_keys.furnish(sender)
    factories.limit_for(f"{event.slug}.example")
    # One letter that was sent, and one that still can be: most pages of a letter are about the latter.
    shoot_id = factories.make_shoot(event, sender=sender, title=f"Letter of {name}")
    prepare_shoot(shoot_id)
    seq = _mark_sent(shoot_id)
    letter_id = _make_draft(event, name)
    factories_newsletter.furnish(event, person)
    factories_attend.furnish(event)
    factories_review.furnish(event)
    factories_host.furnish(programme)
    factories_concerns.furnish(event)
    user = factories.make_staff(Role.ORGANIZER, event=event)
    return Side(
        programme=programme,
        event=event,
        programme_id=programme.id,
        event_id=event.id,
        person_id=person.id,
        address=person.email or "",
        membership_id=db.session.scalars(
            select(Membership.id).where(Membership.person_id == person.id)
        ).one(),
        letter_id=letter_id,
        version_number=_make_version(letter_id),
        shoot_id=shoot_id,
        seq=seq,
        token=ReferenceMaker(app.extensions["tokens"], OPT_OUT, shoot_id).make(seq),
        import_id=_import(event, name),
        opt_out_id=_opt_out(person, event),
        sender_id=sender.id,
        user_id=user.id,
        list_id=factories_newsletter.list_of(programme.id).id,
        grant_id=db.session.scalars(select(Grant.id).where(Grant.user_id == user.id)).one(),
    )


def _mark_sent(shoot_id: int) -> int:
    """Let a shoot's only letter have been sent, and return its number."""
    with transaction() as session:
        row = session.scalars(select(EmailLog).where(EmailLog.shoot_id == shoot_id)).one()
        row.state, row.handed_at, row.settled_at = EmailState.SENT, now(), now()
    return row.seq


def _make_draft(event: Event, name: str) -> int:
    """Write a letter that can still be sent, and return its id."""
    return create_letter(
        scope=SYSTEM,
        programme_id=event.programme_id,
        event_id=event.id,
        draft=Draft(
            title=f"Draft of {name}", subject="News", slots={"main": "<p>Hello</p>"}, reason="You asked."
        ),
        now=now(),
    )


def _import(event: Event, name: str) -> int:
    """Import somebody into an event, and return the import's id."""
    return paste_people(
        scope=SYSTEM,
        text=f"imported.{name.lower()}@example.org",
        programme_id=event.programme_id,
        event_id=event.id,
        membership_kind=MembershipKind.REGISTERED,
    )


def _opt_out(person: Person, event: Event) -> int:
    """Let somebody opt out of an event, suppress their address, and return the opt-out's id."""
    with transaction() as session:
        wish = OptOut(person_id=person.id, scope="event", source="page", programme_id=event.programme_id)
        wish.event_id = event.id
        session.add_all([wish, Suppression(address=person.email, reason="manual")])
    return wish.id


def _make_version(letter_id: int) -> int:
    """Keep a version of a letter and return its number."""
    make_ready(scope=SYSTEM, letter_id=letter_id)
    return db.session.scalars(select(LetterVersion.number).where(LetterVersion.letter_id == letter_id)).one()


def fingerprint() -> dict[str, tuple[int, int]]:
    """Return (rows, newest transaction that wrote one) of every table; any insert, update or delete changes it."""
    each = (
        f"SELECT '{table.name}', count(*), coalesce(max(xmin::text::bigint), 0) FROM \"{table.name}\""
        for table in db.metadata.sorted_tables
    )
    with db.engine.connect() as connection:
        rows = connection.execute(text(" UNION ALL ".join(each)))
        return {table: (count, newest) for table, count, newest in rows}

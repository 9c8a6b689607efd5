"""Makes things go wrong, each in its own way, as little as its kind of concern asks for."""

from datetime import timedelta
from itertools import count

from sqlalchemy import select, update

from tests import factories, factories_host, factories_newsletter
from tests.integration.mail.outcomes import give_outcomes, put_in_state
from tests.integration.mail.promises import errand, post, to
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.heartbeat import Heartbeat
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.stop_all import stop_all
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun

_numbers = count(1)


def make_mailbox(event: Event, state: str = "failed", error: str = "The service is away.") -> Mailbox:
    """Make a mailbox of an event whose making was given up."""
    with transaction() as session:
        mailbox = Mailbox(
            programme_id=event.programme_id,
            event_id=event.id,
            address=f"box{next(_numbers)}@events.example.org",
            state=state,
            last_error=error,
        )
        session.add(mailbox)
        session.flush()
        session.add(
            MailboxStep(
                mailbox_id=mailbox.id, operation="create", state="failed", attempt=6, last_error=error
            )
        )
    return mailbox


def mailbox_of(programme_id: int) -> int:
    """Return the first mailbox of a programme."""
    query = select(Mailbox.id).where(Mailbox.programme_id == programme_id).order_by(Mailbox.id)
    return db.session.scalars(query).first() or 0


def furnish(event: Event) -> None:
    """Give an event a mailbox: what routes can name."""
    make_mailbox(event)


def make_letters(event: Event, number: int, subject: str) -> int:
    """Write a letter to so many people of an event, and return its shoot."""
    if number:
        factories.make_people(event, number, prefix=f"c{next(_numbers)}.")
    shoot_id = factories.make_shoot(event, subject=subject)
    prepare_shoot(shoot_id)
    return shoot_id


def make_bounce(event: Event) -> None:
    """Let one letter of three come back."""
    shoot_id = make_letters(event, 3, "Came back to us")
    give_outcomes(shoot_id, {1: ("failed", "address", "550 5.1.1 no such user")})


def make_failure(event: Event) -> None:
    """Let two letters be given up."""
    shoot_id = make_letters(event, 0, "Given up")
    give_outcomes(shoot_id, dict.fromkeys((0, 2), ("failed", "gave_up", "451 busy")))


def make_uncertain(event: Event) -> None:
    """Let nobody know of one letter whether it was taken."""
    give_outcomes(make_letters(event, 0, "Hung up"), {2: ("uncertain", None, "connection lost")})


def make_stopped(event: Event) -> None:
    """Let a shoot have missed its time."""
    put_in_state(make_letters(event, 0, "Too late"), "missed")


def make_held(event: Event) -> None:
    """Let a letter about an application to host wait for a mailbox since two hours."""
    factories_host.set_state_of_programme(event.programme, is_hosting_open=True)
    sent = factories_host.apply_to_host(event.programme)
    reader = factories.make_person(f"held{next(_numbers)}@example.org")
    promised = post(
        errand(
            "host.accepted",
            programme_id=event.programme_id,
            event_id=event.id,
            hold_until=now(),
            gate="mailbox:1",
            batch=f"host:{sent.application_id}:1",
        ),
        to(reader),
    )
    with transaction() as session:
        session.execute(
            update(Shoot)
            .where(Shoot.id.in_(promised.shoot_ids))
            .values(scheduled_at=now() - timedelta(hours=2))
        )


def make_missed_run(event: Event) -> None:
    """Let a rule have missed an event."""
    make_missed_run_of(event)


def make_missed_run_of(event: Event, state: str = "missed") -> None:
    """Let a rule that was due nine days ago stand somehow; every time on an occasion of its own."""
    with transaction() as session:
        session.add(
            RuleRun(
                programme_id=event.programme_id,
                event_id=event.id,
                rule="thank_you",
                occasion=(now() + timedelta(days=next(_numbers))).isoformat(),
                due_at=now() - timedelta(days=9),
                state=state,
                reason="It was due nine days ago.",
            )
        )


def make_foreign_words(event: Event) -> None:
    """Let an event write in a language that no words ship in."""
    with transaction() as session:
        row = session.get_one(Event, event.id)
        row.locale, row.starts_on = "ka", (now() + timedelta(days=40)).date()


def make_silence(event: Event) -> None:
    """Let rules have given no sign of life for ten minutes."""
    with transaction() as session:
        session.add(Heartbeat(name="rules", kind="rules", seen_at=now() - timedelta(minutes=10)))


def make_waiting_host(event: Event) -> None:
    """Let an application to host have waited for a month."""
    factories_host.set_state_of_programme(event.programme, is_hosting_open=True)
    sent = factories_host.apply_to_host(event.programme, city="Nowhere Heard")
    with transaction() as session:
        session.get_one(HostApplication, sent.application_id).state_at = now() - timedelta(days=30)


def make_waiting_message(event: Event) -> None:
    """Let a visitor's message have reached nobody for an hour."""
    factories_newsletter.make_message(
        event, subject="Is there a lift?", created_at=now() - timedelta(hours=1)
    )


def make_lost_step(event: Event) -> None:
    """Let a newsletter be out of step with the service on which it lives, too."""
    factories_newsletter.make_list(
        event.programme, name="News out of step", remote_state="failed", remote_error="It refuses our key."
    )


def make_failed_mailbox(event: Event) -> None:
    """Let a mailbox have failed."""
    make_mailbox(event)


def make_stop_of_all(_event: Event) -> None:
    """Make all letters stop."""
    stop_all(scope=SYSTEM, reason="A drill")

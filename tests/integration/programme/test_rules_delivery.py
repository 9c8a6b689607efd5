"""Mail by rule with real processes: who cannot be written to stops nobody, and nobody gets it twice."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_rules import make_rule_event, runs_of, state_of, write_template
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.models.membership import MembershipKind
from webapp.people.models.user import Role
from webapp.programme.actions.rules import plan_runs
from webapp.programme.actions.rules_digest import write_digests
from webapp.programme.actions.rules_run import run_due
from webapp.programme.models.programme import Event, Programme

pytestmark = pytest.mark.usefixtures("database")


def ended(days: int = -2, programme: Programme | None = None, organizers: int = 2, **values: object) -> Event:
    """Make an event that many days from today: these tests run on the clock of the processes."""
    return make_rule_event(
        programme,
        organizers=organizers,
        starts_on=today() + timedelta(days=days),
        created_at=now() - timedelta(days=365),
        **values,
    )


def today() -> date:
    return now().date()


def fates(role: str) -> dict[str, str]:
    """Return the state of each letter by a role, by address."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.address, EmailLog.state)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.cause == role)
    )
    return {row[0] or "": row[1] for row in rows}


def arrivals(machinery: Machinery) -> Counter[str]:
    return Counter(letter.rcpt_to for letter in machinery.inbox.page(limit=1000))


def are_settled(role: str, count: int) -> bool:
    found = fates(role)
    return len(found) == count and not {"pending", "sending", "deferred"} & set(found.values())


@pytest.mark.contract
def test_contract_11_one_address_raising_any_exception_stops_no_other(machinery: Machinery) -> None:
    factories.make_sender()
    event = ended(organizers=3)
    poison = factories.make_person("poison@example.org", "Bell \x07 and line\nBcc: all@example.org")
    refused = factories.make_person("bounce+x@example.org", "Refused")
    polish = factories.make_person("pl@example.org", "Zofia", locale="pl")
    for person in (poison, refused, polish):
        factories.register(person, event, MembershipKind.ORGANIZER)
    # Staff's own Polish words are broken: nothing at all can be written in that language.
    write_template("organizer.thank_you", event, locale="pl", html="<p>{{ no.such_field }}</p>")
    plan_runs(now())
    run_due(now())
    assert "Letters that could not be written: 1." in state_of(event, "thank_you")[1]
    machinery.start_sink()
    machinery.start_worker("urgent")
    machinery.start_ticker()
    wait_until(lambda: are_settled("organizer.thank_you", 5), seconds=40, what="all letters to be settled")
    good = {f"org{number}.{event.id}@example.org" for number in range(3)}
    found = fates("organizer.thank_you")
    assert {address for address, state in found.items() if state == "sent"} == good
    assert found["poison@example.org"] == found["bounce+x@example.org"] == "failed"
    assert state_of(event, "thank_you")[0] == "sent"
    wait_until(lambda: set(arrivals(machinery)) >= good, what="the letters to arrive")


@pytest.mark.contract
def test_contract_10_two_tickers_at_once_send_everything_once(machinery: Machinery) -> None:
    factories.make_sender()
    events = [ended(organizers=3) for _ in range(6)]
    machinery.start_sink()
    for _ in range(2):
        machinery.start_ticker()
    machinery.start_worker("urgent")
    wait_until(lambda: are_settled("organizer.thank_you", 18), seconds=60, what="all letters to be settled")
    wait_until(lambda: sum(arrivals(machinery).values()) >= 18, what="the letters to arrive")
    assert set(arrivals(machinery).values()) == {1}
    assert {
        (runs_of(event)["thank_you"].state, runs_of(event)["thank_you"].run_number) for event in events
    } == {("sent", 1)}


def test_the_digest_lists_only_whom_the_offer_of_help_has_reached(
    database: Session, machinery: Machinery
) -> None:
    factories.make_sender()
    programme = factories.make_programme()
    factories.make_staff(Role.SUPPORT, programme=programme, email="desk@example.org")
    reached = ended(20, programme, organizers=1, name="Nairobi #2", is_site_ready=False)
    lost = ended(20, programme, organizers=0, name="Lagos #4", is_site_ready=False)
    factories.register(
        factories.make_person("bounce+l@example.org", "Nobody"), lost, MembershipKind.ORGANIZER
    )
    plan_runs(now())
    run_due(now())
    write_digests(now())
    assert fates("support.offer_help_digest") == {}  # nothing has been delivered yet
    machinery.start_sink()
    machinery.start_worker("urgent")
    wait_until(lambda: are_settled("organizer.offer_help", 2), seconds=40, what="the letters to be settled")
    assert write_digests(now()) == 2
    assert write_digests(now()) == 0
    assert set(fates("support.offer_help_digest")) == {"desk@example.org"}
    database.rollback()
    lines = database.scalars(select(Shoot.constants).where(Shoot.cause == "support.offer_help_digest")).one()[
        "digest.lines"
    ]
    assert "Nairobi #2" in lines
    assert "Organizer 0" in lines
    assert "Lagos" not in lines
    assert state_of(reached, "offer_help_digest")[0] == "sent"
    assert state_of(lost, "offer_help_digest") == ("skipped", "None of the letters reached anybody.")

"""A list and its other life at Mailchimp: members go both ways, and a no always wins."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.doubles.mailchimp import AUDIENCE, KEY, Mailchimp
from tests.factories_newsletter import make_list, subscribe_person
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.jobs.chores.list_sync import run as sync_due_lists
from webapp.mail.models.opt_out import OptOut
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person
from webapp.programme.actions.newsletter_remote import ask_for_sync, connect_list, disconnect_list
from webapp.programme.actions.newsletter_sync import claim_list, sync_list
from webapp.programme.lists.mailchimp import MailchimpList
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription


@pytest.fixture
def there() -> Iterator[Mailchimp]:
    with Mailchimp() as service:
        yield service


@pytest.fixture
def here(app: Flask, database: Session) -> NewsletterList:
    row = make_list(slug="circle")
    connect(row.id)
    return row


def connect(list_id: int, key: str = KEY) -> None:
    connect_list(
        scope=SYSTEM, list_id=list_id, audience=AUDIENCE, key=key, vault=current_app.extensions["vault"]
    )


def opened(there: Mailchimp, key: str = KEY) -> MailchimpList:
    return MailchimpList(key, AUDIENCE, base_url=there.url)


def sync(there: Mailchimp, batch: int = 2) -> NewsletterList:
    row = claim_list(now())
    assert row is not None
    sync_list(row.id, opened(there), now(), lambda: False, batch=batch)
    return fresh(row.id)


def fresh(list_id: int) -> NewsletterList:
    db.session.rollback()
    return db.session.get_one(NewsletterList, list_id, populate_existing=True)


def states() -> dict[str, str]:
    db.session.rollback()
    rows = db.session.execute(
        select(Person.email, Subscription.state).join(Subscription, Subscription.person_id == Person.id)
    )
    return {row[0]: row[1] for row in rows}


def subscribe(row: NewsletterList, address: str, state: str = "subscribed") -> Subscription:
    return subscribe_person(row, factories.make_person(address), state=state)


def test_members_go_both_ways_in_pages(here: NewsletterList, there: Mailchimp) -> None:
    for n in range(5):
        there.add(f"There{n}@example.org", "subscribed", f"There {n}")
        subscribe(here, f"here{n}@example.org")
    there.add("left@example.org", "unsubscribed")
    subscribe(here, "undecided@example.org", "pending")
    done = sync(there)
    assert (done.remote_state, done.remote_error) == ("idle", "")
    expected = {f"{side}{n}@example.org": "subscribed" for side in ("here", "there") for n in range(5)}
    assert states() == {**expected, "left@example.org": "unsubscribed", "undecided@example.org": "pending"}
    assert {address: there.status_of(address) for address in expected} == expected
    assert there.status_of("undecided@example.org") is None
    assert there.calls["GET"] == 3
    ledger = db.session.scalars(select(Consent).order_by(Consent.id)).all()
    assert [row.deed for row in ledger] == ["imported"] * 5 + ["withdrawn"]
    assert {row.place for row in ledger} == {"Mailchimp"}


@pytest.mark.parametrize(
    ("said_here", "said_there", "then"),
    [
        ("unsubscribed", "subscribed", "unsubscribed"),
        ("subscribed", "unsubscribed", "unsubscribed"),
        ("unsubscribed", "unsubscribed", "unsubscribed"),
        ("subscribed", "subscribed", "subscribed"),
    ],
)
def test_a_no_on_either_side_wins(
    here: NewsletterList, there: Mailchimp, said_here: str, said_there: str, then: str
) -> None:
    for n in range(3):
        subscribe(here, f"ana{n}@example.org", said_here)
        there.add(f"ana{n}@example.org", said_there)
    sync(there)
    assert set(states().values()) == {then}
    assert {there.status_of(f"ana{n}@example.org") for n in range(3)} == {then}


def test_an_opt_out_of_mail_is_a_no_as_well(here: NewsletterList, there: Mailchimp) -> None:
    there.add("ana@example.org", "subscribed")
    row = subscribe(here, "ana@example.org")
    with transaction() as session:
        session.add(OptOut(person_id=row.person_id, scope="all", source="page"))
    sync(there)
    assert there.status_of("ana@example.org") == "unsubscribed"


def test_a_no_that_is_said_there_while_we_tell_of_a_yes_is_obeyed(
    here: NewsletterList, there: Mailchimp
) -> None:
    there.add("old@example.org", "unsubscribed")
    sync(there)
    subscribe(here, "ana@example.org")
    with transaction() as session:
        session.get_one(NewsletterList, here.id).remote_at = now()
    there.add("ana@example.org", "unsubscribed")  # long before what is asked for, so only telling finds it
    ask_for_sync(scope=SYSTEM, list_id=here.id)
    sync(there)
    assert states()["ana@example.org"] == "unsubscribed"
    assert there.status_of("ana@example.org") == "unsubscribed"


def test_a_yes_by_letter_after_a_no_there_stands_here_and_is_not_forced_there(
    here: NewsletterList, there: Mailchimp
) -> None:
    row = subscribe(here, "ana@example.org")
    with transaction() as session:
        session.add(Consent(list_id=here.id, person_id=row.person_id, deed="confirmed", place="link"))
    there.add("ana@example.org", "unsubscribed", changed_at=now() - timedelta(days=9))
    sync(there)
    assert states() == {"ana@example.org": "subscribed"}
    assert there.status_of("ana@example.org") == "unsubscribed"


@pytest.mark.parametrize("status", [429, 500])
def test_what_fails_is_shown_and_goes_on_where_it_stopped(
    here: NewsletterList, there: Mailchimp, status: int
) -> None:
    for n in range(4):
        there.add(f"there{n}@example.org", "subscribed")
    service, row = opened(there), claim_list(now())
    assert row is not None
    stops = iter([False, True])
    sync_list(row.id, service, now(), lambda: next(stops), batch=2)
    assert (fresh(row.id).remote_state, len(states())) == ("due", 2)
    there.failures = [status]
    failed = sync(there)
    assert failed.remote_state == "failed"
    assert str(status) in failed.remote_error
    assert failed.remote_next_at is not None
    waits = failed.remote_next_at - now()
    assert timedelta(minutes=9 if status == 429 else 4) < waits
    assert claim_list(now()) is None  # not before its time
    with transaction() as session:
        session.execute(text("UPDATE newsletter_lists SET remote_next_at = now()"))
    assert sync(there).remote_state == "idle"
    assert len(states()) == 4
    assert there.calls["GET"] == 3


def test_a_key_that_is_not_taken_waits_for_a_person(here: NewsletterList, there: Mailchimp) -> None:
    other = "f" * 16 + "-us6"
    connect(here.id, other)
    sync_due_lists(lambda: False, lambda row, vault: opened(there, vault.open(row.remote_key)))
    failed = fresh(here.id)
    assert (failed.remote_state, failed.remote_next_at) == ("failed", None)
    assert "key" in failed.remote_error
    connect(here.id)
    sync_due_lists(lambda: False, lambda row, vault: opened(there, vault.open(row.remote_key)))
    assert fresh(here.id).remote_state == "idle"


def test_a_key_is_sealed_and_forgotten(here: NewsletterList) -> None:
    assert KEY not in here.remote_key
    assert current_app.extensions["vault"].open(here.remote_key) == KEY
    with transaction() as session:
        session.get_one(NewsletterList, here.id).remote_key = "sealed with another secret"
    sync_due_lists(lambda: False)
    assert "SECRET_KEY" in fresh(here.id).remote_error
    disconnect_list(scope=SYSTEM, list_id=here.id)
    assert (fresh(here.id).remote_state, fresh(here.id).remote_key) == ("off", "")
    assert claim_list(now()) is None


def test_a_member_that_is_refused_does_not_stop_the_rest(here: NewsletterList, there: Mailchimp) -> None:
    there.fake = {"fake@example.org"}
    for name in ("fake", "real"):
        subscribe(here, f"{name}@example.org")
    done = sync(there)
    assert done.remote_report["counts"] == {"refused there": 1, "told": 1}
    assert there.status_of("real@example.org") == "subscribed"


def test_a_list_is_synced_by_one_worker_and_by_another_when_that_one_died(here: NewsletterList) -> None:
    assert claim_list(now()) is not None
    assert claim_list(now()) is None
    with transaction() as session:
        session.execute(text("UPDATE newsletter_lists SET remote_lease_until = now() - interval '1 s'"))
    assert claim_list(now()) is not None


def test_bounced_there_is_bounced_here(here: NewsletterList, there: Mailchimp) -> None:
    subscribe(here, "ana@example.org")
    there.add("ana@example.org", "cleaned")
    sync(there)
    assert states() == {"ana@example.org": "bounced"}

"""Lists, and people put on them with the proof that they agreed."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_newsletter import make_list, subscribe_person
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.opt_out import OptOut
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership
from webapp.people.models.user import Role
from webapp.programme.actions.newsletter_import import ImportResult, import_subscribers
from webapp.programme.actions.newsletter_lists import ListDetails, archive_list, change_list, create_list
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription

DETAILS = ListDetails("Circle News", "Twice a month", "en", "I want it.", True)
FILE = """address,name,consented_at,source
New@example.org,New One,2026-03-31,paper form in Kraków
there@example.org,,2026-03-31T18:00+02:00,old system
left@example.org,,2026-03-31,old system
opted@example.org,,2026-03-31,old system
new@example.org,,2026-03-31,twice
nobody,,2026-03-31,old system
late@example.org,,2999-01-01,old system
when@example.org,,last year,old system
where@example.org,,2026-03-31,
"""


@pytest.fixture
def news(app: Flask, database: Session) -> NewsletterList:
    row = make_list()
    for name, state in (("there", "subscribed"), ("left", "unsubscribed")):
        subscribe_person(row, factories.make_person(f"{name}@example.org"), state=state)
    opted = factories.make_person("opted@example.org")
    with transaction() as session:
        session.add(OptOut(person_id=opted.id, scope="all", source="page"))
    return row


def take(news: NewsletterList, *, is_dry_run: bool, content: str = FILE) -> ImportResult:
    return import_subscribers(
        scope=SYSTEM,
        list_id=news.id,
        content=content.encode(),
        filename="old.csv",
        now=now(),
        is_dry_run=is_dry_run,
    )


def test_a_dry_run_counts_what_the_import_then_does(news: NewsletterList) -> None:
    dry = take(news, is_dry_run=True)
    assert len(db.session.scalars(select(Subscription)).all()) == 2
    done = take(news, is_dry_run=False)
    assert (dry.new, dry.there_already, dry.left_before) == (1, 1, 2)
    assert (done.new, done.there_already, done.left_before) == (1, 1, 2)
    assert [fault.number for fault in done.faults] == [6, 7, 8, 9, 10]
    entry = db.session.scalars(select(Consent)).one()
    assert (entry.deed, entry.place, entry.proof["row"]) == ("imported", "import", 2)
    assert entry.proof["source"] == "paper form in Kraków"
    assert len(db.session.scalars(select(Membership).where(Membership.kind == "newsletter")).all()) == 1
    assert take(news, is_dry_run=False).new == 0


@pytest.mark.parametrize("content", ["", "address,name\na@example.org,Ana\n", "x" * 100])
def test_a_file_without_proof_is_refused(news: NewsletterList, content: str) -> None:
    with pytest.raises(StaffError) as refusal:
        take(news, is_dry_run=False, content=content)
    assert refusal.value.field == "file"


def test_support_begins_changes_and_ends_lists_of_its_own_programme(news: NewsletterList) -> None:
    ours = factories.make_programme()
    scope = factories.scope_of(factories.make_staff(Role.SUPPORT, programme=ours))
    list_id = create_list(scope=scope, programme_id=ours.id, slug="circle", details=DETAILS)
    with pytest.raises(StaffError):
        create_list(scope=scope, programme_id=ours.id, slug="circle", details=DETAILS)
    row = db.session.get_one(NewsletterList, list_id)
    subscribe_person(row)
    change_list(scope=scope, list_id=list_id, details=ListDetails("Circle", "", "pl", "Yes.", False))
    archive_list(scope=scope, list_id=list_id)
    archive_list(scope=scope, list_id=list_id, is_archived=False)
    assert (row.name, row.locale, row.is_public, row.is_archived) == ("Circle", "pl", False, False)
    assert len(db.session.scalars(select(Membership).where(Membership.kind == "newsletter")).all()) == 1
    for act in (
        lambda: create_list(scope=scope, programme_id=news.programme_id, slug="x", details=DETAILS),
        lambda: change_list(scope=scope, list_id=news.id, details=DETAILS),
        lambda: archive_list(scope=scope, list_id=news.id),
    ):
        with pytest.raises(NotFoundError):
            act()

"""Support's pages of mailboxes, and the accept page on which a person confirms what is done about one."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host
from tests.factories_mailboxes import (
    DOMAIN,
    apply_again,
    make_earlier_edition,
    make_programme_with_mailboxes,
    make_used_mailbox,
    take_steps,
)
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import MembershipKind
from webapp.people.models.user import Role
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault
from webapp.programme.mailboxes.demo import DemoMailboxes
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Programme

PLAIN = f"krakow@{DOMAIN}"
CONFIRMED = {"confirmed": "1"}


class IsTaken(DemoMailboxes):
    """A service that has everything already."""

    def create(self, order: object) -> str:
        raise MailboxError(MailboxFault.EXISTS, "Somebody has it <b>already</b>.")


@pytest.fixture
def programme(database: Session) -> Programme:
    return make_programme_with_mailboxes(name="Code Circle")


@pytest.fixture
def support(app: Flask, programme: Programme) -> Visitor:
    return Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=programme).email)


def steps() -> list[tuple[str, str]]:
    db.session.rollback()
    query = select(MailboxStep.operation, MailboxStep.state).order_by(MailboxStep.id)
    return [tuple(row) for row in db.session.execute(query)]


def ways_of(page: str) -> list[tuple[str, bool]]:
    """Return what can be done about the mailbox as the accept page offers it, and which way is chosen."""
    found = re.findall(r'name="mailbox" value="([^"]*)"( checked)?', page)
    return [(html.unescape(token), bool(checked)) for token, checked in found]


def test_the_list_shows_what_is_theirs_and_finds_it(programme: Programme, support: Visitor) -> None:
    krakow = factories.make_event(programme, name="Kraków <3>")
    used, failed = make_used_mailbox(krakow), make_used_mailbox(krakow, "taken", DemoMailboxes())
    make_used_mailbox(factories.make_event(make_programme_with_mailboxes()), "foreign")
    page = support.get("/mailboxes").text
    assert "foreign@" not in page
    assert "Kraków &lt;3&gt;" in page
    assert "somebody has already" in page, "the last step says why"
    for query, shown, hidden in (
        ("state=failed", failed, used),
        ("state=active", used, failed),
        ("search=TAKEN", failed, used),
        (f"before={failed.id}", used, failed),
    ):
        page = support.get(f"/mailboxes?{query}").text
        assert f"/mailboxes/{shown.id}" in page, query
        assert f"/mailboxes/{hidden.id}" not in page, query
    assert support.get("/mailboxes?state=x&before=y&search=%25").status_code == 200
    assert 'href="/mailboxes"' in support.get("/").text


def test_a_mailbox_that_failed_is_retried_or_done_without(
    programme: Programme, support: Visitor, database: Session
) -> None:
    sent = apply_to_host(programme)
    triage_host(scope=SYSTEM, application_id=sent.application_id, action="accept", slug="krakow", now=now())
    take_steps(IsTaken())
    mailbox, step = database.scalars(select(Mailbox)).one(), database.scalars(select(MailboxStep)).one()
    here = f"/mailboxes/{mailbox.id}"
    page = support.get(here).text
    for words in (
        "Somebody has it &lt;b&gt;already",
        "2 letters wait for this mailbox",
        "Retry",
        "Move the old",
    ):
        assert words in page, words
    before = fingerprint()
    for deed in ("keep", "move", "send-without", "suspend", "reset"):
        refused = support.submit(f"{here}/{deed}", {}, seen_at=here)
        assert (refused.status_code, "confirm what it says" in refused.text) == (422, True), deed
    for deed in ("suspend", "reset"):
        refused = support.submit(f"{here}/{deed}", CONFIRMED, seen_at=here)
        assert (refused.status_code, "Only one that is in use" in refused.text) == (409, True), deed
    assert support.submit(f"{here}/retry", {"step": "x"}, seen_at=here).status_code == 422
    assert fingerprint() == before
    assert support.submit(f"{here}/retry", {"step": step.id}, seen_at=here).status_code == 303
    assert steps() == [("create", "waiting")]
    again = support.submit(f"{here}/retry", {"step": step.id}, seen_at=here)
    assert (again.status_code, "nothing to try again" in again.text) == (409, True)
    take_steps(IsTaken())
    assert support.submit(f"{here}/send-without", CONFIRMED, seen_at=here).status_code == 303
    named = database.execute(
        select(EmailLog.merge_values, Shoot.state)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.cause == "host.accepted")
    ).all()
    assert [row[1] for row in named] == ["sending"] * 2
    assert all(PLAIN not in row[0] for row in named)
    refused = support.submit(f"{here}/send-without", CONFIRMED, seen_at=here)
    assert (refused.status_code, "No letter waits" in refused.text) == (409, True)
    assert support.submit(f"{here}/move", CONFIRMED, seen_at=here).status_code == 303
    assert steps() == [("create", "waiting"), ("rename", "waiting")]
    assert f"{PLAIN}</bdi> has moved" in support.get(here).text
    take_steps()
    assert 'data-state="active"' in support.get(here).text


def test_a_mailbox_in_use_is_reset_and_suspended(programme: Programme, support: Visitor) -> None:
    event = factories.make_event(programme)
    factories.register(factories.make_person("ola@example.org", "Ola"), event, MembershipKind.ORGANIZER)
    here = f"/mailboxes/{make_used_mailbox(event).id}"
    assert "Ola (ola@example.org)" in support.get(here).text
    refused = support.submit(f"{here}/reset", {**CONFIRMED, "recovery": "evil@example.com"}, seen_at=here)
    assert (refused.status_code, "Choose an organizer" in refused.text) == (422, True)
    for deed in ({"recovery": "ola@example.org"}, {}):
        name = "reset" if deed else "suspend"
        assert support.submit(f"{here}/{name}", {**CONFIRMED, **deed}, seen_at=here).status_code == 303
        take_steps()
    page = support.get(here).text
    assert 'data-state="suspended"' in page
    assert "Suspend it: done" in page
    assert support.submit(f"{here}/keep", CONFIRMED, seen_at=here).status_code == 303
    assert 'data-state="active"' in support.get(here).text


def test_organizers_and_other_support_do_nothing_here(app: Flask, programme: Programme) -> None:
    event = factories.make_event(programme)
    here = f"/mailboxes/{make_used_mailbox(event).id}"
    organizer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    elsewhere = factories.make_programme()
    other = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=elsewhere).email)
    assert 'href="/mailboxes"' not in organizer.get("/").text
    before = fingerprint()
    for visitor in (organizer, other):
        assert visitor.get(here).status_code == 404
        for deed in ("retry", "keep", "move", "suspend", "reset", "send-without"):
            answer = visitor.submit(f"{here}/{deed}", CONFIRMED, seen_at="/profile/")
            assert answer.status_code == 404, deed
    assert fingerprint() == before


def test_what_is_confirmed_on_the_accept_page_is_what_is_done(
    programme: Programme, support: Visitor, database: Session
) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=False)
    page = f"/host-applications/{host}/accept"
    shown = support.get(page).text
    assert "Say first which earlier edition it continues" in shown
    assert ways_of(shown) == []
    alone = ways_of(support.get(f"{page}?slug=krakow-2027&previous_event_id=none").text)
    assert alone == [(f"create krakow-2027@{DOMAIN}", True), ("none", False)]
    moved = f"migrate {PLAIN} krakow-2027-03@{DOMAIN}"
    shown = support.get(f"{page}?slug=krakow-2027&previous_event_id={first.id}").text
    assert ways_of(shown)[0] == (moved, True)
    assert "its letters stay" in html.unescape(shown)
    before = fingerprint()
    form = {"slug": "krakow-2027", "previous_event_id": first.id}
    for said in ({}, {"mailbox": alone[0][0] + "x"}, {"mailbox": "migrate a@b c@d"}):
        refused = support.submit(page, {**form, **said})
        assert refused.status_code == 422, said
        assert 'id="mailbox-error"' in refused.text
        assert ways_of(refused.text)[0] == (moved, True), "now it can be confirmed"
    assert fingerprint() == before
    assert support.submit(page, {**form, "mailbox": moved}).status_code == 303
    assert steps() == [("create", "done"), ("rename", "waiting"), ("create", "waiting")]
    undo = f"/host-applications/{host}"
    assert support.submit(f"{undo}/undo", {}, seen_at=undo).status_code == 303
    assert steps() == [("create", "done"), ("rename", "cancelled")]
    database.refresh(old)
    assert (old.address, old.state, old.event_id) == (PLAIN, "active", first.id)

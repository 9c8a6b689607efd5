"""What needs attention: every kind made to happen, seen with its one action, and by nobody of another event."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories, factories_concerns
from tests.integration.mail.outcomes import give_outcomes
from tests.integration.web.house import House
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import words
from tests.statements import counted
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.schedule_steering import resend_letters
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.concerns import CONCERNS, ranked_kinds
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event

EVERYBODY, SUPPORT = {Role.ORGANIZER, Role.SUPPORT}, {Role.SUPPORT}

# kind: how it is made, what is said, what its button says, where that leads, and who of the event's staff sees it
MADE: dict[str, tuple[Callable[[Event], None], str, str, str, set[Role]]] = {
    "bounced": (
        factories_concerns.make_bounce,
        "“Came back to us” to",
        "Correct the address",
        "/people/edit/",
        EVERYBODY,
    ),
    "failed": (factories_concerns.make_failure, "2 letters failed", "See which", "/log?shoot=", EVERYBODY),
    "uncertain": (
        factories_concerns.make_uncertain,
        "without an answer",
        "Decide",
        "/uncertain?shoot=",
        EVERYBODY,
    ),
    "stopped": (factories_concerns.make_stopped, "only if you say so", "Decide", "/shoots/", EVERYBODY),
    "held_too_long": (
        factories_concerns.make_held,
        "One letter cannot leave: the event’s mailbox is not ready.",
        "Send without it",
        "/",
        EVERYBODY,
    ),
    "mailboxes": (
        factories_concerns.make_failed_mailbox,
        "The service is away.",
        "Retry",
        "/mailboxes/",
        SUPPORT,
    ),
    "rule_runs": (
        factories_concerns.make_missed_run,
        "It was due nine days ago.",
        "Decide",
        "/rules/",
        EVERYBODY,
    ),
    "rules_stopped": (
        factories_concerns.make_silence,
        "Rules stopped going out",
        "See what is due",
        "/rules?",
        SUPPORT,
    ),
    "waiting_hosts": (
        factories_concerns.make_waiting_host,
        "for 30 days; 14 are allowed",
        "Decide",
        "/host-applications/",
        SUPPORT,
    ),
    "waiting_messages": (
        factories_concerns.make_waiting_message,
        "nobody has read it",
        "Answer",
        "/messages/",
        EVERYBODY,
    ),
    "template_missing": (
        factories_concerns.make_foreign_words,
        "Letters in Georgian",
        "Write them",
        "/templates/attend.received?place=event-",
        EVERYBODY,
    ),
    "newsletter_sync": (
        factories_concerns.make_lost_step,
        "It refuses our key.",
        "Sync again",
        "/newsletter-lists/",
        SUPPORT,
    ),
    "stopped_all": (
        factories_concerns.make_stop_of_all,
        "stopped all letters: A drill",
        "See why",
        "/stop-all/",
        EVERYBODY,
    ),
}
OF_ALL_STAFF = {"rules_stopped", "stopped_all"}  # whatever they work on, the first of them support alone


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def section(page: str, kind: str) -> str:
    """Return the part of today's page that is about a kind; "" where there is none."""
    found = re.search(rf'<section class="concern" id="concern-{kind}".*?</section>', page, re.S)
    return found[0] if found else ""


def test_every_kind_is_seen_with_its_action_and_by_nobody_else(house: House) -> None:
    assert MADE.keys() == set(CONCERNS), "make a concern of every kind happen here"
    for make, *_ in MADE.values():
        make(house.event)
    pages = {role: house.visit(role).get("/").text for role in Role if role != Role.REVIEWER}
    strangers = [
        factories.make_staff(Role.ORGANIZER, event=house.foreign),
        factories.make_staff(Role.ORGANIZER, event=house.sister),
        factories.make_staff(Role.SUPPORT, programme=house.theirs),
    ]
    foreign = [Visitor(house.app).sign_in(user.email).get("/").text for user in strangers]
    for kind, (_, said, action, address, seen_by) in MADE.items():
        for whose, page in pages.items():
            shown = section(page, kind)
            if whose not in seen_by | {Role.ADMINISTRATOR}:
                assert not shown, f"{whose} is shown {kind}"
                continue
            assert said in words(shown), (whose, kind, words(shown))
            link = re.search(rf'<a class="btn" href="([^"]+)"[^>]*>{action}</a>', shown)
            assert link, (whose, kind, shown)
            assert link[1].startswith(address), (whose, kind, link[1])
        for page in foreign:
            if kind not in OF_ALL_STAFF:
                assert not section(page, kind), f"a stranger is shown {kind}"


def test_each_action_leads_to_a_page_that_is_there(house: House) -> None:
    for make, *_ in MADE.values():
        make(house.event)
    for role in (Role.ORGANIZER, Role.SUPPORT):
        visitor = house.visit(role)
        page = visitor.get("/today/concerns").text
        links = set(re.findall(r'href="([^"]+)"', page))
        assert links
        for link in links:
            answer = visitor.get(link.replace("&amp;", "&"))
            assert answer.status_code == 200, (role, link, answer.status_code)


def test_what_was_sent_again_is_no_concern_any_more(house: House) -> None:
    shoot_id = factories_concerns.make_letters(house.event, 4, "Twice")
    give_outcomes(shoot_id, dict.fromkeys((0, 1), ("failed", "address", "550 5.1.1 no")))
    support = house.visit(Role.SUPPORT)
    assert "2 letters were refused" in words(section(support.get("/").text, "bounced"))

    resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=0)
    shown = section(support.get("/").text, "bounced")
    assert "“Twice” to" in words(shown)
    assert "Correct the address" in shown

    with transaction() as session:
        session.merge(find_reader(shoot_id, 1)).email = "better@example.org"
    shown = section(support.get("/").text, "bounced")
    assert "corrected since" in words(shown)
    assert f'href="/log/{shoot_id}/1"' in shown

    again_id, _ = resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=1)
    assert not section(support.get("/").text, "bounced")
    give_outcomes(again_id, {0: ("failed", "address", "550 5.1.1 no")})
    assert "better@example.org came back" in words(section(support.get("/").text, "bounced"))


def find_reader(shoot_id: int, seq: int) -> Person:
    """Return who got a letter."""
    sql = "SELECT person_id FROM email_logs WHERE shoot_id = :shoot AND seq = :seq"
    person_id = db.session.execute(db.text(sql), {"shoot": shoot_id, "seq": seq}).scalar_one()
    return db.session.get_one(Person, person_id)


def test_much_of_a_kind_is_folded_and_costs_no_more(house: House) -> None:
    visitor = house.visit(Role.SUPPORT)
    page: list[str] = []

    def statements() -> int:
        with house.app.app_context(), counted() as asked:
            page.append(visitor.get("/today/concerns").text)
        return len(asked)

    for make, *_ in MADE.values():
        make(house.event)
    few = statements()
    for _ in range(9):
        factories_concerns.make_bounce(house.event)
        factories_concerns.make_missed_run_of(house.event)
        factories_concerns.make_waiting_message(house.event)
    assert statements() <= few
    for kind, rest in (
        ("bounced", "/log?state=failed&amp;reason=address"),
        ("rule_runs", "/rules?state=missed"),
        ("waiting_messages", "/messages/?state=received"),
    ):
        shown = section(page[-1], kind)
        assert shown.count("<li>") == 4, kind
        assert "and 6 more" in words(shown), kind
        assert f'href="{rest}"' in shown, kind


def test_rules_that_never_ran_have_stopped_only_when_something_is_overdue(house: House) -> None:
    support = house.visit(Role.SUPPORT)
    assert not section(support.get("/").text, "rules_stopped")
    factories_concerns.make_missed_run_of(house.event, state="scheduled")
    assert "Rules stopped going out" in section(support.get("/").text, "rules_stopped")


def test_kinds_stand_in_their_order() -> None:
    assert next(iter(ranked_kinds())).name == "rules_stopped"


def test_held_for_the_undo_time_is_no_concern(house: House) -> None:
    factories.make_sender()
    factories_concerns.make_held(house.event)
    with transaction() as session:
        for shoot in session.scalars(select(Shoot).where(Shoot.batch.isnot(None))):
            shoot.scheduled_at = now() if shoot.gate else shoot.scheduled_at
    page = house.visit(Role.SUPPORT).get("/").text
    assert not section(page, "held_too_long")
    assert "1 letter held" in words(page)

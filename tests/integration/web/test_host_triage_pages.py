"""Support's pages on applications to host: the queue, deciding and undoing, many at once, and whose they are."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host, set_state_of_programme
from tests.integration.web.house import House
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.host_notes import set_organizer_flag
from webapp.programme.models.host_application import HostApplication, OrganizerFlag
from webapp.programme.models.programme import Event
from webapp.programme.queries.host import find_host_people

LIST = "/host-applications"


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    factories.make_sender()
    house = House(app)
    for programme in (house.ours, house.theirs):
        set_state_of_programme(programme, is_hosting_open=True)
    return house


@pytest.fixture
def support(house: House) -> Visitor:
    return house.visit(Role.SUPPORT)


def row_of(application_id: int) -> HostApplication:
    db.session.rollback()
    return db.session.get_one(HostApplication, application_id)


def letters_for(role: str) -> int:
    db.session.rollback()
    query = select(func.count()).select_from(EmailLog).where(EmailLog.dedupe_key.startswith(f"{role}:"))
    return db.session.scalar(query.where(EmailLog.state != "cancelled")) or 0


def test_the_queue_shows_what_waits_and_finds_it(house: House, support: Visitor) -> None:
    old = apply_to_host(house.ours)
    young = apply_to_host(house.ours, city="Gdańsk")
    foreign = apply_to_host(house.theirs)
    with transaction() as session:
        session.get_one(HostApplication, old.application_id).state_at = now() - timedelta(days=15)
    page = support.get(LIST).text
    assert page.index(young.reference) < page.index(old.reference)
    assert foreign.reference not in page
    assert page.count("data-late") == 1
    assert 'To decide <span class="tab-count">2</span>' in page
    for query, shown, hidden in (
        ("search=gdansk", young, old),
        ("waiting=1", old, young),
        (f"search={old.reference}", old, young),
        (f"before={young.application_id}", old, young),
    ):
        page = support.get(f"{LIST}?{query}").text
        assert shown.reference in page, query
        assert hidden.reference not in page, query
    assert old.reference not in support.get(f"{LIST}?state=accepted").text
    assert old.reference not in support.get(f"{LIST}?assigned=me").text
    assert support.get(f"{LIST}?state=nonsense&programme=x&before=-1").status_code == 200


def test_the_page_says_all_that_is_known(house: House, support: Visitor) -> None:
    first, second = apply_to_host(house.ours), apply_to_host(house.ours)
    page = support.get(f"{LIST}/{first.application_id}").text
    for words in ("We teach.", "The city library", "Zofia Nowak", "Jan Wójcik", "same_place_application"):
        assert words in page
    assert f"{LIST}/{second.application_id}" in page
    answer = support.submit(
        f"{LIST}/{first.application_id}/act", {"comment": "Ask <b>them</b>."}, seen_at=page_of(first)
    )
    assert answer.status_code == 303
    assert "Ask &lt;b&gt;them&lt;/b&gt;." in support.get(page_of(first)).text


def test_accept_and_undo(house: House, support: Visitor) -> None:
    sent = apply_to_host(house.ours)
    page = f"{LIST}/{sent.application_id}/accept"
    shown = support.get(page).text
    assert 'value="krakow"' in shown
    assert shown.count("Account: invitation") == 2
    assert row_of(sent.application_id).state == "new"
    refused = support.submit(page, {"slug": ""})
    assert refused.status_code == 422
    assert "Write an address for the event." in refused.text
    assert (
        support.submit(page, {"slug": "krakow", "note": "Welcome!", "previous_event_id": "none"}).status_code
        == 303
    )
    assert db.session.scalars(
        select(Event.slug).where(Event.host_application_id == sent.application_id)
    ).all() == ["krakow"]
    assert letters_for("host.accepted") == 2
    page = support.get(page_of(sent)).text
    assert page.count('data-state="held"') == 4
    assert "Send now" in page
    assert support.submit(f"{page_of(sent)}/undo", {}, seen_at=page_of(sent)).status_code == 303
    assert row_of(sent.application_id).state == "new"
    assert letters_for("host.accepted") == 0
    assert (
        db.session.scalar(select(func.count()).where(Event.host_application_id == sent.application_id)) == 0
    )
    again = support.submit(f"{page_of(sent)}/undo", {}, seen_at=page_of(sent))
    assert again.status_code == 303
    assert "can no longer be undone" in support.get(page_of(sent)).text


def test_send_now_ends_the_time_for_undoing(house: House, support: Visitor) -> None:
    sent = apply_to_host(house.ours)
    assert support.submit(f"{page_of(sent)}/reject", {"note": "Next year?"}).status_code == 303
    assert "Undo" in support.get(page_of(sent)).text
    support.submit(f"{page_of(sent)}/send-now", {}, seen_at=page_of(sent))
    page = support.get(page_of(sent)).text
    assert f"{page_of(sent)}/undo" not in page
    assert 'data-state="held"' not in page
    assert row_of(sent.application_id).note == "Next year?"
    assert support.get(f"{page_of(sent)}/accept").status_code == 303


def test_a_blocked_organizer_and_an_earlier_edition_are_confirmed(house: House, support: Visitor) -> None:
    earlier = factories.make_event(house.ours, name="Kraków 1", slug="krakow", city="Kraków", country="PL")
    elsewhere = factories.make_event(house.theirs, name="Elsewhere")
    sent = apply_to_host(house.ours)
    lead = find_host_people(sent.application_id)[0]
    set_organizer_flag(scope=SYSTEM, person_id=lead.id, kind="blocked", reason="Took the money.")
    page, form = f"{page_of(sent)}/accept", {"slug": "krakow-again"}
    assert "Took the money." in support.get(page).text
    for more, says in (
        ({}, "Say which earlier edition"),
        ({"previous_event_id": elsewhere.id, "is_acknowledged": "y"}, "Not a valid choice"),
        ({"previous_event_id": earlier.id}, "Say that you have seen this"),
    ):
        refused = support.submit(page, {**form, **more})
        assert (refused.status_code, says in refused.text) == (422, True), says
    assert row_of(sent.application_id).state == "new"
    done = support.submit(page, {**form, "previous_event_id": earlier.id, "is_acknowledged": "y"})
    assert done.status_code == 303
    made = db.session.scalars(select(Event).where(Event.host_application_id == sent.application_id)).one()
    assert made.previous_event_id == earlier.id


def test_holding_without_a_comment_is_refused_at_its_field(house: House, support: Visitor) -> None:
    sent = apply_to_host(house.ours)
    act = f"{page_of(sent)}/act"
    refused = support.submit(act, {"action": "put_on_hold", "comment": " "}, seen_at=page_of(sent))
    assert refused.status_code == 422
    assert 'id="comment-error"' in refused.text
    assert row_of(sent.application_id).state == "new"
    support.submit(act, {"action": "put_on_hold", "comment": "Until May"}, seen_at=page_of(sent))
    assert row_of(sent.application_id).state == "on_hold"
    refused = support.submit(act, {"action": "accept", "comment": ""}, seen_at=page_of(sent))
    assert refused.status_code == 422


def test_many_are_shown_before_they_are_done(house: House, support: Visitor) -> None:
    first, second, third = (apply_to_host(house.ours, city=city) for city in ("Kraków", "Łódź", "Gdynia"))
    support.submit(f"{page_of(third)}/act", {"action": "withdraw"}, seen_at=page_of(third))
    ids = [one.application_id for one in (first, second, third)]
    query = "&".join(f"rowid={one}" for one in ids)
    before = fingerprint()
    plan = support.get(f"{LIST}/many?action=reject&{query}").text
    assert fingerprint() == before
    assert "Reject 2 applications" in plan
    assert f"{third.reference} is withdrawn" in plan
    assert support.get(f"{LIST}/many?action=accept&{query}").status_code == 302
    hold = {"action": "put_on_hold", "rowid": ids, "comment": ""}
    many = f"{LIST}/many?action=put_on_hold&{query}"
    refused = support.submit(f"{LIST}/many", hold, seen_at=many)
    assert (refused.status_code, 'id="comment-error"' in refused.text) == (422, True)
    assert support.submit(f"{LIST}/many", {**hold, "action": "reject"}, seen_at=many).status_code == 303
    assert [row_of(one).state for one in ids] == ["rejected", "rejected", "withdrawn"]
    assert letters_for("host.rejected") == 4


def test_it_is_assigned_and_warned_of_only_within(house: House, support: Visitor) -> None:
    sent = apply_to_host(house.ours)
    foreign = apply_to_host(house.theirs)
    stranger = factories.make_staff(Role.SUPPORT, programme=house.theirs)
    colleague = factories.make_staff(Role.SUPPORT, programme=house.ours)
    people = [find_host_people(one.application_id)[0].id for one in (sent, foreign)]
    flag = set_organizer_flag(scope=SYSTEM, person_id=people[1], kind="watch", reason="Late")
    page, before = page_of(sent), fingerprint()
    for address, form in (
        (f"{page}/assign", {"assigned_to": stranger.id}),
        (f"{page}/flag", {"person": people[1], "kind": "watch", "reason": "No"}),
        (f"{page}/clear-flag", {"flag": flag, "reason": "No"}),
        (f"{LIST}/many", {"action": "reject", "rowid": [sent.application_id, foreign.application_id]}),
        (f"{page_of(foreign)}/reject", {"note": "No"}),
        (f"{page_of(foreign)}/act", {"comment": "No"}),
        (f"{page_of(foreign)}/undo", {}),
        (f"{page_of(foreign)}/send-now", {}),
    ):
        assert support.submit(address, form, seen_at=page).status_code in {303, 404, 422}, address
    assert fingerprint() == before
    support.submit(f"{page}/assign", {"assigned_to": colleague.id}, seen_at=page)
    assert row_of(sent.application_id).assigned_to_id == colleague.id
    support.submit(f"{page}/flag", {"person": people[0], "kind": "watch", "reason": "Slow"}, seen_at=page)
    assert "on the watch list: Slow" in support.get(page).text
    ours = db.session.scalars(select(OrganizerFlag.id).where(OrganizerFlag.person_id == people[0])).one()
    support.submit(f"{page}/clear-flag", {"flag": ours, "reason": "Not so"}, seen_at=page)
    assert "on the watch list" not in support.get(page).text


def test_a_question_begins_a_letter_to_one_person_and_changes_nothing(house: House, support: Visitor) -> None:
    sent, foreign = apply_to_host(house.ours), apply_to_host(house.theirs)
    support.submit(f"{page_of(sent)}/act", {"action": "put_on_hold", "comment": "?"}, seen_at=page_of(sent))
    letters = db.session.scalar(select(func.count()).select_from(EmailLog))
    answer = support.submit(f"{page_of(sent)}/ask", {}, seen_at=page_of(sent))
    assert answer.status_code == 303
    shown = support.get(answer.location).text
    assert f"Your application {sent.reference}: a question" in shown
    audience = support.get(f"{answer.location}/audience/").text
    lead = find_host_people(sent.application_id)[0]
    assert lead.email in audience
    assert find_host_people(sent.application_id)[1].email not in audience
    assert row_of(sent.application_id).state == "on_hold"
    assert db.session.scalar(select(func.count()).select_from(EmailLog)) == letters
    assert support.submit(f"{page_of(foreign)}/ask", {}, seen_at=page_of(sent)).status_code == 404
    place = Place(get_scope(factories.make_staff(Role.SUPPORT, programme=house.ours)), house.ours.id)
    with pytest.raises(StaffError):
        SEGMENTS.get("host-lead").select_people({"application": str(foreign.application_id)}, place)


def test_organizers_and_other_support_see_nothing(house: House) -> None:
    sent, foreign = apply_to_host(house.ours), apply_to_host(house.theirs)
    organizer, support = house.visit(Role.ORGANIZER), house.visit(Role.SUPPORT)
    for page in (LIST, page_of(sent), f"{page_of(sent)}/accept", f"{LIST}/many?action=reject&rowid=1"):
        assert organizer.get(page).status_code == 403, page
    assert LIST not in organizer.get("/").text
    assert f'href="{LIST}"' in support.get("/").text
    many = f"{LIST}/many?action=reject&rowid={foreign.application_id}"
    for page in (page_of(foreign), f"{page_of(foreign)}/accept", f"{page_of(foreign)}/reject", many):
        assert support.get(page).status_code == 404, page


def page_of(sent: object) -> str:
    """Return the address of an application's page."""
    return f"{LIST}/{sent.application_id}"

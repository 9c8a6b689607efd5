"""Mail by rule as a month, and one letter of it as a real person would get it."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_rules import letters, make_applicant, make_rule_event, runs_of, write_template
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.people.models.user import Role
from webapp.programme.actions.rules import plan_runs
from webapp.programme.models.programme import Event, Programme

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _sender(database: Session) -> None:
    factories.make_sender()


def make_event_in(days: int, programme: Programme | None = None, **values: object) -> Event:
    """Make an event so many days from today."""
    return make_rule_event(programme, starts_on=(now() + timedelta(days=days)).date(), **values)


def grid_of(page: str) -> str:
    """Return the table of a month."""
    return page[page.index('class="sheet is-flush month-grid"') : page.index('class="month-agenda"')]


def day_of(page: str, day: str) -> str:
    """Return one day of the table."""
    grid = grid_of(page)
    return re.split("</td>", grid[grid.index(f'datetime="{day}"') :])[0]


def test_a_month_shows_what_is_due_where_and_what_needs_somebody(app: Flask) -> None:
    coming = make_event_in(40, name="Kraków #3")
    plan_runs(now())
    late = make_event_in(-12, name="Athens")  # its thanks are missed
    make_event_in(40, name="Tbilisi", date_precision="tbd")
    plan_runs(now())
    chief = Visitor(app).sign_in(factories.make_staff().email)
    thanks = runs_of(coming)["thank_you"].due_at
    assert thanks is not None

    this_month = chief.get("/rules/calendar").text
    assert f"{now():%B %Y}" in this_month
    above = this_month[: this_month.index("month-line")]
    assert "Somebody has to look" in above
    assert f'/rules/{runs_of(late)["thank_you"].id}"' in above
    assert "stand on no day" in this_month or "stands on no day" in this_month

    month = f"{thanks:%Y-%m}"
    page = chief.get(f"/rules/calendar?month={month}").text
    day = day_of(page, f"{thanks:%Y-%m-%d}")
    assert "Thank you" in day
    assert "Kraków #3" in day
    assert 'data-state="scheduled"' in day
    assert f'href="/rules/{runs_of(coming)["thank_you"].id}"' in day
    agenda = page[page.index('class="month-agenda"') :]
    assert "Kraków #3" in agenda

    for narrow in ("rule=ask_numbers", "state=sent", f"event={late.id}", f"programme={late.programme_id}"):
        assert "Thank you" not in day_of(
            chief.get(f"/rules/calendar?month={month}&{narrow}").text, f"{thanks:%Y-%m-%d}"
        ), narrow
    links = re.findall(r'href="(/rules/calendar\?[^"]*month=[^"]*)"', page)
    assert len(links) == 2
    for link in links:
        assert chief.get(link.replace("&amp;", "&")).status_code == 200
    for odd in ("2027-13", "0000-00", "x", "9999-12", "٢٠٢٧-٠٣"):
        assert f"{now():%B %Y}" in chief.get("/rules/calendar", query_string={"month": odd}).text


def test_a_month_of_others_is_empty(app: Flask) -> None:
    mine, other = make_event_in(20, name="Mine"), make_event_in(20, name="Theirs")
    plan_runs(now())
    due = runs_of(mine)["thank_you"].due_at
    assert due is not None
    organizer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=mine).email)
    page = organizer.get(f"/rules/calendar?month={due:%Y-%m}").text
    assert "Mine" in page
    assert "Theirs" not in page
    assert organizer.get(f"/rules/calendar?event={other.id}").status_code == 404


def test_a_dry_run_shows_the_letter_of_a_real_person(app: Flask) -> None:
    event = make_event_in(3, name="Łódź #2")
    first, second = make_applicant(event), make_applicant(event)
    for who, name in ((first, "Ana"), (second, "نور")):
        who.person.name = name
    db.session.commit()
    write_template(
        "attend.see_you_soon", event, html="<p>Hello {{ person.name }}, see you.</p>", subject="Soon"
    )
    plan_runs(now())
    run = runs_of(event)["see_you_soon"]
    support = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=event.programme).email)
    page = support.get(f"/rules/{run.id}").text
    assert "The letter to <bdi>Ana</bdi>" in page
    assert "Hello Ana, see you." in page
    words = f"/templates/attend.see_you_soon?place=event-{event.id}"
    assert f'href="{words}"' in page
    assert support.get(words).status_code == 200
    other = support.get(f"/rules/{run.id}?person={second.person_id}").text
    assert "Hello نور, see you." in other
    letter = support.get(f"/rules/{run.id}/letter?person={second.person_id}")
    assert "Hello نور, see you." in letter.text
    assert "sandbox" in letter.headers["Content-Security-Policy"]
    stranger = factories.make_person("stranger@example.org", "Stranger")
    assert support.get(f"/rules/{run.id}?person={stranger.id}").status_code == 404
    assert support.get(f"/rules/{run.id}/letter?person={stranger.id}").status_code == 404
    assert letters("attend.see_you_soon") == []
    write_template("attend.see_you_soon", event, locale="en", html="<p>{{ nobody.knows }}</p>")
    broken = support.get(f"/rules/{run.id}")
    assert (broken.status_code, "It cannot be written." in broken.text) == (200, True)
    assert support.get(f"/rules/{run.id}/letter").status_code == 422
    foreign = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=make_event_in(5)).email)
    assert foreign.get(f"/rules/{run.id}/letter").status_code == 404

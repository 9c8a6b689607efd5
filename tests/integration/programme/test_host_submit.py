"""Applying to host: one application however often it is sent, a letter to each, refusals that lose nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host, make_hosting_programme, submission_for
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.programme.actions.host_submit import HostSubmission, Organizer, Submitted, submit_host_application
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.domain.host_rules import DatePrecision, HostRefusedError, PartialDate
from webapp.programme.models.activity import Activity
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.host import HostFilter, count_host_applications, page_host_applications


def submit(submission: HostSubmission) -> Submitted:
    return submit_host_application(submission=submission, now=now())


def keys() -> set[str]:
    return {key for key in db.session.scalars(select(EmailLog.dedupe_key)) if key}


def refused(submission: HostSubmission) -> dict[str, str]:
    with pytest.raises(HostRefusedError) as refusal:
        submit(submission)
    return {one.field: one.sentence for one in refusal.value.refusals}


def test_each_organizer_and_support_is_promised_a_letter(database: Session) -> None:
    programme = make_hosting_programme()
    sent = apply_to_host(
        programme, organizers=(Organizer("Ana@Example.org ", "Ana"), Organizer("b@example.org", "B"))
    )
    row = db.session.get_one(HostApplication, sent.application_id)
    people = {person.email: person.id for person in db.session.scalars(select(Person))}
    assert row.reference == f"H-{now().year}-0001"
    assert row.city_key == "krakow"
    assert keys() == {
        f"host.received:{row.id}:{people['ana@example.org']}",
        f"host.received:{row.id}:{people['b@example.org']}",
        f"host.notify_support:{row.id}",
    }
    lines = {shoot.cause: shoot.sender_line["reply_to"] for shoot in db.session.scalars(select(Shoot))}
    assert lines == {"host.notify_support": "ana@example.org", "host.received": programme.support_email}
    kinds = db.session.execute(select(Membership.person_id, Membership.kind)).all()
    assert {tuple(one) for one in kinds} == {
        (people["ana@example.org"], "host"),
        (people["b@example.org"], "host"),
    }
    assert "We teach." in str(db.session.scalars(select(EmailLog.merge_values)).all())


def test_sent_twice_or_at_once_it_is_one_application(app: Flask, database: Session) -> None:
    submission = submission_for(make_hosting_programme())
    db.session.remove()
    answers = at_once(app, *[lambda: submit(submission)] * 3)
    assert {answer.application_id for answer in answers if isinstance(answer, Submitted)} == {1}, answers
    assert sorted(answer.is_new for answer in answers if isinstance(answer, Submitted)) == [
        False,
        False,
        True,
    ]
    assert not submit(submission).is_new
    assert len(keys()) == 3


def test_references_count_on(database: Session) -> None:
    programme = make_hosting_programme()
    found = [apply_to_host(programme).reference[-4:] for _ in range(3)]
    assert found == ["0001", "0002", "0003"]


def test_a_refusal_writes_nothing_but_that_it_was(database: Session) -> None:
    programme = make_hosting_programme()
    soon = PartialDate((now() + timedelta(days=61)).date())
    found = refused(submission_for(programme, proposed=soon))
    assert set(found) == {"date"}
    assert not keys()
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    activity = db.session.scalars(select(Activity)).one()
    assert (activity.verb, activity.subject_id) == ("host.refused", programme.id)


def test_a_new_application_of_the_same_lead_waits_for_the_first(database: Session) -> None:
    programme = make_hosting_programme()
    lead = (Organizer("lead@example.org", "Lead"),)
    first = apply_to_host(programme, organizers=lead)
    again = submission_for(programme, organizers=(Organizer(" LEAD@example.org", "Lead"),))
    assert first.reference in refused(again)["organizers-0-email"]
    assert apply_to_host(make_hosting_programme(), organizers=lead).is_new, "another programme's is no matter"
    triage_host(scope=SYSTEM, application_id=first.application_id, action="move_to_review", now=now())
    assert submit(again).is_new


def test_an_accepted_lead_waits_half_a_year(database: Session) -> None:
    programme = make_hosting_programme()
    lead = (Organizer("lead@example.org", "Lead"),)
    first = apply_to_host(programme, organizers=lead)
    triage_host(scope=SYSTEM, application_id=first.application_id, action="accept", slug="krakow", now=now())
    day = submission_for(programme).proposed.first
    near = submission_for(programme, organizers=lead, proposed=PartialDate(day + timedelta(days=179)))
    assert set(refused(near)) == {"date"}
    assert submit(replace(near, proposed=PartialDate(day + timedelta(days=180)))).is_new


def test_everything_that_is_wrong_is_said_at_once(database: Session) -> None:
    programme = make_hosting_programme()
    team = (Organizer("no address", ""), Organizer("a@example.org", "A"), Organizer("A@example.org", "A"))
    assert set(refused(submission_for(programme, organizers=team))) == {
        "organizers-0-name",
        "organizers-0-email",
        "organizers-2-email",
    }
    assert set(refused(submission_for(programme, city=" ", country="", format="by post"))) == {
        "city",
        "country",
        "format",
    }
    foreign = factories.make_event().id
    assert set(refused(submission_for(programme, claimed_event_id=foreign))) == {"previous_event"}


def test_where_nobody_may_apply_nobody_can(database: Session) -> None:
    programme = make_hosting_programme(is_hosting_open=False)
    with pytest.raises(NotFoundError):
        apply_to_host(programme)


def test_a_month_is_kept_as_a_month(database: Session) -> None:
    month = PartialDate((now() + timedelta(days=200)).date().replace(day=1), DatePrecision.MONTH)
    sent = apply_to_host(make_hosting_programme(), proposed=month)
    row = db.session.get_one(HostApplication, sent.application_id)
    assert (row.proposed_on, row.date_precision) == (month.first, "month")
    written = f"{month.first:%B %Y}"
    assert written in str(db.session.scalars(select(EmailLog.merge_values)).all())


def test_the_queue_is_paged_filtered_and_counted(database: Session) -> None:
    programme, other = make_hosting_programme(), make_hosting_programme()
    sent = [apply_to_host(programme, city=city) for city in ("Kraków", "Łódź", "Αθήνα")]
    apply_to_host(other)
    scope = factories.scope_of(factories.make_staff("support", programme=programme))
    first = page_host_applications(scope, HostFilter(), now=now(), limit=2)
    second = page_host_applications(scope, HostFilter(), now=now(), limit=2, before=first.next_before)
    assert [row.id for row in first.rows + second.rows] == [one.application_id for one in reversed(sent)]
    assert second.next_before is None
    for words, index in (("lodz", 1), ("Athina", 2), (sent[0].reference, 0)):
        found = page_host_applications(scope, HostFilter(words=words), now=now())
        assert [row.id for row in found.rows] == [sent[index].application_id], words
    assert count_host_applications(scope, HostFilter(), now=now())["new"] == 3
    later = now() + timedelta(days=15)
    assert count_host_applications(scope, HostFilter(is_waiting=True), now=later)["new"] == 3
    assert count_host_applications(scope, HostFilter(is_waiting=True), now=now())["new"] == 0

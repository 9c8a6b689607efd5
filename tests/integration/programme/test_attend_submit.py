"""Applying to attend: one person, one application, one number, one letter, and nothing half done."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import ANSWERS, letters, make_application, make_form
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.programme.actions.attend_submit import (
    Outcome,
    RefusedAnswersError,
    Submitted,
    submit_application,
)
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription
from webapp.programme.models.programme import Event

SLUG = "krakow-3"


@pytest.fixture
def event(database: Session) -> Event:
    factories.make_sender()
    event = factories.make_event(slug=SLUG, name="Kraków #3")
    make_form(event)
    return event


def apply(form: str = "t", *, slug: str = SLUG, **answers: list[str]) -> Submitted:
    return submit_application(slug=slug, given={**ANSWERS, **answers}, submission_token=form, now=now())


def count(database: Session, table: type) -> int:
    database.rollback()
    return database.scalar(select(func.count()).select_from(table)) or 0


def test_an_application_is_stored_with_its_number_link_and_letter(event: Event, database: Session) -> None:
    done = apply()

    row = database.get_one(Application, done.application_id)
    assert done == Submitted(Outcome.RECEIVED, row.id, True)
    assert (row.number, row.person.email, row.person.name) == (1, "ana@example.org", "Ana Kovač")
    assert row.answers["experience"] == ["I am a complete beginner"]
    assert (row.decision, row.announced, row.rsvp) == ("undecided", "undecided", "none")
    assert letters() == [(f"attend.received:{row.id}", "ana@example.org")]
    member = database.scalars(select(Membership)).one()
    assert (member.person_id, member.event_id, member.kind) == (row.person_id, event.id, "applicant")
    assert database.scalars(select(Activity.verb).order_by(Activity.id)).all()[-1] == "application.received"
    values = database.scalars(select(EmailLog.merge_values)).one()
    assert f"http://localhost/applications/{row.token}" in values
    assert any("I want to learn." in (value or "") for value in values)


def test_the_same_form_sent_twice_is_one_application(event: Event, app: Flask, database: Session) -> None:
    answers = at_once(app, *[apply] * 4)
    assert sorted(answer.outcome for answer in answers if isinstance(answer, Submitted)) == [
        Outcome.RECEIVED,
        *[Outcome.REPEATED] * 3,
    ], answers
    assert len(letters()) == count(database, Application) == 1
    assert database.scalars(select(Form.last_number)).one() == 1


@pytest.mark.contract
def test_contract_14_spellings_of_one_address_are_one_applicant(
    event: Event, app: Flask, database: Session
) -> None:
    spellings = ["Ana@X.org", "ana@x.org ", " ANA@X.ORG", "mailto:ana@x.org"]
    calls = [lambda text=text, token=str(n): apply(token, email=[text]) for n, text in enumerate(spellings)]
    answers = at_once(app, *calls)
    assert sorted(answer.outcome for answer in answers if isinstance(answer, Submitted)) == [
        *[Outcome.KNOWN] * 3,
        Outcome.RECEIVED,
    ], answers
    assert count(database, Application) == 1
    assert [row.email for row in database.scalars(select(Person))] == ["ana@x.org"]


def test_who_applies_again_gets_the_link_again_once_an_hour_and_keeps_the_answers(
    event: Event, database: Session
) -> None:
    first = apply()
    moment = now().replace(minute=10)
    given = {**ANSWERS, "name": ["Somebody Else"], "why": ["Other words"]}
    for n in range(3):
        again = submit_application(slug=event.slug, given=given, submission_token=f"again {n}", now=moment)
        assert again.outcome == Outcome.KNOWN
    keys = [key for key, _ in letters()]
    assert keys == [
        f"attend.received:{first.application_id}",
        f"attend.received:{first.application_id}:resend:{moment:%Y%m%d%H}",
    ]
    row = database.get_one(Application, first.application_id)
    assert (row.answers["why"], row.person.name) == ("I want to learn.", "Ana Kovač")
    for values in database.scalars(select(EmailLog.merge_values)):
        assert not any("Other words" in (value or "") for value in values), "somebody else's words"


def test_numbers_count_within_the_event_without_gaps(event: Event, app: Flask, database: Session) -> None:
    with pytest.raises(RefusedAnswersError):
        apply("wrong", why=[""])
    calls = [lambda n=n: apply(str(n), email=[f"p{n}@example.org"]) for n in range(5)]
    at_once(app, *calls)
    database.rollback()
    assert sorted(database.scalars(select(Application.number))) == [1, 2, 3, 4, 5]
    other = factories.make_event()
    make_form(other)
    assert make_application(other).number == 1


def test_refused_answers_store_nothing(event: Event, database: Session) -> None:
    with pytest.raises(RefusedAnswersError) as refused:
        apply(email=["nobody"], why=[" "])
    assert refused.value.errors.keys() == {"email", "why"}
    assert count(database, Application) == count(database, Person) == len(letters()) == 0


def test_a_closed_form_takes_nothing_but_knows_what_it_took(event: Event, database: Session) -> None:
    done = apply()
    with transaction():
        database.scalars(select(Form)).one().closes_at = now()
    assert apply().application_id == done.application_id
    with pytest.raises(ConflictError, match="does not take"):
        apply("late", email=["late@example.org"])
    with pytest.raises(NotFoundError):
        apply(slug=factories.make_event().slug)


def test_the_name_of_a_known_person_is_kept(event: Event, database: Session) -> None:
    factories.make_person("ana@example.org", "Dr Ana Kovač", locale="pl")
    row = database.get_one(Application, apply().application_id)
    assert (row.person.name, row.answers["name"]) == ("Dr Ana Kovač", "Ana Kovač")


def test_an_application_is_not_lost_for_want_of_a_sender(database: Session) -> None:
    event = factories.make_event()
    make_form(event)
    done = apply(slug=event.slug)
    assert (done.outcome, done.is_letter_promised) == (Outcome.RECEIVED, False)
    verbs = database.scalars(select(Activity.verb).order_by(Activity.id)).all()
    assert verbs[-2:] == ["application.received", "application.letter_missing"]


def test_a_ticked_newsletter_is_asked_for_and_not_subscribed(event: Event, database: Session) -> None:
    apply(newsletter=["yes"])
    assert count(database, Consent) == count(database, Subscription) == 0, "there is no list"
    with transaction() as session:
        session.add(
            NewsletterList(
                programme_id=event.programme_id, slug="news", name="News", consent_words="Yes, write to me."
            )
        )
    apply("2", email=["two@example.org"])
    done = apply("3", email=["three@example.org"], newsletter=["yes"])
    consent = database.scalars(select(Consent)).one()
    assert (consent.deed, consent.place, consent.words) == ("asked", "application form", "Yes, write to me.")
    assert consent.proof["application_id"] == done.application_id
    place = database.scalars(select(Subscription)).one()
    assert (place.state, place.asked_count, place.source) == ("pending", 0, "application 3, Kraków #3")
    assert place.person.email == "three@example.org"


def test_whoever_left_the_newsletter_and_asks_again_has_to_confirm_again(
    event: Event, database: Session
) -> None:
    person = factories.make_person("ana@example.org")
    with transaction() as session:
        news = NewsletterList(programme_id=event.programme_id, slug="n", name="N", consent_words="Yes")
        session.add(news)
        session.flush()
        session.add(Subscription(list_id=news.id, person_id=person.id, state="unsubscribed", asked_count=1))
    apply(newsletter=["yes"])
    place = database.scalars(select(Subscription)).one()
    assert (place.state, place.asked_count) == ("pending", 0)

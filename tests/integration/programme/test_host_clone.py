"""The next edition of an event: it takes form and words from the one before, and nothing that happened to it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import make_application, make_form
from tests.factories_host import apply_to_host, make_hosting_programme
from tests.factories_rules import plan_one, runs_of, write_template
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.letter_template import LetterTemplate
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.attend_forms import add_question, change_question, remove_question
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.actions.host_undo import undo_host_decision
from webapp.programme.domain.attend_questions import Asked, Condition, QuestionKind
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event, Programme
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.attend import find_questions

pytestmark = pytest.mark.usefixtures("database")
COLOUR = Asked("", "Which colour?", QuestionKind.CHOICE, choices=("red", "green"))


def make_first_edition(programme: Programme) -> Event:
    """Make an event with a form that has changed over time, words of its own, applicants and letters sent."""
    first = factories.make_event(
        programme,
        slug="krakow",
        name="Kraków",
        city="Kraków",
        country="PL",
        series_slug="krakow",
        capacity=30,
    )
    with transaction() as session:
        event = session.merge(first)
        event.is_site_ready, event.applicant_count, event.attendee_count = True, 61, 29
        event.numbers_told_at = now()
    make_form(
        first, confirmation="See you at the library.", is_blind=False, closes_at=now() + timedelta(days=3)
    )
    make_application(first)
    add_question(scope=SYSTEM, event_id=first.id, question=COLOUR)
    tint = Asked("", "Which tint?", QuestionKind.SHORT, condition=Condition("which_colour", ("red",)))
    add_question(scope=SYSTEM, event_id=first.id, question=tint)
    for row in find_questions(_form_of(first).id):
        if row.key == "occupation":
            remove_question(scope=SYSTEM, event_id=first.id, question_id=row.id)  # answered: only retired
        if row.key == "why":
            change_question(
                scope=SYSTEM,
                event_id=first.id,
                question_id=row.id,
                question=Asked("", "Why?", QuestionKind.LONG),
            )
    write_template("organizer.thank_you", first, html="<p>Our own words</p>")
    write_template("attend.accepted", first, locale="pl", html="<p>Hura</p>")
    plan_one(first)
    return first


def _form_of(event: Event) -> Form:
    return db.session.scalars(select(Form).where(Form.event_id == event.id)).one()


def test_the_next_edition_has_form_and_words_but_no_past(database: Session) -> None:
    programme = make_hosting_programme()
    first = make_first_edition(programme)
    sent = apply_to_host(programme)
    chief = factories.scope_of(factories.make_staff())
    done = triage_host(
        scope=chief,
        application_id=sent.application_id,
        action="accept",
        now=now(),
        slug="krakow-2",
        previous_event_id=first.id,
    )
    clone = database.get_one(Event, done.event_id)
    assert (clone.edition_number, clone.series_slug, clone.previous_event_id) == (2, "krakow", first.id)
    assert (clone.capacity, clone.is_site_ready, clone.numbers_told_at) == (30, False, None)
    assert (clone.applicant_count, clone.attendee_count) == (None, None)

    before, form = _form_of(first), _form_of(clone)
    assert (form.confirmation, form.is_blind, form.locale) == (before.confirmation, False, before.locale)
    assert (form.opens_at, form.closes_at, form.last_number, form.revision) == (None, None, 0, 1)
    asked = find_questions(form.id, with_retired=True)
    keys = [question.key for question in asked]
    assert keys == [question.key for question in find_questions(before.id)]
    assert "occupation" not in keys
    by_key = {question.key: question for question in asked}
    assert by_key["why"].label == "Why?"
    assert by_key["which_tint"].condition == {"question": "which_colour", "values": ["red"]}

    words = database.scalars(select(LetterTemplate).where(LetterTemplate.event_id == clone.id)).all()
    assert {(one.role, one.locale, one.slots["main"], one.author_id) for one in words} == {
        ("organizer.thank_you", "", "<p>Our own words</p>", chief.user_id),
        ("attend.accepted", "pl", "<p>Hura</p>", chief.user_id),
    }
    assert database.scalar(select(func.count()).where(Application.event_id == clone.id)) == 0

    runs = runs_of(clone)  # planned at once, by its own date; the first edition's stand where they stood
    assert {name: run.state for name, run in runs.items()} == {
        "thank_you": "scheduled",
        "ask_numbers": "scheduled",
        "offer_help": "scheduled",
        "see_you_soon": "scheduled",
    }
    assert [run.rule for run in runs_of(first).values()] == ["thank_you"]


def test_undoing_takes_the_copies_back_and_leaves_the_first_edition(database: Session) -> None:
    programme = make_hosting_programme()
    first = make_first_edition(programme)
    sent = apply_to_host(programme)
    chief = factories.scope_of(factories.make_staff())
    before = count_all(database)
    for _ in range(2):  # twice: nothing is left over that would be in the way
        triage_host(
            scope=chief,
            application_id=sent.application_id,
            action="accept",
            now=now(),
            slug="krakow-2",
            previous_event_id=first.id,
        )
        undo_host_decision(scope=chief, application_id=sent.application_id, now=now())
    assert count_all(database) == before


def count_all(database: Session) -> list[int]:
    """Return how many events, forms, questions, templates and runs there are."""
    database.rollback()
    return [
        database.scalar(select(func.count()).select_from(model)) or 0
        for model in (Event, Form, Question, LetterTemplate, RuleRun)
    ]

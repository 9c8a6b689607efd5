"""The form of an event: whose it is, its times, and questions that keep their answers."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_attend import make_application, make_form
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.models.sender import Sender
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.user import Role
from webapp.programme.actions.attend_forms import (
    FormTexts,
    add_question,
    change_form,
    change_question,
    create_form,
    move_question,
    remove_question,
)
from webapp.programme.domain.attend_questions import Asked, Condition, QuestionKind, QuestionRole
from webapp.programme.models.activity import Activity
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event
from webapp.programme.queries.attend import as_asked, find_form_page, find_open_form, find_questions

COLOUR = Asked("", "Which colour?", QuestionKind.CHOICE, choices=("red", "green"))


@pytest.fixture
def event(database: Session) -> Event:
    factories.make_sender()
    return factories.make_event(slug="krakow-3", timezone="America/Sao_Paulo")


def organizer_of(event: Event) -> Scope:
    return factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))


def row_of(database: Session, event: Event, key: str) -> Question:
    database.rollback()
    return database.scalars(
        select(Question).join(Form).where(Form.event_id == event.id, Question.key == key)
    ).one()


def test_a_form_begins_closed_with_the_usual_questions(event: Event, app: Flask, database: Session) -> None:
    event_id = event.id
    answers = at_once(app, *[lambda: create_form(scope=SYSTEM, event_id=event_id)] * 3)
    assert sum(isinstance(answer, int) for answer in answers) == 1, answers
    assert sum(isinstance(answer, StaffError) for answer in answers) == 2, answers
    page = find_form_page(event.slug, now())
    assert page is not None
    assert page.opening == "unset"
    assert page.questions[0].key == "name"
    assert len(page.questions) == 14, "the newsletter is asked only where there is one"
    assert find_open_form(event.slug, now()) is None


def test_a_form_is_its_organizers(event: Event) -> None:
    other = organizer_of(factories.make_event())
    for call in (
        lambda: create_form(scope=other, event_id=event.id),
        lambda: change_form(scope=other, event_id=event.id, texts=FormTexts()),
        lambda: add_question(scope=other, event_id=event.id, question=COLOUR),
        lambda: change_question(scope=other, event_id=event.id, question_id=1, question=COLOUR),
        lambda: move_question(scope=other, event_id=event.id, question_id=1, is_up=True),
        lambda: remove_question(scope=other, event_id=event.id, question_id=1),
    ):
        with pytest.raises(NotFoundError):
            call()
    mine = organizer_of(event)
    assert create_form(scope=mine, event_id=event.id)
    assert add_question(scope=mine, event_id=event.id, question=COLOUR)


def test_a_question_of_another_form_is_not_there(event: Event, database: Session) -> None:
    theirs = factories.make_event()
    make_form(event), make_form(theirs)
    foreign = row_of(database, theirs, "why").id
    for call in (
        lambda: change_question(scope=SYSTEM, event_id=event.id, question_id=foreign, question=COLOUR),
        lambda: move_question(scope=SYSTEM, event_id=event.id, question_id=foreign, is_up=True),
        lambda: remove_question(scope=SYSTEM, event_id=event.id, question_id=foreign),
    ):
        with pytest.raises(NotFoundError):
            call()


@pytest.mark.contract
@pytest.mark.parametrize(
    ("opens", "instant"),
    [
        ("2018-02-17T18:00", datetime(2018, 2, 17, 20, tzinfo=UTC)),  # summer time, until it was abolished
        ("2018-02-18T18:00", datetime(2018, 2, 18, 21, tzinfo=UTC)),
        ("2027-01-15T18:00", datetime(2027, 1, 15, 21, tzinfo=UTC)),
    ],
)
def test_contract_22_a_form_opens_at_six_where_the_event_is(
    event: Event, opens: str, instant: datetime
) -> None:
    make_form(event, is_open=False)
    change_form(scope=SYSTEM, event_id=event.id, texts=FormTexts(opens=opens))
    assert find_open_form(event.slug, instant) is not None
    assert find_open_form(event.slug, instant.replace(hour=instant.hour - 1, minute=59)) is None


def test_a_form_opens_only_where_letters_can_come_from(event: Event, database: Session) -> None:
    make_form(event, is_open=False)
    sender = database.scalars(select(Sender)).one()
    sender.is_active = False
    database.commit()
    for texts, field in (
        (FormTexts(opens="2027-03-06T10:00"), "opens"),
        (FormTexts(closes="2027-03-06T10:00"), "closes"),
    ):
        with pytest.raises(StaffError, match="add one under Settings, Senders") as refusal:
            change_form(scope=SYSTEM, event_id=event.id, texts=texts)
        assert refusal.value.field == field
    change_form(scope=SYSTEM, event_id=event.id, texts=FormTexts(intro="Soon"))  # words are not opening
    sender.is_active = True
    database.commit()
    change_form(
        scope=SYSTEM, event_id=event.id, texts=FormTexts(opens="2027-03-06T10:00", closes="2027-04-06T10:00")
    )
    sender.is_active = False
    database.commit()
    for closes in ("2027-03-07T10:00", "2027-03-06T11:00"):  # one may always close earlier
        change_form(scope=SYSTEM, event_id=event.id, texts=FormTexts(opens="2027-03-06T10:00", closes=closes))
    with pytest.raises(StaffError, match="there is no sender"):
        change_form(
            scope=SYSTEM,
            event_id=event.id,
            texts=FormTexts(opens="2027-03-06T10:00", closes="2027-05-01T10:00"),
        )
    change_form(scope=SYSTEM, event_id=event.id, texts=FormTexts())


def test_the_texts_are_cleaned_and_their_change_is_written_down_once(event: Event, database: Session) -> None:
    make_form(event, is_open=False)
    texts = FormTexts(intro="<p>Hi<script>x</script></p>", confirmation=" Bye \r\n", locale="pt-BR")
    for _ in range(2):
        change_form(scope=SYSTEM, event_id=event.id, texts=texts)
    form = database.scalars(select(Form)).one()
    assert (form.intro, form.confirmation, form.locale) == ("<p>Hix</p>", "Bye", "pt-BR")
    assert database.scalars(select(Activity.verb)).all() == ["form.created", "form.changed"]
    for wrong, field in (
        (FormTexts(opens="2027-03-06T10:00", closes="2027-03-06T10:00"), "closes"),
        (FormTexts(opens="soon"), "opens"),
        (FormTexts(locale="klingon"), "locale"),
        (FormTexts(intro="x" * 20_001), "intro"),
    ):
        with pytest.raises(StaffError) as refused:
            change_form(scope=SYSTEM, event_id=event.id, texts=wrong)
        assert refused.value.field == field


def test_every_change_of_the_questions_counts_the_revision_up(event: Event, database: Session) -> None:
    form = make_form(event)
    key = add_question(scope=SYSTEM, event_id=event.id, question=COLOUR)
    move_question(scope=SYSTEM, event_id=event.id, question_id=key, is_up=True)
    change_question(
        scope=SYSTEM,
        event_id=event.id,
        question_id=key,
        question=Asked("", "Which tint?", QuestionKind.CHOICE, choices=("red", "blue")),
    )
    remove_question(scope=SYSTEM, event_id=event.id, question_id=key)
    database.expire_all()
    assert form.revision == 5


def test_questions_change_places(event: Event, database: Session) -> None:
    form = make_form(event)
    before = [row.key for row in find_questions(form.id)]
    first, last = row_of(database, event, before[0]).id, row_of(database, event, before[-1]).id
    move_question(scope=SYSTEM, event_id=event.id, question_id=first, is_up=True)
    move_question(scope=SYSTEM, event_id=event.id, question_id=last, is_up=False)
    assert [row.key for row in find_questions(form.id)] == before, "at the ends nothing happens"
    move_question(scope=SYSTEM, event_id=event.id, question_id=first, is_up=False)
    assert [row.key for row in find_questions(form.id)] == [before[1], before[0], *before[2:]]


def test_an_answered_question_is_never_deleted_nor_changed_in_kind(event: Event, database: Session) -> None:
    factories.make_sender()
    form = make_form(event)
    application = make_application(event)
    why = row_of(database, event, "why")
    with pytest.raises(StaffError, match="kind stays"):
        change_question(
            scope=SYSTEM, event_id=event.id, question_id=why.id, question=Asked("", "Why?", QuestionKind.DATE)
        )
    change_question(
        scope=SYSTEM, event_id=event.id, question_id=why.id, question=Asked("", "Why?", QuestionKind.LONG)
    )
    assert remove_question(scope=SYSTEM, event_id=event.id, question_id=why.id) is True
    assert remove_question(scope=SYSTEM, event_id=event.id, question_id=why.id) is True, "twice is once"
    kept = row_of(database, event, "why")
    assert (kept.retired_at is not None, kept.label) == (True, "Why?")
    assert "why" not in [row.key for row in find_questions(form.id)]
    assert application.answers["why"] == "I want to learn."
    key = add_question(scope=SYSTEM, event_id=event.id, question=Asked("", "Why", QuestionKind.LONG))
    assert database.get_one(Question, key).key == "why_2", "answers of the old one are not the new one's"

    unanswered = row_of(database, event, "phone").id
    assert remove_question(scope=SYSTEM, event_id=event.id, question_id=unanswered) is False
    assert database.get(Question, unanswered) is None


def test_the_form_keeps_what_it_cannot_do_without(event: Event, database: Session) -> None:
    make_form(event)
    email = row_of(database, event, "email")
    with pytest.raises(StaffError, match="address"):
        remove_question(scope=SYSTEM, event_id=event.id, question_id=email.id)
    for wrong in (
        Asked("", "Address", QuestionKind.EMAIL, is_required=True),
        Asked("", "Address", QuestionKind.EMAIL, role=QuestionRole.EMAIL),
    ):
        with pytest.raises(StaffError):
            change_question(scope=SYSTEM, event_id=event.id, question_id=email.id, question=wrong)
    add_question(scope=SYSTEM, event_id=event.id, question=COLOUR)
    tint = Asked("", "Which tint?", condition=Condition("which_colour", ("red",)))
    key = add_question(scope=SYSTEM, event_id=event.id, question=tint)
    assert as_asked(database.get_one(Question, key)).condition == tint.condition
    colour = row_of(database, event, "which_colour").id
    with pytest.raises(StaffError, match="asked only after"):
        remove_question(scope=SYSTEM, event_id=event.id, question_id=colour)

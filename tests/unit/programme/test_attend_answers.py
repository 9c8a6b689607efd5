"""Answers to a form: every kind, conditions, and one sentence for everything that is wrong at once."""

import pytest

from webapp.core.errors import StaffError
from webapp.programme.domain.attend_answers import check_answers, show_answers, write_answers
from webapp.programme.domain.attend_defaults import default_questions
from webapp.programme.domain.attend_questions import (
    Asked,
    Condition,
    QuestionKind,
    QuestionRole,
    check_question,
    propose_key,
    read_choices,
)

CHOICES = ("red", "green")
HELP = Asked("help", "Do you need help?", QuestionKind.BOOL)
WHICH = Asked(
    "which", "Which help?", QuestionKind.LONG, is_required=True, condition=Condition("help", ("yes",))
)


def ask(kind: QuestionKind, **values: object) -> Asked:
    return Asked("q", "Question?", kind, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (QuestionKind.SHORT, ["  Zażółć \n gęślą "], "Zażółć gęślą"),
        (QuestionKind.LONG, ["two\r\n\r\nlines\x00 "], "two\n\nlines"),
        (QuestionKind.CHOICE, ["red"], "red"),
        (QuestionKind.MULTI, ["red", "green", "red"], ["red", "green"]),
        (QuestionKind.EMAIL, [" Ana@X.org "], "ana@x.org"),
        (QuestionKind.NUMBER, ["1 024,50"], "1024.5"),
        (QuestionKind.NUMBER, ["100"], "100"),
        (QuestionKind.DATE, ["2027-03-06"], "2027-03-06"),
        (QuestionKind.URL, ["example.org/me"], "https://example.org/me"),
        (QuestionKind.BOOL, ["on"], "yes"),
        (QuestionKind.BOOL, [], "no"),
    ],
)
def test_answers_are_stored_in_one_spelling(kind: QuestionKind, given: list[str], stored: object) -> None:
    checked = check_answers([ask(kind, choices=CHOICES)], {"q": given})
    assert (checked.answers, checked.errors) == ({"q": stored}, {})


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (QuestionKind.SHORT, ["x" * 301]),
        (QuestionKind.LONG, ["x" * 10_001]),
        (QuestionKind.CHOICE, ["blue"]),
        (QuestionKind.MULTI, ["red", "blue"]),
        (QuestionKind.EMAIL, ["nobody"]),
        (QuestionKind.NUMBER, ["seven"]),
        (QuestionKind.NUMBER, ["nan"]),
        (QuestionKind.NUMBER, ["1e999999"]),
        (QuestionKind.DATE, ["6.3.2027"]),
        (QuestionKind.URL, ["javascript:alert(1)"]),
        (QuestionKind.URL, ["https://[broken"]),
        (QuestionKind.URL, ["me"]),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(kind: QuestionKind, given: list[str]) -> None:
    checked = check_answers([ask(kind, choices=CHOICES)], {"q": given})
    assert checked.answers == {}
    assert checked.errors["q"].endswith((".", "me."))


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_required_question_wants_an_answer(kind: QuestionKind) -> None:
    for given in ({}, {"q": [""]}, {"q": [" \n "]}):
        assert "q" in check_answers([ask(kind, choices=CHOICES, is_required=True)], given).errors


def test_everything_that_is_wrong_is_said_at_once() -> None:
    checked = check_answers(default_questions("en"), {"email": ["nobody"], "age": ["old"]})
    assert {"name", "email", "age", "why", "data_consent", "code_of_conduct"} <= checked.errors.keys()
    assert "phone" not in checked.errors


def test_what_is_not_asked_is_neither_wanted_nor_stored() -> None:
    assert check_answers([HELP, WHICH], {"which": ["x"], "other": ["y"]}).answers == {"help": "no"}
    assert "which" in check_answers([HELP, WHICH], {"help": ["yes"]}).errors
    assert check_answers([HELP, WHICH], {"help": ["1"], "which": ["x"]}).answers["which"] == "x"
    assert "which" in check_answers([WHICH], {}).errors, "a condition on what is gone keeps nobody from it"


def test_postroom_takes_name_address_and_newsletter() -> None:
    given = {"name": ["Ana"], "email": ["A@X.org"], "newsletter": ["yes"]}
    checked = check_answers(default_questions("en"), given)
    assert (checked.name, checked.address, checked.wants_newsletter) == ("Ana", "a@x.org", True)


def test_answers_are_shown_under_their_questions() -> None:
    questions = [HELP, ask(QuestionKind.MULTI, choices=CHOICES)]
    answers = {"q": ["red", "green"], "help": "yes", "gone": "x"}
    assert show_answers(questions, answers) == [("Do you need help?", "Yes"), ("Question?", "red, green")]
    assert write_answers(questions, answers) == "Do you need help?\nYes\n\nQuestion?\nred, green"


def test_the_usual_questions_may_stand_beside_each_other() -> None:
    questions = default_questions("en")
    for question in questions:
        assert check_question(question, [q for q in questions if q is not question])
    assert len({q.key for q in questions}) == len(questions) == 15


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Asked("q", ""), "label"),
        (Asked("q", "x" * 301), "label"),
        (Asked("q", "x", QuestionKind.CHOICE, choices=("one",)), "choices"),
        (Asked("q", "x", role=QuestionRole.EMAIL, is_required=True), "kind"),
        (Asked("q", "x", QuestionKind.EMAIL, role=QuestionRole.EMAIL), "role"),
        (Asked("q", "x", role=QuestionRole.NAME), "role"),
        (Asked("q", "x", condition=Condition("nothing", ("yes",))), "condition"),
        (Asked("q", "x", condition=Condition("which", ("yes",))), "condition"),
        (Asked("q", "x", condition=Condition("help", ("perhaps",))), "condition_values"),
        (Asked("help", "x", QuestionKind.SHORT), "kind"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_at_its_field(question: Asked, field: str) -> None:
    others = [HELP, WHICH, Asked("name", "Name", role=QuestionRole.NAME)]
    with pytest.raises(StaffError) as refused:
        check_question(question, [other for other in others if other.key != question.key])
    assert refused.value.field == field


def test_keys_are_latin_and_never_used_twice() -> None:
    assert propose_key("Why do you want to come?", {"name"}) == "why_do_you_want"
    assert propose_key("Why?", {"why", "why_2"}) == "why_3"
    assert propose_key("لماذا؟", set()) == "question"
    assert read_choices(" red \n\nred\r\n  dark   green ") == ("red", "dark green")

"""What a letter waits for whose turn would come: told alike on its page, on its person's, and in the list there."""

from dataclasses import replace

import pytest

from tests.unit.mail.test_why_shoot import CASE
from webapp.mail.domain.held_back import held_back
from webapp.mail.domain.report_letter import Fate, explain
from webapp.mail.domain.states import EmailState, ShootState
from webapp.mail.domain.why import explain_letter
from webapp.mail.domain.why_shoot import Row, tell_why


@pytest.mark.parametrize(
    ("seq", "open_to", "is_stopped", "words"),
    [
        (0, None, False, ""),
        (9, 10, False, ""),
        (10, 10, False, "first letters"),
        (9, 10, True, "stopped all letters"),
        (10, 10, True, "stopped all letters"),
        (0, None, True, "stopped all letters"),
    ],
)
def test_what_holds_it_back(seq: int, open_to: int | None, is_stopped: bool, words: str) -> None:
    held = held_back(seq, open_to, is_stopped=is_stopped)
    assert words in held
    assert bool(held) == bool(words)


def answers(state: ShootState, held: str) -> tuple[str, str, str]:
    """Return what the letter's page, the list of a person's letters, and the question there say."""
    row = Row(EmailState.PENDING, None, None, "ana@example.org", None, None, None)
    case = replace(CASE, state=state, row=row, held=held)
    return (
        explain(Fate(EmailState.PENDING, shoot_state=state, held=held)).answer,
        explain_letter(EmailState.PENDING, None, None, state, held).sentence,
        " ".join(tell_why(case, lambda at: f"{at:%d %b}").sentences),
    )


def test_every_answer_says_what_holds_a_letter_of_a_shoot_that_is_under_way() -> None:
    held = "It waits until the first letters of the shoot have gone well."
    assert all(held in answer for answer in answers(ShootState.SENDING, held))
    assert not any("first letters" in answer for answer in answers(ShootState.SENDING, ""))


def test_a_shoot_that_is_paused_is_the_nearer_cause() -> None:
    for answer in answers(ShootState.PAUSED, "It waits until the first letters of the shoot have gone well."):
        assert "paused" in answer
        assert "first letters" not in answer

"""Every state a letter can be in has an answer for the telephone."""

import pytest

from webapp.mail.domain.states import EmailState, FailReason, ShootState, SkipReason
from webapp.mail.domain.why import explain_letter


@pytest.mark.parametrize("state", list(EmailState))
@pytest.mark.parametrize("shoot_state", list(ShootState))
def test_every_state_has_a_sentence(state: EmailState, shoot_state: ShootState) -> None:
    why = explain_letter(state, None, None, shoot_state)
    assert why.sentence.endswith(".")
    assert state.value not in why.sentence or state in (EmailState.SENDING, EmailState.CANCELLED)


@pytest.mark.parametrize("reason", list(SkipReason))
def test_every_reason_to_leave_out_has_its_own(reason: SkipReason) -> None:
    why = explain_letter(EmailState.SKIPPED, reason, None, ShootState.COMPLETED)
    assert why.did_get is False
    assert why.advice
    assert why != explain_letter(EmailState.SKIPPED, None, None, ShootState.COMPLETED)


@pytest.mark.parametrize("reason", list(FailReason))
def test_every_reason_to_fail_has_its_own(reason: FailReason) -> None:
    why = explain_letter(EmailState.FAILED, reason, None, ShootState.COMPLETED)
    assert why.did_get is False
    assert why != explain_letter(EmailState.FAILED, None, None, ShootState.COMPLETED)


def test_what_their_server_said_is_in_words() -> None:
    why = explain_letter(
        EmailState.FAILED, FailReason.ADDRESS, "550 5.1.1 no such user", ShootState.COMPLETED
    )
    assert "mailbox does not exist" in why.sentence


def test_only_sent_is_a_yes() -> None:
    yes = {s for s in EmailState if explain_letter(s, None, None, ShootState.SENDING).did_get}
    assert yes == {EmailState.SENT}


def test_a_letter_that_waits_says_for_what() -> None:
    assert "paused" in explain_letter(EmailState.PENDING, None, None, ShootState.PAUSED).sentence
    assert "try again" in explain_letter(EmailState.DEFERRED, None, None, ShootState.SENDING).sentence

"""What follows for a letter from what its carrier said."""

import pytest

from webapp.mail.domain.parcel import Outcome, Verdict
from webapp.mail.domain.retry import DELAYS, MAX_ATTEMPTS, PAUSES, carrier_pause, retry_delay
from webapp.mail.domain.settling import Settled, poison, settle, take_back
from webapp.mail.domain.states import EmailState, FailReason


def settled(
    verdict: Verdict, *, attempt: int = 1, code: int | None = None, retry_after: float | None = None
) -> Settled:
    outcome = Outcome(7, verdict, code=code, reply="450 4.2.1 \n busy", retry_after=retry_after)
    return settle(outcome, shoot_id=1, seq=7, attempt=attempt)


def test_plain_success_leaves_no_words() -> None:
    assert settled(Verdict.SENT).state is EmailState.SENT
    assert settled(Verdict.SENT).detail is None


def test_a_refused_address_fails_with_what_was_said() -> None:
    found = settled(Verdict.THIS_ADDRESS, code=550)
    assert (found.state, found.reason, found.detail) == (
        EmailState.FAILED,
        FailReason.ADDRESS,
        "450 4.2.1 busy",
    )


def test_doubt_is_never_tried_again_by_itself() -> None:
    found = settled(Verdict.UNCERTAIN)
    assert found.state is EmailState.UNCERTAIN
    assert found.delay is None


@pytest.mark.parametrize("verdict", [Verdict.SLOW_DOWN, Verdict.CARRIER_DOWN, Verdict.NOT_BEGUN])
def test_what_is_not_the_letters_fault_burns_no_try(verdict: Verdict) -> None:
    found = settled(verdict)
    assert found.state is EmailState.PENDING
    assert found.is_refunded


def test_a_letter_that_is_refused_as_policy_steps_back_behind_the_others() -> None:
    found = settled(Verdict.CARRIER_DOWN, code=550)
    assert found.state is EmailState.DEFERRED
    assert not found.is_refunded


def test_a_letter_is_put_off_longer_each_time_and_then_given_up() -> None:
    delays = [settled(Verdict.TRY_LATER, attempt=n).delay or 0 for n in range(1, MAX_ATTEMPTS)]
    assert delays == sorted(delays)
    last = settled(Verdict.TRY_LATER, attempt=MAX_ATTEMPTS)
    assert (last.state, last.reason) == (EmailState.FAILED, FailReason.GAVE_UP)


def test_a_wait_that_was_asked_for_is_obeyed() -> None:
    delay = settled(Verdict.TRY_LATER, retry_after=5000).delay
    assert delay is not None
    assert 5000 <= delay <= 6250, "never shorter, and spread so that not all come back at once"


def test_rests_are_spread_and_bounded() -> None:
    first = {retry_delay(1, seq, 1) for seq in range(200)}
    assert len(first) > 150
    assert all(delay is not None and 0.87 * DELAYS[0] <= delay <= 1.13 * DELAYS[0] for delay in first)


def test_a_sender_rests_longer_each_time_up_to_a_minute() -> None:
    assert [carrier_pause(n) for n in range(7)] == [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_taking_back_and_poison() -> None:
    assert take_back(3).is_refunded
    assert poison(3, "x" * 1000).reason is FailReason.POISON
    assert len(poison(3, "x" * 1000).detail or "") == 300

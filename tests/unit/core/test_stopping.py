"""Being asked to stop in the middle of a wait, and in the middle of something that may not be torn."""

import os
import signal
import time
from types import FrameType

import pytest

from webapp.core.stopping import StopWish, stops_wait


def test_a_signal_ends_the_wait() -> None:
    wish = StopWish()

    def take(_number: int, _frame: FrameType | None) -> None:
        wish.make()

    before = signal.signal(signal.SIGALRM, take)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        began = time.monotonic()
        assert wish.wait(30.0)
        assert time.monotonic() - began < 10.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def test_it_is_never_taken_back() -> None:
    wish = StopWish()
    assert not wish.wait(0.001)
    wish.make()
    assert wish.wait(30.0)
    assert wish.wait(30.0), "the second wait may not wait, either"
    assert wish.is_made()


class _AskedError(Exception):
    """What a handler raises, as RQ's does."""


def test_what_may_not_be_torn_is_finished_before_the_asking_is_heard() -> None:
    def take(_number: int, _frame: FrameType | None) -> None:
        raise _AskedError

    finished = []

    def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        finished.append(True)

    before = signal.signal(signal.SIGTERM, take)
    try:
        with pytest.raises(_AskedError), stops_wait():
            work()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert finished == [True]

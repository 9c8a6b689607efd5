"""The numbers at which a canary ends and a guard halts, on both sides of each edge."""

import pytest

from webapp.mail.domain.brakes import (
    BrakeError,
    Canary,
    Counts,
    check_halt_percent,
    find_halt_reason,
    may_begin_wait,
    read_canary,
)


def halts(
    handed: int, failed: int = 0, complained: int = 0, *, percent: int | None = 10, is_canary: bool = False
) -> bool:
    """Say whether these counts halt a shoot."""
    return find_halt_reason(Counts(handed, failed, complained), percent, is_canary=is_canary) is not None


def test_failed_addresses_halt_from_their_share_on_and_never_of_a_few() -> None:
    assert [halts(19, 19), halts(20, 1), halts(20, 2), halts(1000, 99), halts(1000, 100)] == [
        False,
        False,
        True,
        False,
        True,
    ]
    assert [halts(9, 9, is_canary=True), halts(10, 1, is_canary=True)] == [False, True]
    assert [halts(100, 100, percent=0), halts(100, 100, percent=None)] == [False, False]


def test_complaints_halt_from_two_and_a_thousandth_on_whatever_was_chosen() -> None:
    assert [halts(1000, complained=1), halts(2000, complained=2), halts(2001, complained=2)] == [
        False,
        True,
        False,
    ]
    assert halts(5000, complained=5, percent=0)
    assert not halts(19, complained=19)


def test_the_reason_says_the_numbers() -> None:
    words = find_halt_reason(Counts(1200, 180), 15, is_canary=False) or ""
    assert "180 of 1,200 letters" in words
    assert "(15.0 %)" in words
    assert "halt at 15 %" in words
    words = find_halt_reason(Counts(50, 0, 2), 10, is_canary=True) or ""
    assert "2 of the first 50 letters were reported as spam (4.00 %)" in words


def test_what_was_forgiven_is_not_judged_again() -> None:
    then = Counts(100, 30, 2)
    later = Counts(130, 31, 2).since(then.to_json())
    assert later == Counts(30, 1, 0)
    assert Counts(90, 10, 0).since(then.to_json()) == Counts()
    assert then.since(None) is then


@pytest.mark.parametrize(
    ("text", "letters", "count"),
    [("500", 1000, 500), ("5%", 1000, 50), ("0,1 %", 1000, 1), ("12.5%", 80, 10)],
)
def test_a_canary_is_a_number_or_a_share(text: str, letters: int, count: int) -> None:
    assert read_canary(text, 15).count_of(letters) == count


@pytest.mark.parametrize("text", ["", "many", "5.5", "-3", "5%%", "1e3"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(BrakeError):
        read_canary(text, 15)


def test_a_canary_is_some_and_not_all_and_waits() -> None:
    for canary in (
        Canary(0, False),
        Canary(100, False),
        Canary(100, True),
        Canary(5, False, 0),
        Canary(5, False, 10_081),
    ):
        with pytest.raises(BrakeError):
            canary.count_of(100)
    for percent in (-1, 101):
        with pytest.raises(BrakeError):
            check_halt_percent(percent)
    assert check_halt_percent(0) == 0


def test_a_few_put_off_do_not_hold_it_up() -> None:
    assert may_begin_wait(canary_count=50, untried=0, put_off=5)
    assert not may_begin_wait(canary_count=50, untried=0, put_off=6)
    assert not may_begin_wait(canary_count=50, untried=1, put_off=0)

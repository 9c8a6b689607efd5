"""When a rule is due, for how long, and what speaks against it: on the clock of the event's own zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from webapp.core.registry import load_all
from webapp.programme.domain.rules import (
    ASKED_LATE,
    NOBODY_LEFT,
    RULES,
    EventFacts,
    Judgement,
    Occasion,
    Standing,
    due_time,
    judge,
    occasions_of,
    was_entered_late,
)

load_all("webapp.catalog.rules")

THANKS, NUMBERS, HELP = RULES.get("thank_you"), RULES.get("ask_numbers"), RULES.get("offer_help")
REMINDER, SOON = RULES.get("rsvp_reminder"), RULES.get("see_you_soon")
FACTS = EventFacts(
    event_id=1,
    programme_id=1,
    state="open",
    starts_on=date(2027, 3, 6),
    ends_on=date(2027, 3, 7),
    date_precision="day",
    timezone="Europe/Warsaw",
    created_at=datetime(2026, 9, 1, tzinfo=UTC),
)


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def standing(found: Judgement) -> tuple[str, str]:
    return found.standing.value, found.reason


def test_it_is_due_at_ten_in_the_morning_of_the_events_zone() -> None:
    assert due_time(THANKS, FACTS) == (at("2027-03-08T09:00"), at("2027-03-15T09:00"))
    tokyo = replace(FACTS, timezone="Asia/Tokyo")
    assert due_time(THANKS, tokyo)[0] == at("2027-03-08T01:00")


def test_ten_stays_ten_across_a_change_of_clocks() -> None:
    # Summer time begins on 28 March 2027 in Warsaw: the window is seven days there, an hour less in UTC.
    facts = replace(FACTS, starts_on=date(2027, 3, 26), ends_on=None)
    assert due_time(THANKS, facts) == (at("2027-03-27T09:00"), at("2027-04-03T08:00"))
    assert due_time(NUMBERS, facts)[0] == at("2027-04-09T08:00")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-03-08T08:59:59", Standing.SCHEDULED),
        ("2027-03-08T09:00", Standing.DUE),
        ("2027-03-15T08:59:59", Standing.DUE),
        ("2027-03-15T09:00", Standing.MISSED),
        ("2035-03-08T09:00", Standing.MISSED),
    ],
)
def test_the_window_has_two_ends(moment: str, expected: Standing) -> None:
    assert judge(THANKS, FACTS, at(moment)).standing is expected


@pytest.mark.parametrize("state", ["cancelled", "postponed", "archived"])
def test_an_event_that_does_not_take_place_is_skipped_with_its_reason(state: str) -> None:
    for name, rule in RULES.items():
        occasion = Occasion("x", at("2027-02-01T12:00"), None, 3) if name == "rsvp_reminder" else None
        found = judge(rule, replace(FACTS, state=state), at("2027-03-08T10:00"), occasion)
        assert standing(found) == ("skipped", f"The event is {state}.")


def test_a_month_is_not_a_day_except_where_the_rule_says_so() -> None:
    month = replace(FACTS, date_precision="month", starts_on=date(2027, 3, 20), ends_on=None)
    assert standing(judge(THANKS, month, at("2027-01-01T00:00")))[1] == "Only the month of its date is known."
    assert due_time(HELP, month)[0] == at("2027-01-18T09:00")  # 42 days before 1 March
    open_date = replace(FACTS, date_precision="tbd", starts_on=None, ends_on=None)
    assert standing(judge(HELP, open_date, at("2027-01-01T00:00"))) == ("skipped", "It has no date yet.")


def test_help_is_offered_to_those_who_need_it_and_not_before_two_weeks() -> None:
    moment = at("2027-01-25T12:00")
    assert judge(HELP, FACTS, moment).standing is Standing.DUE
    ready = replace(FACTS, is_site_ready=True, has_open_form=True)
    assert judge(HELP, ready, moment).standing is Standing.SKIPPED
    assert judge(HELP, replace(ready, has_open_form=False), moment).standing is Standing.DUE
    young = replace(FACTS, created_at=at("2027-01-20T15:00"))
    assert due_time(HELP, young)[0] == at("2027-02-04T09:00")  # the morning after 14 whole days
    assert judge(HELP, FACTS, at("2027-03-05T22:59")).standing is Standing.DUE
    assert judge(HELP, FACTS, at("2027-03-05T23:00")).standing is Standing.MISSED  # its day has begun


def test_numbers_are_asked_for_once() -> None:
    moment = at("2027-03-25T12:00")
    assert judge(NUMBERS, FACTS, moment).standing is Standing.DUE
    told = replace(FACTS, numbers_told_at=at("2027-03-20T12:00"))
    assert standing(judge(NUMBERS, told, moment)) == ("skipped", "Its numbers have been told already.")


def test_each_deadline_is_an_occasion_and_keeps_its_time_of_day() -> None:
    deadline = Occasion("a", at("2027-02-20T17:30"), at("2027-02-13T17:30"), 4)
    facts = replace(FACTS, deadlines=(deadline,))
    assert occasions_of(REMINDER, facts) == (deadline,)
    assert occasions_of(THANKS, facts) == (Occasion(),)
    found = judge(REMINDER, facts, at("2027-02-18T17:30"), deadline)
    assert found == Judgement(Standing.DUE, "", at("2027-02-18T17:30"), at("2027-02-20T17:30"))
    assert judge(REMINDER, facts, at("2027-02-20T17:30"), deadline).standing is Standing.MISSED


def test_nobody_is_reminded_who_has_answered_or_was_only_just_asked() -> None:
    moment = at("2027-02-18T18:00")
    nobody = Occasion("a", at("2027-02-20T17:30"), None, 0)
    assert standing(judge(REMINDER, FACTS, moment, nobody)) == ("skipped", NOBODY_LEFT)
    fresh = Occasion("a", at("2027-02-20T17:30"), at("2027-02-19T17:30"), 2)
    assert standing(judge(REMINDER, FACTS, moment, fresh)) == ("skipped", ASKED_LATE)


def test_a_rule_can_be_switched_off() -> None:
    off = replace(FACTS, switched_off=frozenset({"thank_you"}))
    assert standing(judge(THANKS, off, at("2027-03-08T10:00")))[0] == "skipped"
    assert judge(NUMBERS, off, at("2027-03-22T10:00")).standing is Standing.DUE


def test_what_was_entered_afterwards_is_known_by_its_creation() -> None:
    moment = at("2027-03-10T12:00")
    late = replace(FACTS, created_at=at("2027-03-09T12:00"))
    assert was_entered_late(THANKS, late, judge(THANKS, late, moment))
    assert not was_entered_late(THANKS, FACTS, judge(THANKS, FACTS, moment))
    short_before = replace(
        FACTS, created_at=at("2027-03-04T12:00")
    )  # three days before the event, after it was due
    found = judge(SOON, short_before, at("2027-03-04T13:00"))
    assert found.standing is Standing.DUE
    assert not was_entered_late(SOON, short_before, found)


def test_an_unknown_zone_does_not_stop_a_rule() -> None:
    assert due_time(THANKS, replace(FACTS, timezone="Mars/Olympus"))[0] == at("2027-03-08T10:00")


def test_no_rule_reaches_back_for_years() -> None:
    assert all(rule.reach_days <= 60 for _, rule in RULES.items())
    old = replace(FACTS, starts_on=date(2019, 3, 6), ends_on=None, created_at=at("2018-01-01T00:00"))
    now = at("2027-03-08T10:00")
    assert all(
        judge(rule, old, now).standing is not Standing.DUE
        for _, rule in RULES.items()
        if rule is not REMINDER
    )
    assert due_time(THANKS, old)[1] < now - timedelta(days=2900)

"""Numbers that add up, paces that are true, and words for people."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.mail.domain.report import (
    Sample,
    ShootSummary,
    add_up,
    bin_width,
    draw_throughput,
    measure_pace,
)
from webapp.mail.domain.report_letter import Fate, explain
from webapp.mail.domain.report_words import explain_reply, readable_subject, sort_mishaps
from webapp.mail.domain.states import EmailState, FailReason, ShootState, SkipReason

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def summary(
    *tallies: tuple[str, str, int], state: str = "sending", audience: int | None = None, ended: bool = False
) -> ShootSummary:
    return ShootSummary(
        shoot_id=1,
        state=ShootState(state),
        kind="bulk",
        audience=sum(count for _, _, count in tallies) if audience is None else audience,
        counts=add_up(tallies),
        expected=None,
        state_reason=None,
        scheduled_at=None,
        created_at=START,
        started_at=START,
        completed_at=at(60) if ended else None,
    )


def test_the_parts_are_counted_by_state_and_reason() -> None:
    it = summary(
        ("sent", "", 10),
        ("failed", "address", 2),
        ("failed", "poison", 1),
        ("skipped", "opted_out", 4),
        ("pending", "", 5),
        ("deferred", "", 3),
        ("sent", "", 1),
    )

    assert (it.sent, it.failed_count, it.skipped_count, it.remaining) == (11, 3, 4, 8)
    assert it.failed == {"address": 2, "poison": 1}
    assert it.settled + it.remaining == it.audience == 26
    assert it.is_balanced


def test_a_state_that_nobody_knows_is_in_the_audience_and_in_no_part() -> None:
    assert not summary(("sent", "", 10), ("vanished", "", 1)).is_balanced


def test_rows_without_tally_upset_the_balance() -> None:
    assert not summary(("sent", "", 10), audience=11).is_balanced


def test_a_completed_shoot_with_something_left_does_not_balance() -> None:
    assert not summary(("sent", "", 9), ("pending", "", 1), state="completed").is_balanced


@pytest.mark.parametrize(
    ("state", "ended", "expected"),
    [
        ("completed", True, True),
        ("cancelled", False, False),  # its rest is still being marked
        ("cancelled", True, True),
        ("paused", False, False),
        ("sending", False, False),
    ],
)
def test_when_it_has_ended(state: str, ended: bool, expected: bool) -> None:
    assert summary(("sent", "", 1), state=state, ended=ended).is_ended is expected


def test_json_has_what_scripts_ask_for_and_sums_up() -> None:
    shown = summary(
        ("sent", "", 3), ("skipped", "opted_out", 2), ("failed", "address", 1), ("sending", "", 4)
    ).to_json()

    assert shown["skipped"] == {"opted_out": 2}
    assert (shown["failed"], shown["remaining"], shown["audience"]) == (1, 4, 10)
    assert shown["started_at"] == "2026-11-21T09:00:00+00:00"
    assert shown["completed_at"] is None


def test_the_pace_is_that_of_the_last_seconds() -> None:
    samples = [Sample(at(s), s * 100) for s in range(60, 20, -1)]
    it = summary(("sent", "", 6000), ("pending", "", 1000), ("deferred", "", 50))

    pace = measure_pace(samples, summary=it, now=at(60))

    assert pace.per_second == pytest.approx(100)
    assert pace.seconds_left == pytest.approx(10)  # those put off are not counted in


def test_a_shoot_that_stands_still_has_no_end_in_sight() -> None:
    it = summary(("sent", "", 500), ("pending", "", 10))
    pace = measure_pace([Sample(at(0), 500)], summary=it, now=at(60))
    assert pace.per_second == 0
    assert pace.seconds_left is None


@pytest.mark.parametrize("state", ["paused", "completed", "cancelled"])
def test_only_a_running_shoot_has_a_pace(state: str) -> None:
    it = summary(("sent", "", 500), state=state)
    assert measure_pace([Sample(at(0), 0)], summary=it, now=at(60)).per_second is None


def test_a_first_sample_says_nothing_yet() -> None:
    it = summary(("sent", "", 500))
    assert measure_pace([Sample(at(9), 400)], summary=it, now=at(10)).per_second is None
    assert measure_pace([], summary=it, now=at(10)).per_second is None


def test_a_chart_lies_on_the_ground_where_nothing_happened() -> None:
    samples = [Sample(at(0), 0), Sample(at(1), 100), Sample(at(31), 160)]

    seconds, rates = draw_throughput(samples, 1)

    began = int(START.timestamp())
    assert [second - began for second in seconds] == [1, 2, 30, 31]
    assert rates == [100.0, 0.0, 0.0, 60.0]


@pytest.mark.parametrize(("seconds", "width"), [(0, 1), (90, 1), (121, 2), (86_400, 720)])
def test_a_chart_has_at_most_120_points(seconds: int, width: int) -> None:
    assert bin_width(START, at(seconds)) == width


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("550 5.1.1 <ada@example.org> unknown", "The mailbox does not exist."),
        ("452 4.2.2 over quota", "The mailbox is full."),
        ("451 4.7.1 Greylisted, come back", "Their server asks strangers to come back later (greylisting)."),
        ("550 5.7.99 no", "Their server refuses our mail for reasons of its own."),
        ("421 busy", "Their server asks to try later."),
        ("554 no", "Their server refuses the letter."),
        ("The worker died.", ""),
    ],
)
def test_replies_in_plain_words(reply: str, words: str) -> None:
    assert explain_reply(reply) == words


def test_mishaps_that_differ_by_address_only_are_one_kind() -> None:
    kinds = sort_mishaps(
        [
            ("failed", "550 5.1.1 <b@example.org> unknown"),
            ("deferred", "451 4.2.2 full"),
            ("failed", "550 5.1.1 <a@example.org> unknown"),
        ]
    )
    assert [(kind.type, kind.count, kind.latest) for kind in kinds] == [("failed", 2, 0), ("deferred", 1, 1)]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("News of {{ event.name }}", "News of Kraków"),
        ('{{ person.name | default("friend") }}, hello', "friend, hello"),
        ("Hello {{person.name}}", "Hello …"),
        ("{% if event.name %}Yes{% endif %} sir", "Yes sir"),
        ("{{ broken", "{{ broken"),
        ("", "(no subject)"),
    ],
)
def test_subjects_for_lists(subject: str, shown: str) -> None:
    assert readable_subject(subject, {"event.name": "Kraków"}) == shown


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        (Fate(EmailState.SENT), "took it"),
        (Fate(EmailState.SKIPPED, SkipReason.NO_ADDRESS), "no e-mail address"),
        (Fate(EmailState.SKIPPED, SkipReason.OPTED_OUT, is_opted_out=True), "asked not to get"),
        (Fate(EmailState.SKIPPED, SkipReason.SUPPRESSED, is_suppressed=True), "Nothing may be sent"),
        (Fate(EmailState.FAILED, FailReason.ADDRESS, "550 5.1.1 no"), "does not exist"),
        (Fate(EmailState.FAILED, FailReason.POISON, "U+2028"), "could not be put into a letter"),
        (Fate(EmailState.FAILED, FailReason.GAVE_UP), "time and again"),
        (Fate(EmailState.UNCERTAIN), "nobody here can know"),
        (Fate(EmailState.CANCELLED), "cancelled"),
        (Fate(EmailState.DEFERRED, detail="452 4.2.2 full"), "full"),
        (Fate(EmailState.SENDING), "right now"),
        (Fate(EmailState.PENDING, shoot_state="paused"), "paused"),
        (Fate(EmailState.PENDING, shoot_state="sending"), "waits for its turn"),
    ],
)
def test_why_they_did_or_did_not_get_it(fate: Fate, words: str) -> None:
    assert words in explain(fate).answer


def test_a_reason_that_is_over_says_so() -> None:
    assert "over by now" in explain(Fate(EmailState.SKIPPED, SkipReason.OPTED_OUT)).next_step
    assert (
        "over by now"
        not in explain(Fate(EmailState.SKIPPED, SkipReason.OPTED_OUT, is_opted_out=True)).next_step
    )


def test_every_state_and_reason_has_an_answer_of_its_own() -> None:
    answers = [explain(Fate(EmailState.SKIPPED, reason)).answer for reason in SkipReason]
    answers += [explain(Fate(EmailState.FAILED, reason)).answer for reason in FailReason]
    assert len(set(answers)) == len(answers)

"""Decided, told and answered: three things, each in a sentence of its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.host_states import HostState
from webapp.programme.domain.person_words import AttendFacts, describe_attend, describe_host

NOON = datetime(2027, 3, 8, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FRESH = AttendFacts("undecided", None, "undecided", None, None, "none", None, None, None, None)
TOLD = replace(FRESH, decision="accepted", announced="accepted", announced_at=NOON)


def day(at: datetime) -> str:
    return f"{at:%d %b}"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (FRESH, "Nothing is decided yet."),
        (
            replace(FRESH, decision="rejected", decided_at=NOON),
            "Decided on 08 Mar: rejected. They have not been told.",
        ),
        (replace(TOLD, announced="rejected", decision="rejected"), "Decided: rejected, and told on 08 Mar."),
        (
            replace(TOLD, announced="waitlisted"),
            "Told on 08 Mar: on the waiting list. Decided since: accepted; of that they have not been told.",
        ),
        (
            replace(TOLD, held_until=NOON + DAY, rsvp="invited"),
            "Decided: accepted. Their letter is held until 09 Mar; until then they know nothing.",
        ),
        (
            replace(TOLD, rsvp="invited", rsvp_deadline=NOON + 7 * DAY),
            "Decided: accepted, and told on 08 Mar. They may answer until 15 Mar and have not.",
        ),
        (replace(TOLD, rsvp="yes", rsvp_at=NOON + DAY), "told on 08 Mar. They come; said on 09 Mar."),
        (replace(TOLD, rsvp="no", rsvp_by="organizer"), "They do not come, stored by an organizer."),
        (replace(TOLD, rsvp="expired", rsvp_deadline=NOON), "They did not answer in time, by 08 Mar."),
        (replace(TOLD, rsvp="yes", withdrawn_at=NOON), "Withdrawn on 08 Mar."),
    ],
)
def test_an_application_to_attend_in_words(facts: AttendFacts, said: str) -> None:
    assert said in " ".join(describe_attend(facts, day))


def test_every_combination_has_words_and_only_the_announced_say_told() -> None:
    for decision, announced, rsvp in product(Decision, Decision, Rsvp):
        facts = replace(FRESH, decision=decision, announced=announced, announced_at=NOON, rsvp=rsvp)
        words = " ".join(describe_attend(facts, day))
        assert words
        assert ("told on" in words.lower()) == (announced != Decision.UNDECIDED), (decision, announced, words)


def test_an_application_to_host_in_words() -> None:
    for state in HostState:
        assert describe_host(state, NOON, None, NOON + DAY, day).endswith("since 08 Mar.")
    held = describe_host(HostState.REJECTED, NOON, NOON + DAY, NOON, day)
    assert held == "Rejected, since 08 Mar. The letters are held until 09 Mar."

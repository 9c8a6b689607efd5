"""Whose mailbox an edition gets, and when a step is tried again."""

from datetime import date, timedelta

import pytest

from webapp.programme.domain.mailbox_proposals import (
    EarlierMailbox,
    Proposal,
    ProposalKind,
    choose_proposal,
    propose_mailbox,
)
from webapp.programme.domain.mailbox_steps import MailboxFault, is_given_up, pause_after

OLD = "nairobi@mail.example"


def propose(
    earlier: EarlierMailbox | None = None, taken: tuple[str, ...] = (), domain: str = "mail.example"
) -> tuple[Proposal, ...]:
    return propose_mailbox(
        slug="nairobi-2027",
        series="nairobi",
        domain=domain,
        earlier=earlier,
        taken=({earlier.address} if earlier else set()) | set(taken),
        organizers=[1, 2],
    )


def earlier(*organizers: int, **values: object) -> EarlierMailbox:
    said = {"address": OLD, "edition": "Nairobi #1", "day": date(2026, 5, 9), **values}
    return EarlierMailbox(organizers=frozenset(organizers), **said)


@pytest.mark.parametrize(
    ("ways", "tokens"),
    [
        (propose(domain=""), ["none"]),
        (propose(), [f"create {OLD}", "none"]),
        (propose(taken=(OLD,)), ["create nairobi-2027@mail.example", "none"]),
        (propose(taken=(OLD, "nairobi-2027@mail.example")), ["none"]),
        (
            propose(earlier(2, 9)),
            [
                f"keep {OLD}",
                f"migrate {OLD} nairobi-2026-05@mail.example",
                "create nairobi-2027@mail.example",
                "none",
            ],
        ),
        (
            propose(earlier(8, 9), ("nairobi-2026-05@mail.example",)),
            [
                f"migrate {OLD} nairobi-2026-05-2@mail.example",
                "create nairobi-2027@mail.example",
                f"keep {OLD}",
                "none",
            ],
        ),
        (
            propose(earlier(1, is_active=False, day=None)),
            [f"migrate {OLD} nairobi-earlier@mail.example", "create nairobi-2027@mail.example", "none"],
        ),
        (
            propose(earlier(9, address="nairobi-2026@mail.example")),
            [f"create {OLD}", "keep nairobi-2026@mail.example", "none"],
        ),
    ],
)
def test_what_is_proposed_and_what_else_can_be_done(ways: tuple[Proposal, ...], tokens: list[str]) -> None:
    assert [way.token for way in ways] == tokens
    assert all(way.reason.endswith(".") and way.consequence.endswith(".") for way in ways)


def test_only_what_was_seen_can_be_confirmed() -> None:
    ways = propose(earlier(9))
    moved = choose_proposal(ways, f"migrate {OLD} nairobi-2026-05@mail.example")
    assert moved is not None
    assert moved.kind is ProposalKind.MIGRATE
    assert moved.touches_earlier
    assert "becomes nairobi-2026-05@mail.example; its letters stay" in moved.consequence
    assert choose_proposal(ways, "migrate") is moved
    assert choose_proposal(ways, f"migrate {OLD} other@mail.example") is None
    assert choose_proposal(ways, "") is None


def test_pauses_grow_and_end() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 12)]
    assert pauses[0] == timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=1)


def test_a_person_acts_where_trying_again_cannot_help() -> None:
    assert is_given_up(MailboxFault.EXISTS, 1)
    assert not is_given_up(MailboxFault.TRY_LATER, 1)
    assert is_given_up(MailboxFault.TRY_LATER, 6)

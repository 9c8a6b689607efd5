"""Whose mailbox an edition gets, and when a step is tried again."""

from datetime import date, timedelta

import pytest

from webapp.programme.domain.mailbox_proposals import ProposalKind, propose_mailbox
from webapp.programme.domain.mailbox_steps import MailboxFault, is_given_up, pause_after


@pytest.mark.parametrize(
    ("domain", "is_taken", "previous", "kind", "old"),
    [
        ("", True, [1], ProposalKind.NONE, ""),
        ("mail.example", False, [1], ProposalKind.CREATE, ""),
        ("mail.example", True, [1, 9], ProposalKind.KEEP, ""),
        ("mail.example", True, [8, 9], ProposalKind.MIGRATE, "nairobi052026@mail.example"),
    ],
)
def test_what_is_proposed(
    domain: str, is_taken: bool, previous: list[int], kind: ProposalKind, old: str
) -> None:
    proposal = propose_mailbox(
        slug="nairobi",
        domain=domain,
        is_taken=is_taken,
        previous_day=date(2026, 5, 9),
        previous_organizers=previous,
        organizers=[1, 2],
    )
    assert (proposal.kind, proposal.old_address) == (kind, old)
    assert proposal.reason.endswith(".")


def test_an_edition_of_an_unknown_day_has_a_name_all_the_same() -> None:
    proposal = propose_mailbox(
        slug="lodz",
        domain="mail.example",
        is_taken=True,
        previous_day=None,
        previous_organizers=[],
        organizers=[1],
    )
    assert proposal.old_address == "lodzearlier@mail.example"


def test_pauses_grow_and_end() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 12)]
    assert pauses[0] == timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=1)


def test_a_person_acts_where_trying_again_cannot_help() -> None:
    assert is_given_up(MailboxFault.EXISTS, 1)
    assert not is_given_up(MailboxFault.TRY_LATER, 1)
    assert is_given_up(MailboxFault.TRY_LATER, 6)

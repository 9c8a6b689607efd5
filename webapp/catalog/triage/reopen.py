"""Triage action: what was rejected or withdrawn is looked at once more, for the reason in the comment."""

from webapp.programme.domain.host_states import HostState
from webapp.programme.queries.triage_actions import Need, TriageAction, register_action

REOPEN = register_action(
    TriageAction(
        name="reopen",
        label="Reopen",
        done="reopened",
        sources=frozenset({HostState.REJECTED, HostState.WITHDRAWN}),
        target=HostState.IN_REVIEW,
        needs=frozenset({Need.COMMENT}),
    )
)

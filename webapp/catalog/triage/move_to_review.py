"""Triage action: somebody of support looks at it."""

from webapp.programme.domain.host_states import HostState
from webapp.programme.queries.triage_actions import TriageAction, register_action

MOVE_TO_REVIEW = register_action(
    TriageAction(
        name="move_to_review",
        label="Move to review",
        done="moved to review",
        sources=frozenset({HostState.NEW, HostState.ON_HOLD}),
        target=HostState.IN_REVIEW,
    )
)

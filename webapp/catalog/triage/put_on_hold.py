"""Triage action: support waits for something, and the comment says for what."""

from webapp.programme.domain.host_states import HostState
from webapp.programme.queries.triage_actions import Need, TriageAction, register_action

PUT_ON_HOLD = register_action(
    TriageAction(
        name="put_on_hold",
        label="Put on hold",
        done="put on hold",
        sources=frozenset({HostState.NEW, HostState.IN_REVIEW}),
        target=HostState.ON_HOLD,
        needs=frozenset({Need.COMMENT}),
    )
)

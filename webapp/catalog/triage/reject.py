"""Triage action: it is not to be, and its organizers are told, with personal words if there are any."""

from webapp.programme.actions.host_deploy import tell_rejected
from webapp.programme.domain.host_states import OPEN_STATES, HostState
from webapp.programme.queries.triage_actions import TriageAction, register_action

REJECT = register_action(
    TriageAction(
        name="reject",
        label="Reject",
        done="rejected",
        sources=frozenset(OPEN_STATES),
        target=HostState.REJECTED,
        letter_role="host.rejected",
        effect=tell_rejected,
    )
)

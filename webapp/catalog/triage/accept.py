"""Triage action: the event comes into being, and its organizers are told."""

from webapp.programme.actions.host_deploy import deploy_host
from webapp.programme.domain.host_states import OPEN_STATES, HostState
from webapp.programme.queries.triage_actions import Need, TriageAction, register_action

ACCEPT = register_action(
    TriageAction(
        name="accept",
        label="Accept",
        done="accepted",
        sources=frozenset(OPEN_STATES),
        target=HostState.ACCEPTED,
        letter_role="host.accepted",
        needs=frozenset({Need.SLUG, Need.PREVIOUS_EDITION}),
        effect=deploy_host,
    )
)

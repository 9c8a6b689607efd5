"""Triage action: the organizers do not want it any more, by their link or through support, who is told."""

from webapp.programme.actions.host_deploy import tell_withdrawn
from webapp.programme.domain.host_states import OPEN_STATES, HostState
from webapp.programme.queries.triage_actions import Actor, TriageAction, register_action

WITHDRAW = register_action(
    TriageAction(
        name="withdraw",
        label="Withdraw",
        done="withdrawn",
        sources=frozenset(OPEN_STATES),
        target=HostState.WITHDRAWN,
        actors=frozenset({Actor.SUPPORT, Actor.LEAD}),
        letter_role="host.withdrawn",
        effect=tell_withdrawn,
    )
)

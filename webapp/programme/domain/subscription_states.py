"""The states of a person's place on a newsletter's list, and of a list's life at another service."""

from enum import StrEnum

from webapp.core.machine import Machine


class SubscriptionState(StrEnum):
    """Whether a person gets a newsletter."""

    PENDING = "pending"  # asked for by somebody with this address; not confirmed by its owner
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


SUBSCRIPTION_MACHINE = Machine(
    "subscription",
    {
        SubscriptionState.PENDING: frozenset({SubscriptionState.SUBSCRIBED, SubscriptionState.UNSUBSCRIBED}),
        SubscriptionState.SUBSCRIBED: frozenset({SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED}),
        # pending: asks again by a form; subscribed: takes the opt-out back on the page that made it
        SubscriptionState.UNSUBSCRIBED: frozenset({SubscriptionState.PENDING, SubscriptionState.SUBSCRIBED}),
        SubscriptionState.BOUNCED: frozenset({SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED}),
    },
)


class RemoteState(StrEnum):
    """How a list that also lives at another service stands."""

    OFF = "off"
    IDLE = "idle"
    DUE = "due"
    RUNNING = "running"
    FAILED = "failed"


REMOTE_MACHINE = Machine(
    "list",
    {
        RemoteState.OFF: frozenset({RemoteState.DUE}),
        RemoteState.IDLE: frozenset({RemoteState.DUE, RemoteState.RUNNING, RemoteState.OFF}),
        RemoteState.DUE: frozenset({RemoteState.RUNNING, RemoteState.OFF}),
        RemoteState.RUNNING: frozenset(
            {RemoteState.IDLE, RemoteState.FAILED, RemoteState.DUE, RemoteState.OFF}
        ),
        RemoteState.FAILED: frozenset({RemoteState.DUE, RemoteState.RUNNING, RemoteState.OFF}),
    },
)

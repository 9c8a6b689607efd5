"""The states of a mailbox and of the steps that are taken with its provider."""

from enum import StrEnum

from webapp.core.machine import Machine


class MailboxState(StrEnum):
    """Whether an address can be used."""

    REQUESTED = "requested"  # nothing was asked of the provider yet
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    FAILED = "failed"  # a person retries, or sends without it
    SUSPENDED = "suspended"
    RETIRED = "retired"  # an older edition's, under another address now


MAILBOX_MACHINE = Machine(
    "mailbox",
    {
        MailboxState.REQUESTED: frozenset(
            {MailboxState.PROVISIONING, MailboxState.ACTIVE, MailboxState.FAILED, MailboxState.RETIRED}
        ),
        MailboxState.PROVISIONING: frozenset(
            {MailboxState.ACTIVE, MailboxState.FAILED, MailboxState.RETIRED}
        ),
        MailboxState.ACTIVE: frozenset({MailboxState.SUSPENDED, MailboxState.RETIRED, MailboxState.FAILED}),
        MailboxState.FAILED: frozenset(
            {MailboxState.PROVISIONING, MailboxState.ACTIVE, MailboxState.RETIRED}
        ),
        MailboxState.SUSPENDED: frozenset({MailboxState.ACTIVE, MailboxState.RETIRED}),
        MailboxState.RETIRED: frozenset(),
    },
)


STATE_WORDS = {
    MailboxState.REQUESTED: "asked for, and not there yet",
    MailboxState.PROVISIONING: "being made",
    MailboxState.ACTIVE: "in use",
    MailboxState.FAILED: "not there: making it failed",
    MailboxState.SUSPENDED: "suspended",
    MailboxState.RETIRED: "an earlier edition's, and only kept for its letters",
}


class StepState(StrEnum):
    """How far one call to the provider is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


STEP_MACHINE = Machine(
    "step",
    {
        StepState.WAITING: frozenset({StepState.RUNNING, StepState.CANCELLED}),
        # waiting: to be tried again, also after its worker died
        StepState.RUNNING: frozenset({StepState.DONE, StepState.FAILED, StepState.WAITING}),
        StepState.DONE: frozenset(),
        StepState.FAILED: frozenset(
            {StepState.WAITING, StepState.CANCELLED}
        ),  # a person says: retry, or let it be
        StepState.CANCELLED: frozenset(),
    },
)

"""Letters about an application to host an event: received, decided, withdrawn."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

_MATTER = frozenset({"host.reference", "host.city", "host.date", "host.organizers", "host.status_link"})
_DESK = _MATTER | {"host.answers", "host.note", "desk.link"}

for _role in (
    LetterRole(
        "host.received",
        "Application to host: received",
        "Goes to each organizer when their application to host an event has arrived.",
        fields=_MATTER | {"host.answers"},
        required=frozenset({"host.status_link"}),
        is_of_event=False,
    ),
    LetterRole(
        "host.notify_support",
        "Application to host: for support",
        "Tells support that an application to host has arrived; answers go to its first organizer.",
        fields=_DESK,
        required=frozenset({"desk.link"}),
        is_of_event=False,
    ),
    LetterRole(
        "host.accepted",
        "Application to host: accepted",
        "Goes to each organizer when support has accepted; waits for the event's mailbox where it names it.",
        fields=_MATTER | {"host.note", "mailbox.address", "desk.link"},
        is_of_event=False,
    ),
    LetterRole(
        "host.rejected",
        "Application to host: rejected",
        "Goes to each organizer when support has rejected, with the personal note if there is one.",
        fields=_MATTER | {"host.note"},
        is_of_event=False,
    ),
    LetterRole(
        "host.withdrawn",
        "Application to host: withdrawn",
        "Tells support that the organizers have withdrawn their application to host.",
        fields=_DESK,
        is_of_event=False,
    ),
):
    register_role(_role)

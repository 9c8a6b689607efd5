"""Letters to the organizers of an event, each sent by a rule: thanks, numbers, help."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

_MATTER = frozenset({"desk.link", "event.time_zone", "event.address", "organizers.names", "mailbox.address"})

for _role in (
    LetterRole(
        "organizer.thank_you",
        "Organizers: thank you",
        "Goes to each organizer the day after the event.",
        fields=_MATTER,
    ),
    LetterRole(
        "organizer.ask_numbers",
        "Organizers: how many came",
        "Goes to each organizer two weeks after the event when its numbers are missing.",
        fields=_MATTER,
        required=frozenset({"numbers.link"}),
    ),
    LetterRole(
        "organizer.offer_help",
        "Organizers: offer of help",
        "Goes to each organizer six weeks before an event that has no page or no open form yet.",
        fields=_MATTER,
    ),
):
    register_role(_role)

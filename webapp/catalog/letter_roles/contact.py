"""Letters that the contact form causes: the message to those it is for, a copy to who wrote it."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

_MATTER = frozenset({"contact.name", "contact.address", "contact.subject", "desk.link"})
_MESSAGE = frozenset({"contact.body"})

for _role in (
    LetterRole(
        "contact.forward",
        "Contact form: message",
        "Takes a visitor's message to the organizers or to support; answers go to the visitor.",
        fields=_MATTER,
        required=_MESSAGE,
    ),
    LetterRole(
        "contact.copy",
        "Contact form: copy",
        "Confirms to a visitor that their message has arrived, with its words.",
        fields=_MATTER - {"desk.link"},
        required=_MESSAGE,
    ),
):
    register_role(_role)

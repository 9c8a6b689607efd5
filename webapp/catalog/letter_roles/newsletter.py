"""Letters about a subscription to a newsletter: please confirm, welcome."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

_MATTER = frozenset({"newsletter.name"})

for _role in (
    LetterRole(
        "newsletter.confirm",
        "Newsletter: please confirm",
        "Asks whoever owns an address whether they want the newsletter; nothing else is sent until they do.",
        fields=_MATTER,
        required=frozenset({"newsletter.confirm_link"}),
        is_of_event=False,
    ),
    LetterRole(
        "newsletter.welcome",
        "Newsletter: welcome",
        "Goes to somebody who has just confirmed their subscription.",
        fields=_MATTER,
        is_bulk=True,
        is_of_event=False,
    ),
):
    register_role(_role)

"""Letters about accounts of staff: an invitation to choose a password, a new place to look after."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

_MATTER = frozenset({"host.reference", "host.city", "mailbox.address", "desk.link"})

for _role in (
    LetterRole(
        "account.invite",
        "Account: invitation",
        "Goes to somebody who has just become staff, with the link by which they choose a password.",
        fields=_MATTER,
        required=frozenset({"invite.link"}),
        is_of_event=False,
    ),
    LetterRole(
        "account.added_to_event",
        "Account: added to an event",
        "Goes to somebody who has an account already and may now look after another event.",
        fields=_MATTER,
        required=frozenset({"desk.link"}),
        is_of_event=False,
    ),
):
    register_role(_role)

"""Letters to the people of support: summaries of what Postroom did by itself."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

register_role(
    LetterRole(
        "support.offer_help_digest",
        "Support: who was offered help",
        "Tells support which events' organizers were offered help, once their letters were delivered.",
        fields=frozenset({"desk.link"}),
        required=frozenset({"digest.lines"}),
        is_of_event=False,
    )
)

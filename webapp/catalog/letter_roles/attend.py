"""Letters about an application to attend an event: received, decided, answered, about to begin."""

from webapp.mail.domain.letter_roles import LetterRole, register_role

_MATTER = frozenset(
    {
        "application.number",
        "application.status_link",
        "event.time_zone",
        "event.address",
        "organizers.names",
    }
)
_INVITATION = _MATTER | {"rsvp.deadline"}
_ANSWER = frozenset({"rsvp.link"})

for _role in (
    LetterRole(
        "attend.received",
        "Application: received",
        "Goes to an applicant at once, with the organizers' own words and what was answered.",
        fields=_MATTER | {"application.answers", "form.confirmation"},
        required=frozenset({"application.status_link"}),
    ),
    LetterRole(
        "attend.accepted",
        "Application: accepted",
        "Tells an applicant that there is a place for them and asks for a yes or a no.",
        fields=_INVITATION,
        required=_ANSWER,
    ),
    LetterRole(
        "attend.waitlisted",
        "Application: waiting list",
        "Tells an applicant that they are on the waiting list.",
        fields=_MATTER,
    ),
    LetterRole(
        "attend.rejected",
        "Application: rejected",
        "Tells an applicant that there is no place for them.",
        fields=_MATTER,
    ),
    LetterRole(
        "attend.withdrawn",
        "Application: withdrawn",
        "Confirms to an applicant that their application was withdrawn.",
        fields=_MATTER,
    ),
    LetterRole(
        "attend.rsvp_reminder",
        "Invitation: reminder",
        "Goes to invited applicants who have not answered, shortly before the last moment.",
        fields=_INVITATION,
        required=_ANSWER,
    ),
    LetterRole(
        "attend.see_you_soon",
        "See you soon",
        "Goes to those who said yes, a few days before the event.",
        fields=_MATTER | {"rsvp.link"},
    ),
):
    register_role(_role)

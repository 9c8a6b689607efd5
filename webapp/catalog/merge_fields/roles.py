"""Merge fields of letters that Postroom writes by itself: their values come with the cause, never from a look-up."""

from webapp.mail.domain.merge_fields import FieldKind, MergeField, register_field

_LINK = "https://post.example.org"

# What one reader's letter says: written by applicants and visitors, so nothing here may be a link.
_WORDS = {
    "host.reference": ("Reference of the application to host", "H-2026-0042"),
    "host.city": ("City of the application to host", "Kraków"),
    "host.date": ("Proposed date", "Saturday 5 December 2026"),
    "host.organizers": ("Organizers of the application", "Zofia Nowak, Ola Kowalska"),
    "host.answers": ("Answers of the application to host", "Why here?\nMany people ask for it."),
    "host.note": ("Personal note about the decision", "Please ask again when you have found a room."),
    "mailbox.address": ("Mailbox of the event", "krakow@example.org"),
    "application.number": ("Number of the application", "17"),
    "application.answers": ("Answers of the application", "Why do you want to come?\nI want to learn."),
    "rsvp.deadline": ("Last moment to answer", "Friday 27 November 2026 at 18:00"),
    "contact.name": ("Who wrote", "Zofia Nowak"),
    "contact.address": ("Address of who wrote", "zofia@example.org"),
    "contact.subject": ("Subject of the message", "A question about the room"),
    "contact.body": ("Message", "Is there a lift?\nI come with a wheelchair."),
}

# Addresses that we make ourselves.
_LINKS = {
    "host.status_link": ("Page of the application to host", f"{_LINK}/host/example"),
    "desk.link": ("Staff page of the matter", f"{_LINK}/staff/example"),
    "invite.link": ("Link to choose a password", f"{_LINK}/invite/example"),
    "application.status_link": ("Page of the application", f"{_LINK}/application/example"),
    "rsvp.link": ("Page to say yes or no", f"{_LINK}/rsvp/example"),
    "numbers.link": ("Page to give the numbers", f"{_LINK}/numbers/example"),
    "newsletter.confirm_link": ("Link to confirm the subscription", f"{_LINK}/newsletter/confirm/example"),
}

# The same for all letters of one cause.
_CONSTANTS = {
    "event.time_zone": ("Time zone of the event", "Europe/Warsaw"),
    "event.address": ("Address to write to about the event", "krakow@example.org"),
    "organizers.names": ("Organizers of the event", "Ola Kowalska and Jan Wójcik"),
    "digest.lines": ("What the summary lists", "Kraków, 5 December 2026\nNairobi, 12 December 2026"),
    "form.confirmation": (
        "Organizers' words after an application",
        "Thank you!\nWe read every application with care.",
    ),
    "newsletter.name": ("Newsletter", "Code Circle News"),
}

for _name, (_label, _example) in _WORDS.items():
    register_field(MergeField(_name, _label, FieldKind.TEXT, _example, is_for_roles=True))
for _name, (_label, _example) in _LINKS.items():
    register_field(MergeField(_name, _label, FieldKind.URL, _example, trusted=True, is_for_roles=True))
for _name, (_label, _example) in _CONSTANTS.items():
    register_field(MergeField(_name, _label, FieldKind.TEXT, _example, is_constant=True, is_for_roles=True))

"""Merge fields that are the same for all: the event, the programme, the sender."""

from webapp.mail.domain.merge_fields import FieldKind, MergeField, register_field

for _field in (
    MergeField("event.name", "Event", FieldKind.TEXT, "Code Circle Kraków #3", is_constant=True),
    MergeField("event.city", "City", FieldKind.TEXT, "Kraków", is_constant=True),
    MergeField(
        "event.date", "Date of the event", FieldKind.DATE, "Saturday 5 December 2026", is_constant=True
    ),
    MergeField("event.url", "Event page", FieldKind.URL, "https://example.org/krakow", is_constant=True),
    MergeField("programme.name", "Programme", FieldKind.TEXT, "Code Circle", is_constant=True),
    MergeField(
        "programme.support_email", "Support address", FieldKind.EMAIL, "help@example.org", is_constant=True
    ),
    MergeField(
        "programme.postal_address",
        "Postal address",
        FieldKind.TEXT,
        "Code Circle, 1 Main Street",
        is_constant=True,
    ),
    MergeField("sender.name", "Sender's name", FieldKind.TEXT, "Ola of Code Circle", is_constant=True),
    MergeField(
        "letter.reason",
        "Why they get this",
        FieldKind.TEXT,
        "You get this because you registered for Code Circle Kraków.",
        is_constant=True,
    ),
):
    register_field(_field)

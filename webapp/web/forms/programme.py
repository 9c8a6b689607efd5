"""Forms about programmes and events."""

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.programme.actions.events import LONGEST_NAME, EventDetails
from webapp.programme.actions.programmes import LONGEST_WORD, NUMBERS, ProgrammeDetails

PRECISIONS = [("day", "The exact day"), ("month", "Only the month"), ("tbd", "Not known yet")]
FORMATS = [("in_person", "In person"), ("remote", "Remote"), ("hybrid", "Both")]
_SHORT = Length(max=LONGEST_NAME, message=f"At most {LONGEST_NAME} characters, please.")
_SLUG_HELP = (
    "Its name in web addresses, and on the command line: Latin letters, digits and hyphens, for example krakow-3."
    " It never changes. Leave it empty to have one proposed."
)


def _number(name: str, label: str, default: int, description: str = "") -> IntegerField:
    """Return the field of a number that a programme sets, within what the action takes."""
    smallest, largest = NUMBERS[name]
    wrong = f"Write a number from {smallest} to {largest}."
    return IntegerField(
        label,
        [InputRequired(wrong), NumberRange(smallest, largest, wrong)],
        default=default,
        description=description,
    )


class ProgrammeForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What is known of a programme."""

    name = StringField("Name", [InputRequired("Write the programme's name."), _SHORT])
    support_email = EmailField(
        "Support address", [Length(max=320)], description="Where people may ask. Letters can show it."
    )
    postal_address = TextAreaField(
        "Postal address",
        [InputRequired("Write a postal address; every letter to many has it at its foot.")],
        description="The law asks for one in letters to many, so it stands at the foot of each.",
        render_kw={"rows": 3},
    )
    locale = SelectField("Language", [InputRequired("Choose a language.")], validate_choice=False)
    timezone = SelectField(
        "Time zone",
        [InputRequired("Choose a time zone.")],
        validate_choice=False,
        description="In which its events' times are meant.",
    )
    event_word = StringField(
        "Its word for an event",
        [InputRequired("Write a word."), Length(max=LONGEST_WORD)],
        default="workshop",
        description="For example workshop, course, cohort.",
    )
    organizer_word = StringField(
        "Its word for an organizer",
        [InputRequired("Write a word."), Length(max=LONGEST_WORD)],
        default="organizer",
    )
    is_hosting_open = BooleanField(
        "Anybody may apply to host", description="Their page stands below /host/ with its short address."
    )
    min_lead_days = _number("min_lead_days", "Days from applying to the event", 90)
    min_gap_days = _number("min_gap_days", "Days between two events of one person", 180)
    open_application_days = _number(
        "open_application_days", "Days for which one person has one new application", 180
    )
    waiting_days = _number("waiting_days", "Days until a waiting application needs attention", 14)
    undo_minutes = _number(
        "undo_minutes", "Minutes to undo a decision", 10, "Its letters are held for so long."
    )
    rsvp_days = _number("rsvp_days", "Days to answer an invitation", 7)
    mail_domain = StringField(
        "Domain of its events' mailboxes",
        [Length(max=253)],
        description="Empty where events have none. Letters come from such a mailbox only where a sender of the same"
        " domain is entered for the programme or everybody. Administrators change it.",
    )

    def details(self) -> ProgrammeDetails:
        """Return what was typed."""
        return ProgrammeDetails(
            name=self.name.data or "",
            support_email=self.support_email.data or "",
            postal_address=self.postal_address.data or "",
            locale=self.locale.data or "",
            timezone=self.timezone.data or "",
            event_word=self.event_word.data or "",
            organizer_word=self.organizer_word.data or "",
            is_hosting_open=bool(self.is_hosting_open.data),
            mail_domain=self.mail_domain.data or "",
            **{name: getattr(self, name).data for name in NUMBERS},
        )


class NewProgrammeForm(ProgrammeForm):
    """A programme that is about to begin."""

    slug = StringField("Short address", [Length(max=100)], description=_SLUG_HELP)
    field_order = (
        *("name", "slug", "support_email", "postal_address", "locale", "timezone"),
        *("event_word", "organizer_word", "is_hosting_open"),
        *NUMBERS,
        "mail_domain",
    )


class DescribeEventForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What organizers may change of their event."""

    name = StringField("Name", [InputRequired("Write the event's name."), _SHORT])
    city = StringField("City", [_SHORT])
    url = URLField("Web page", [Length(max=500)], description="For example https://example.org/krakow.")


class EventForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What is known of an event."""

    name = StringField("Name", [InputRequired("Write the event's name."), _SHORT])
    city = StringField("City", [_SHORT])
    country = StringField("Country", [_SHORT])
    starts_on = DateField("First day", [Optional()])
    ends_on = DateField("Last day", [Optional()], description="Leave it empty for an event of one day.")
    date_precision = SelectField(
        "How exactly the first day is known",
        choices=PRECISIONS,
        default="day",
        validate_choice=False,
        description="Of a month its first day is kept. Most mail by rule waits for the exact day.",
    )
    format = SelectField("Kind", choices=FORMATS, default="in_person", validate_choice=False)
    capacity = IntegerField("Places", [Optional()], description="Leave it empty for no limit.")
    is_site_ready = BooleanField(
        "Its web page is ready", description="While it is not, its organizers are offered help by rule."
    )
    timezone = SelectField(
        "Time zone",
        [InputRequired("Choose a time zone.")],
        validate_choice=False,
        description="In which letters about it are planned.",
    )
    locale = SelectField("Language", [InputRequired("Choose a language.")], validate_choice=False)
    url = URLField("Web page", [Length(max=500)], description="For example https://example.org/krakow.")
    state = SelectField("State", [InputRequired("Choose a state.")], validate_choice=False)

    def details(self) -> EventDetails:
        """Return what was typed."""
        return EventDetails(
            name=self.name.data or "",
            city=self.city.data or "",
            country=self.country.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            timezone=self.timezone.data or "",
            locale=self.locale.data or "",
            url=self.url.data or "",
            state=self.state.data or "",
            # forms that were opened before a field was there do not send it
            date_precision=self.date_precision.data or ("day" if self.starts_on.data else "tbd"),
            format=self.format.data or "in_person",
            capacity=self.capacity.data,
            is_site_ready=bool(self.is_site_ready.data),
        )


class NewEventForm(EventForm):
    """An event that is about to begin."""

    # Not compared with what was offered: the action answers a programme that is not theirs with a 404.
    programme = SelectField("Programme", [InputRequired("Choose a programme.")], validate_choice=False)
    slug = StringField("Short address", [Length(max=100)], description=_SLUG_HELP)
    field_order = (
        *(
            "programme",
            "name",
            "slug",
            "city",
            "country",
            "starts_on",
            "ends_on",
            "date_precision",
            "format",
            "capacity",
            "timezone",
            "locale",
            "url",
            "is_site_ready",
        ),
        "state",
    )

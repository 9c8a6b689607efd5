"""Forms about people: who they are, and where they belong."""

from flask_wtf import FlaskForm
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired, Length

from webapp.people.actions.persons import LONGEST_NAME, PersonDetails
from webapp.web.forms.select import SelectField

_SHORT = Length(max=LONGEST_NAME, message=f"At most {LONGEST_NAME} characters, please.")


class PersonForm(FlaskForm):  # type: ignore[misc]  # published without types
    """Who somebody is."""

    email = EmailField("E-mail address", [Length(max=320)], description="One address is one person.")
    name = StringField("Name", [_SHORT], description="As they write it themselves, in any script.")
    greeting = StringField(
        "Greeting",
        [_SHORT],
        description="How a letter addresses them, for example “Dr Nowak”. Empty: by name.",
    )
    locale = SelectField(
        "Language", validate_choice=False, description="Dates in their letters are written in it."
    )
    timezone = SelectField("Time zone", validate_choice=False)

    def details(self) -> PersonDetails:
        """Return what was typed."""
        return PersonDetails(
            email=self.email.data or "",
            name=self.name.data or "",
            greeting=self.greeting.data or "",
            locale=self.locale.data or "",
            timezone=self.timezone.data or "",
        )


class MemberForm(FlaskForm):  # type: ignore[misc]  # published without types
    """Somebody's place in an event or a newsletter."""

    email = EmailField(
        "E-mail address",
        [InputRequired("Write their address."), Length(max=320)],
        description="Somebody who is not known yet becomes known.",
    )
    name = StringField("Name", [_SHORT], description="Of somebody new. A name that is known already stays.")
    # Not compared with what was offered: the action answers a place that is not theirs with a 404.
    place = SelectField(
        "Where and as what", [InputRequired("Choose where they belong.")], validate_choice=False
    )

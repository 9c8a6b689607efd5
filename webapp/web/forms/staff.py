"""Forms about staff: accounts, roles, passwords, one's own profile."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from webapp.people.actions.persons import LONGEST_NAME
from webapp.people.domain.scope import Scope
from webapp.people.models.user import OF_AN_EVENT, Role
from webapp.web.forms.choices import event_choices, programme_choices, read_id
from webapp.web.forms.select import SelectField

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 128  # characters; the upper end keeps hashing cheap
ROLES = [
    (Role.ORGANIZER.value, "Organizer of an event"),
    (Role.REVIEWER.value, "Reviewer of an event: reads its applications and scores them, nothing else"),
    (Role.SUPPORT.value, "Support of a programme"),
    (Role.ADMINISTRATOR.value, "Administrator of everything"),
]
_PASSWORD = [
    InputRequired("Write a password."),
    Length(
        SHORTEST_PASSWORD,
        LONGEST_PASSWORD,
        message=f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
    ),
]
_HANDED_OVER = "Hand it over by another way than mail; they change it after they have signed in."


class RoleForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A role in a place."""

    role = RadioField("Role", [InputRequired("Choose a role.")], choices=ROLES, default=Role.ORGANIZER.value)
    event = SelectField("Event", validate_choice=False, description="For an organizer or a reviewer.")
    programme = SelectField("Programme", validate_choice=False, description="For support.")
    may_send = BooleanField(
        "May send letters there",
        description="Without it they write letters, and somebody else sends them. Administrators always may,"
        " reviewers never.",
    )

    def offer(self, scope: Scope) -> "RoleForm":
        """Fill in the places to choose from."""
        self.event.choices = [("", "None"), *event_choices(scope)]
        self.programme.choices = [("", "None"), *programme_choices(scope)]
        return self

    def grant(self) -> dict[str, Any]:
        """Return role and place as the actions take them; a place that is not the role's is left out."""
        role = Role(self.role.data)
        return {
            "role": role,
            "programme_id": read_id(self.programme.data) if role is Role.SUPPORT else None,
            "event_id": read_id(self.event.data) if role in OF_AN_EVENT else None,
            "may_send": bool(self.may_send.data),
        }


class NewStaffForm(RoleForm):
    """Somebody who becomes staff."""

    email = EmailField("E-mail address", [InputRequired("Write their address."), Length(max=320)])
    name = StringField("Name", [Length(max=LONGEST_NAME)], description="A name that is known already stays.")
    password = PasswordField(
        "First password",
        _PASSWORD,
        description=f"At least {SHORTEST_PASSWORD} characters. {_HANDED_OVER}",
        render_kw={"autocomplete": "new-password"},
    )
    field_order = ("email", "name", "password", "role", "event", "programme", "may_send")


class PasswordForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A new password for somebody."""

    password = PasswordField(
        "New password",
        _PASSWORD,
        description=f"At least {SHORTEST_PASSWORD} characters. {_HANDED_OVER} They are signed out everywhere.",
        render_kw={"autocomplete": "new-password"},
    )


class ProfileForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What everybody may change of themselves."""

    name = StringField(
        "Name",
        [InputRequired("Write your name; colleagues see it beside your letters."), Length(max=LONGEST_NAME)],
    )
    timezone = SelectField("Time zone", validate_choice=False, description="In which times are shown to you.")
    theme = RadioField(
        "Colours", choices=[("auto", "As the device has them"), ("light", "Light"), ("dark", "Dark")]
    )

"""The form in which somebody chooses the first password of their account."""

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from webapp.web.forms.staff import LONGEST_PASSWORD, SHORTEST_PASSWORD


class InviteForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A password, twice."""

    password = PasswordField(
        "New password",
        [
            InputRequired("Write a password."),
            Length(
                SHORTEST_PASSWORD,
                LONGEST_PASSWORD,
                message=f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            ),
        ],
        description=f"At least {SHORTEST_PASSWORD} characters. Three or four unrelated words are good, and easy to"
        " remember.",
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "Once more",
        [InputRequired("Write it once more."), EqualTo("password", "These are two different passwords.")],
        render_kw={"autocomplete": "new-password"},
    )

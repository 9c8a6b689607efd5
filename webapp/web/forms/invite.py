"""The form in which somebody chooses the first password of their account."""

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from webapp.core.words import say
from webapp.web.forms.staff import LONGEST_PASSWORD, SHORTEST_PASSWORD


class InviteForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A password, twice."""

    password = PasswordField(
        say("New password"),
        [
            InputRequired(say("Write a password.")),
            Length(
                SHORTEST_PASSWORD,
                LONGEST_PASSWORD,
                message=say(
                    "A password has %(least)s to %(most)s characters.",
                    least=SHORTEST_PASSWORD,
                    most=LONGEST_PASSWORD,
                ),
            ),
        ],
        description=say(
            "At least %(count)s characters. Three or four unrelated words are good, and easy to remember.",
            count=SHORTEST_PASSWORD,
        ),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        say("Once more"),
        [
            InputRequired(say("Write it once more.")),
            EqualTo("password", say("These are two different passwords.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )

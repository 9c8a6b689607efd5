"""Forms of the contact page and of staff's pages on visitors' messages."""

from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.programme.domain.contact import LONGEST_BODY, LONGEST_NAME, LONGEST_SUBJECT, ContactKind


class ContactForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A message from a visitor."""

    name = StringField(
        "Your name",
        [InputRequired("Write your name."), Length(max=LONGEST_NAME, message="That is too long.")],
        render_kw={"autocomplete": "name"},
    )
    address = EmailField(
        "Your e-mail address",
        [InputRequired("Write your address, so that somebody can answer."), Length(max=400)],
        description="Answers go there.",
        render_kw={"autocomplete": "email"},
    )
    kind = RadioField(
        "Whom do you want to reach?",
        [InputRequired("Choose whom your message is for.")],
        choices=[
            (ContactKind.SUPPORT.value, "Support"),
            (ContactKind.EVENT.value, "The organizers of an event"),
        ],
    )
    event = SelectField("Event", validate_choice=False, description="If your message is about one.")
    subject = StringField("Subject", [Length(max=LONGEST_SUBJECT, message="That is too long.")])
    body = TextAreaField(
        "Message",
        [
            InputRequired("Write your message."),
            Length(max=LONGEST_BODY, message=f"At most {LONGEST_BODY:,} characters, please."),
        ],
        render_kw={"rows": 9},
    )


class MarkMessageForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What becomes of a message."""

    comment = StringField(
        "Note for colleagues", [Length(max=500)], description="Internal; the visitor does not see it."
    )

"""Forms of the contact page and of staff's pages on visitors' messages."""

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from webapp.core.words import say
from webapp.programme.domain.contact import LONGEST_BODY, LONGEST_NAME, LONGEST_SUBJECT, ContactKind
from webapp.web.forms.addresses import refuse_no_address
from webapp.web.forms.select import SelectField

_TOO_LONG = say("That is too long.")


class ContactForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A message from a visitor."""

    name = StringField(
        say("Your name"),
        [InputRequired(say("Write your name.")), Length(max=LONGEST_NAME, message=_TOO_LONG)],
        render_kw={"autocomplete": "name"},
    )
    address = EmailField(
        say("Your e-mail address"),
        [
            InputRequired(say("Write your address, so that somebody can answer.")),
            Length(max=400, message=_TOO_LONG),
        ],
        description=say("Answers go there."),
        render_kw={"autocomplete": "email"},
    )
    kind = RadioField(
        say("Whom do you want to reach?"),
        [InputRequired(say("Choose whom your message is for."))],
        choices=[
            (ContactKind.SUPPORT.value, say("Support")),
            (ContactKind.EVENT.value, say("The organizers of an event")),
        ],
    )
    event = SelectField(say("Event"), validate_choice=False, description=say("If your message is about one."))
    subject = StringField(say("Subject"), [Length(max=LONGEST_SUBJECT, message=_TOO_LONG)])
    body = TextAreaField(
        say("Message"),
        [
            InputRequired(say("Write your message.")),
            Length(
                max=LONGEST_BODY, message=say("At most %(count)s characters, please.", count=LONGEST_BODY)
            ),
        ],
        render_kw={"rows": 9},
    )

    def validate_address(self, field: Field) -> None:
        """Refuse what is no address, at the same time as what is wrong elsewhere."""
        refuse_no_address(field)

    def validate_event(self, field: Field) -> None:
        """Ask which event it is, where its organizers are meant."""
        if self.kind.data == ContactKind.EVENT.value and not field.data:
            raise ValidationError(say("Choose the event that your message is about."))


class MarkMessageForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What becomes of a message."""

    comment = StringField(
        "Note for colleagues", [Length(max=500)], description="Internal; the visitor does not see it."
    )

"""Forms of staff's pages on applications to host."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.programme.actions.host_notes import LONGEST_COMMENT
from webapp.web.forms.select import SelectField

NO_EDITION = "none"  # the choice that says: it continues no earlier one
_LONG = Length(max=LONGEST_COMMENT, message=f"At most {LONGEST_COMMENT:,} characters, please.")


class HostCommentForm(FlaskForm):  # type: ignore[misc]  # published without types
    """Internal words, with or without something that is done."""

    comment = TextAreaField(
        "Comment for colleagues",
        [_LONG],
        description="Internal; organizers never see it. Putting on hold and reopening need one.",
        render_kw={"rows": 3},
    )


class HostFlagForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A warning about one of the organizers."""

    person = SelectField("Organizer", [InputRequired("Choose whom it is about.")])
    kind = SelectField(
        "Kind",
        choices=[("watch", "Watch: tell us when they apply"), ("blocked", "Blocked: ask before accepting")],
    )
    reason = StringField("Reason", [InputRequired("Write the reason; your colleagues will ask."), _LONG])


class AcceptHostForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What accepting asks of a person."""

    slug = StringField(
        "Address of the event",
        [InputRequired("Write an address for the event."), Length(max=120)],
        description="Its name in addresses and of its mailbox: small letters, figures and hyphens. Confirm it.",
        render_kw={"autocomplete": "off"},
    )
    event_name = StringField(
        "Name of the event",
        [Length(max=120, message="At most 120 characters, please.")],
        description="Left empty, it is called after the programme, the city and which edition it is.",
    )
    previous_event_id = RadioField(
        "Which earlier edition does it continue?",
        [InputRequired("Say which earlier edition this one continues, or that it continues none.")],
    )
    mailbox = RadioField(
        "The event's mailbox", validate_choice=False
    )  # the action says what is wrong with it
    is_acknowledged = BooleanField("I have seen that an organizer is blocked, and accept all the same")
    note = TextAreaField(
        "Personal words in the letter",
        [_LONG],
        description="The organizers read them.",
        render_kw={"rows": 3},
    )
    comment = TextAreaField("Comment for colleagues", [_LONG], description="Internal.", render_kw={"rows": 2})


class RejectHostForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What may be said with a rejection."""

    note = TextAreaField(
        "Personal words in the letter",
        [_LONG],
        description="The organizers read them. Left empty, the letter says it in its own words.",
        render_kw={"rows": 5},
    )
    comment = TextAreaField("Comment for colleagues", [_LONG], description="Internal.", render_kw={"rows": 2})

"""Forms of newsletters: subscribing, lists, imports, the other service."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, Field, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.core.words import say
from webapp.web.forms.addresses import refuse_no_address
from webapp.web.forms.select import SelectField


class SubscribeForm(FlaskForm):  # type: ignore[misc]  # published without types
    """Somebody wants a newsletter."""

    address = EmailField(
        say("Your e-mail address"),
        [InputRequired(say("Write your address.")), Length(max=400, message=say("That is too long."))],
        render_kw={"autocomplete": "email"},
    )
    name = StringField(
        say("Your name"),
        [Length(max=200, message=say("That is too long."))],
        render_kw={"autocomplete": "name"},
    )

    def validate_address(self, field: Field) -> None:
        """Refuse what is no address."""
        refuse_no_address(field)


class ListForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What is known of a list."""

    name = StringField("Name", [InputRequired("Write the newsletter's name."), Length(max=120)])
    description = TextAreaField(
        "What it is about",
        [Length(max=1000)],
        description="Shown where people subscribe.",
        render_kw={"rows": 3},
    )
    locale = SelectField("Language", [InputRequired("Choose a language.")], validate_choice=False)
    consent_words = TextAreaField(
        "What people agree to",
        [InputRequired("Write what people agree to."), Length(max=2000)],
        description="These very words go into the ledger with each yes.",
        render_kw={"rows": 3},
    )
    is_public = BooleanField("Anybody may subscribe", default=True)


class NewListForm(ListForm):
    """A list that is about to begin."""

    programme = SelectField("Programme", [InputRequired("Choose a programme.")], validate_choice=False)
    slug = StringField(
        "Short address", [Length(max=100)], description="For example circle-news. It never changes."
    )
    field_order = ("programme", "name", "slug", "description", "locale", "consent_words", "is_public")


class ImportProofForm(FlaskForm):  # type: ignore[misc]  # published without types
    """People who agreed elsewhere, with the proof."""

    file = FileField("CSV file", description="Columns: address, name, consented_at, source.")
    text = TextAreaField("Or its text", [Length(max=2_000_000)], render_kw={"rows": 5, "spellcheck": "false"})


class RemoteForm(FlaskForm):  # type: ignore[misc]  # published without types
    """Where a list also lives."""

    key = PasswordField(
        "Mailchimp's API key",
        [Length(max=200)],
        description="Kept sealed. Leave it empty to keep the stored one.",
    )
    audience = StringField("Audience id", [InputRequired("Write the audience id."), Length(max=50)])

"""Forms of the editor of an event's application form."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired

from webapp.programme.actions.attend_forms import FormTexts
from webapp.programme.domain.attend_questions import (
    YES,
    Asked,
    Condition,
    QuestionKind,
    QuestionRole,
    read_choices,
)
from webapp.programme.models.form import Form
from webapp.web.forms.select import SelectField

KIND_WORDS = {
    QuestionKind.SHORT: "One line",
    QuestionKind.LONG: "Several lines",
    QuestionKind.CHOICE: "One of several choices",
    QuestionKind.MULTI: "Any of several choices",
    QuestionKind.EMAIL: "An e-mail address",
    QuestionKind.NUMBER: "A number",
    QuestionKind.DATE: "A day",
    QuestionKind.BOOL: "A box to tick",
    QuestionKind.URL: "A web address",
}
ROLE_WORDS = {
    QuestionRole.NONE: "Nothing",
    QuestionRole.NAME: "The person's name",
    QuestionRole.EMAIL: "The address that letters go to",
    QuestionRole.PHONE: "The phone number",
    QuestionRole.NEWSLETTER: "That they want the newsletter",
    QuestionRole.CONSENT: "An agreement",
}
_TIME = {"type": "datetime-local"}


class TextsForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What stands around the questions, and when the form is open."""

    opens = StringField("Opens", render_kw=_TIME)
    closes = StringField("Closes", render_kw=_TIME)
    intro = TextAreaField(
        "Above the questions",
        description="Plain text, or simple HTML: paragraphs, lists, links, headings. Anything else is taken out.",
        render_kw={"rows": 8, "dir": "auto"},
    )
    confirmation = TextAreaField(
        "In the letter that confirms",
        description="Your own words in the letter that every applicant gets at once.",
        render_kw={"rows": 4, "dir": "auto"},
    )
    locale = SelectField("Language", [InputRequired("Choose a language.")], validate_choice=False)
    is_blind = BooleanField("Reviewers see the scores of others only after their own")

    def texts(self) -> FormTexts:
        """Return what was typed."""
        return FormTexts(
            intro=self.intro.data or "",
            confirmation=self.confirmation.data or "",
            opens=self.opens.data or "",
            closes=self.closes.data or "",
            locale=self.locale.data or "",
            is_blind=bool(self.is_blind.data),
        )

    def show(self, row: Form, zone: ZoneInfo) -> None:
        """Fill in what is stored, times on the clocks of the event's place."""
        self.opens.data, self.closes.data = _local(row.opens_at, zone), _local(row.closes_at, zone)
        self.intro.data, self.confirmation.data = row.intro, row.confirmation
        self.locale.data, self.is_blind.data = row.locale, row.is_blind


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}" if instant else ""


class QuestionForm(FlaskForm):  # type: ignore[misc]  # published without types
    """One question."""

    label = StringField("Question", [InputRequired("Write the question.")], render_kw={"dir": "auto"})
    help = TextAreaField(
        "Below it", description="A sentence that helps.", render_kw={"rows": 2, "dir": "auto"}
    )
    kind = SelectField("Kind", choices=[(kind.value, words) for kind, words in KIND_WORDS.items()])
    choices = TextAreaField(
        "Choices", description="Of a choice: one a line.", render_kw={"rows": 5, "dir": "auto"}
    )
    is_required = BooleanField("An answer is needed")
    role = SelectField(
        "What Postroom takes from it", choices=[(role.value, words) for role, words in ROLE_WORDS.items()]
    )
    condition = SelectField("Asked only after an answer to", validate_choice=False)
    condition_values = TextAreaField(
        "namely one of these",
        description="One a line, as the choices are written there; yes or no of a box to tick.",
        render_kw={"rows": 3, "dir": "auto"},
    )
    is_hidden_from_reviewers = BooleanField("Reviewers do not see the answer")

    def offer(self, others: list[Asked]) -> None:
        """Fill in which questions this one may depend on."""
        self.condition.choices = [("", "Asked of everybody"), *((o.key, o.label) for o in others)]

    def asked(self) -> Asked:
        """Return what was typed; the key is not this form's to say."""
        kind = QuestionKind(self.kind.data)
        is_choice = kind in (QuestionKind.CHOICE, QuestionKind.MULTI)
        values = tuple(
            value.lower() if value.lower() in (YES, "no") else value
            for value in read_choices(self.condition_values.data or "")
        )
        return Asked(
            key="",
            label=" ".join((self.label.data or "").split()),
            kind=kind,
            help=(self.help.data or "").replace("\r\n", "\n").strip(),
            choices=read_choices(self.choices.data or "") if is_choice else (),
            is_required=bool(self.is_required.data),
            role=QuestionRole(self.role.data),
            condition=Condition(self.condition.data, values) if self.condition.data else None,
            is_hidden_from_reviewers=bool(self.is_hidden_from_reviewers.data),
        )

    def show(self, asked: Asked) -> None:
        """Fill in what is stored."""
        self.label.data, self.help.data = asked.label, asked.help
        self.kind.data, self.role.data = asked.kind.value, asked.role.value
        self.choices.data = "\n".join(asked.choices)
        self.is_required.data = asked.is_required
        self.is_hidden_from_reviewers.data = asked.is_hidden_from_reviewers
        self.condition.data = asked.condition.question if asked.condition else ""
        self.condition_values.data = "\n".join(asked.condition.values) if asked.condition else ""

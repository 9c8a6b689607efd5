"""The forms of applying to host, one for each step; each is made of what was typed, posted now or kept before."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    EmailField,
    Field,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.core.errors import StaffError
from webapp.core.words import say
from webapp.programme.actions.host_submit import LONGEST_NAME, MOST_ORGANIZERS
from webapp.programme.domain.host_questions import HOST_QUESTIONS, LONGEST_ANSWER, HostQuestion
from webapp.programme.domain.host_rules import DATE, read_partial_date
from webapp.programme.domain.host_steps import HostStep
from webapp.web.forms.addresses import refuse_no_address

FIELD_OF = {DATE: "date_month"}  # where a refusal stands whose field is several
_SHORT = Length(max=LONGEST_NAME, message=say("At most %(count)s characters, please.", count=LONGEST_NAME))
_SHORT_ADDRESS = Length(max=400, message=say("At most %(count)s characters, please.", count=400))
_WHEN = {"in_person": say("If it takes place somewhere."), "remote": say("If it is remote.")}


def _if(name: str, value: str) -> dict[str, str]:
    """Return the attributes by which a script shows a field only after an answer to another one."""
    return {"data-asked-if": name, "data-asked-values": json.dumps([value])}


class ReturningForm(Form):  # type: ignore[misc]  # published without types
    """Whether they have organized before."""

    is_returning = RadioField(
        say("Have you organized one of our events before?"),
        [DataRequired(say("Choose yes or no."))],
        choices=[("no", say("No, this is the first one")), ("yes", say("Yes"))],
    )
    previous_event = SelectField(
        say("Which one was the last?"),
        description=say("If you have organized before."),
        render_kw=_if("is_returning", "yes"),
    )

    def validate_previous_event(self, field: Field) -> None:
        """Ask which event it was only those who said that there was one."""
        if self.is_returning.data == "yes" and not field.data and len(field.choices) > 1:
            raise ValidationError(say("Choose the event that you organized."))


class OrganizerRow(Form):  # type: ignore[misc]  # likewise
    """One of the team."""

    name = StringField(say("Name"), [DataRequired(say("Write the name.")), _SHORT])
    email = EmailField(say("E-mail address"), [DataRequired(say("Write the address.")), _SHORT_ADDRESS])

    def validate_email(self, field: Field) -> None:
        """Refuse what is no address."""
        refuse_no_address(field)


class OrganizersForm(Form):  # type: ignore[misc]  # likewise
    """The team, the lead first."""

    organizers = FieldList(
        FormField(OrganizerRow), say("Organizers"), min_entries=1, max_entries=MOST_ORGANIZERS
    )


class PlaceForm(Form):  # type: ignore[misc]  # likewise
    """Where and when; the questions are added to it."""

    format = RadioField(
        say("How will it take place?"),
        [DataRequired(say("Choose a place or remote."))],
        choices=[("in_person", say("In a place")), ("remote", say("Remote"))],
    )
    city = StringField(say("City"), [DataRequired(say("Write the city.")), _SHORT])
    country = StringField(say("Country"), [DataRequired(say("Write the country.")), _SHORT])
    date_day = StringField(say("Day"), description=say("If you know it."), render_kw={"inputmode": "numeric"})
    date_month = SelectField(say("Month"), choices=[("", "–"), *((str(n), str(n)) for n in range(1, 13))])
    date_year = StringField(say("Year"), render_kw={"inputmode": "numeric"})

    def validate_date_month(self, field: Field) -> None:
        """Refuse a date that there is not."""
        try:
            read_partial_date(self.date_year.data or "", field.data or "", self.date_day.data or "")
        except StaffError as error:
            raise ValidationError(error.message) from error


def _answer(question: HostQuestion) -> TextAreaField:
    """Return the field of a question."""
    rules = [
        Length(max=LONGEST_ANSWER, message=say("At most %(count)s characters, please.", count=LONGEST_ANSWER))
    ]
    if question.is_required:
        rules.insert(0, DataRequired(say("Write a few words.")))
    return TextAreaField(
        question.label,
        rules,
        description=_WHEN.get(question.format, ""),
        render_kw={"rows": 5, "dir": "auto", **(_if("format", question.format) if question.format else {})},
    )


def _asking(name: str, base: type[Form], step: HostStep) -> type[Form]:
    """Return a form with a step's questions, in both kinds of event: scripts are not needed to choose."""
    fields = {question.key: _answer(question) for question in HOST_QUESTIONS if question.step == step}
    return type(name, (base,), fields)


FORMS: Mapping[HostStep, type[Form]] = {
    HostStep.RETURNING: ReturningForm,
    HostStep.ABOUT: _asking("AboutForm", Form, HostStep.ABOUT),
    HostStep.ORGANIZERS: OrganizersForm,
    HostStep.PLACE: _asking("WholePlaceForm", PlaceForm, HostStep.PLACE),
}


def make_form(
    step: HostStep, words: Mapping[str, Any], events: Sequence[tuple[str, str]], months: Sequence[str] = ()
) -> Form:
    """Return the form of a step.

    Args:
        step: which.
        words: what was typed, by field.
        events: (id, name) of those that they may have organized.
        months: what they are called in the reader's language; as numbers when not given.
    """
    form = FORMS[step](data=words)
    if step is HostStep.PLACE and months:
        form.date_month.choices = [("", "–"), *((str(n), name) for n, name in enumerate(months, 1))]
    if step is HostStep.RETURNING:
        form.previous_event.choices = [("", "–"), *events]
    return form


def read_words(step: HostStep, posted: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed on a step, by field.

    Args:
        step: which.
        posted: the posted form.
    """
    clean = {name: text.replace("\0", "") for name, text in posted.items()}  # PostgreSQL stores none
    if step is not HostStep.ORGANIZERS:
        return {name: clean.get(name, "") for name in FORMS[step]()._fields}
    rows = [
        {"name": clean.get(f"organizers-{n}-name", ""), "email": clean.get(f"organizers-{n}-email", "")}
        for n in range(MOST_ORGANIZERS)
        if f"organizers-{n}-email" in clean
    ]
    return {"organizers": rows or [{"name": "", "email": ""}]}


def change_rows(words: dict[str, Any], pressed: str) -> dict[str, Any]:
    """Return the organizers after a button: ``add`` a row, ``remove-2`` the third; else without empty ones."""
    rows = list(words["organizers"])
    if pressed == "add":
        rows = [*rows, {"name": "", "email": ""}][:MOST_ORGANIZERS]
    elif pressed.startswith("remove-"):
        rows = [row for place, row in enumerate(rows) if pressed != f"remove-{place}"]
    else:
        rows = [row for row in rows if row["name"].strip() or row["email"].strip()]
    return {"organizers": rows or [{"name": "", "email": ""}]}


def find_field(form: Form, name: str) -> Field | None:
    """Return the field that a refusal names, wherever in the form it is."""
    name = FIELD_OF.get(name, name)
    rows = form.organizers.entries if "organizers" in form else []
    for each in (form, *(row.form for row in rows)):
        for field in each:
            if field.name == name:
                return field
    return None


def wrong_fields(form: Form) -> list[Field]:
    """Return the fields with something wrong, in the order of the page."""
    rows = form.organizers.entries if "organizers" in form else []
    inner = [field for row in rows for field in row.form]
    return [field for field in (*inner, *form) if field.errors and field.type != "FieldList"]

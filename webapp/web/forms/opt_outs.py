"""Forms of the pages on opt-outs and suppressions."""

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from webapp.mail.actions.opt_out import REASON_LIMIT
from webapp.mail.actions.suppress import DETAIL_LIMIT, SuppressionReason
from webapp.web.forms.select import SelectField

REASON_HELP = "It stays in the audit trail: no names or addresses, please."
REASONS = {
    SuppressionReason.MANUAL: "Staff said so",
    SuppressionReason.BOUNCED: "Letters came back",
    SuppressionReason.COMPLAINED: "They complained",
}


class EnterOptOutForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A wish that was said by another way than a link."""

    address = StringField(
        "Their address",
        [InputRequired("Write their address."), Length(max=400)],
        render_kw={
            "autocomplete": "off",
            "inputmode": "email",
            "autocapitalize": "off",
            "spellcheck": "false",
        },
    )
    place = SelectField("What they want no more of", [InputRequired("Choose what stops.")])
    reason = StringField(
        "How they told you",
        [InputRequired("Say how they told you, for example “by phone on Monday”."), Length(max=REASON_LIMIT)],
        description=REASON_HELP,
    )


class UndoOptOutForm(FlaskForm):  # type: ignore[misc]  # published without types
    """Why a wish is taken back."""

    reason = StringField(
        "How they told you that they want letters again",
        [InputRequired("Say how they told you, for example “by phone on Monday”."), Length(max=REASON_LIMIT)],
        description=REASON_HELP,
    )


class SuppressForm(FlaskForm):  # type: ignore[misc]  # published without types
    """An address that nobody may write to."""

    address = StringField(
        "Address",
        [InputRequired("Write the address."), Length(max=400)],
        render_kw={
            "autocomplete": "off",
            "inputmode": "email",
            "autocapitalize": "off",
            "spellcheck": "false",
        },
    )
    reason = RadioField(
        "Why",
        [InputRequired("Choose why.")],
        choices=[(reason.value, words) for reason, words in REASONS.items()],
        default=SuppressionReason.MANUAL.value,
    )
    detail = TextAreaField(
        "What is known",
        [Length(max=DETAIL_LIMIT)],
        description="Shown beside the address, for whoever is asked why nothing arrives.",
        render_kw={"rows": 2},
    )
    until = DateField(
        "Until the end of",
        [Optional()],
        description="Leave it empty for good.",
    )

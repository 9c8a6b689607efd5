"""The style guide: every piece of the look in all its states, for whoever builds a page. Demo mode only."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from flask import abort, current_app, flash, render_template
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from webapp.core.clock import now
from webapp.web.staff.access import StaffBlueprint
from webapp.web.states import LETTER, OTHER, SHOOT
from webapp.web.theme import is_demo

blueprint = StaffBlueprint("styleguide", __name__, url_prefix="/styleguide")


class SampleForm(FlaskForm):  # type: ignore[misc]  # published without types
    """One of each kind of field."""

    subject = StringField(
        "Subject", [InputRequired("Write a subject."), Length(max=20)], description="What people see first."
    )
    sender = SelectField(
        "From", choices=[("1", "Django Girls Berlin <berlin@example.org>"), ("2", "Support")]
    )
    limit = IntegerField("At most this many a minute")
    body = TextAreaField("Text", [InputRequired("Write something.")], render_kw={"rows": 4})
    kind = RadioField(
        "Kind", choices=[("bulk", "Bulk: with an opt-out"), ("one", "One letter")], default="bulk"
    )
    is_tracked = BooleanField("Count opens", description="Off unless the recipients were told.")
    submit = SubmitField("Save")


def _parts(*counts: int) -> list[dict[str, object]]:
    """Return the parts of a balanced bar with these counts."""
    keys = ("sent", "skipped", "failed", "cancelled", "uncertain", "remaining")
    return [
        {"key": key, "label": key.capitalize(), "count": count, "href": f"#{key}"}
        for key, count in zip(keys, counts, strict=True)
    ]


def _icon_names() -> list[str]:
    """Return the names of the icons in the sprite."""
    sprite = Path(current_app.static_folder or "static") / "icons.svg"
    return re.findall(r'symbol id="([a-z-]+)"', sprite.read_text())


def _throughput(end: datetime) -> tuple[list[int], list[tuple[str, list[float], str]]]:
    """Return two minutes of a made-up shoot: Unix seconds, and letters per second."""
    seconds = [int(end.timestamp()) - 120 + 2 * step for step in range(60)]
    sent = [float(1800 - abs(step - 30) * 22 + (step * 37) % 90) for step in range(60)]
    failed = [float((step * 7) % 5) for step in range(60)]
    return seconds, [("Sent", sent, "sent"), ("Failed", failed, "failed")]


@blueprint.get("/")
def index() -> str:
    """Show everything. A stranger to the demo gets 404."""
    if not is_demo():
        abort(404)
    present = now()
    form, refused = (
        SampleForm(),
        SampleForm(prefix="refused", data={"subject": "A subject that is much too long"}),
    )
    refused.validate()
    for category, words in (
        ("success", "The letter was saved."),
        ("info", "1 row was left out because it was there twice."),
        ("warning", "The sender's address is not verified yet."),
        ("error", "The letter was not saved: it has no opt-out link."),
    ):
        flash(words, category)
    seconds, series = _throughput(present)
    return render_template(
        "styleguide.html",
        form=form,
        refused=refused,
        bars=[
            _parts(61_204, 1_020, 3, 0, 1, 37_772),
            _parts(540, 12, 8, 0, 0, 0),
            _parts(4_000, 600, 250, 900, 120, 0),
            _parts(0, 0, 0, 0, 0, 0),
        ],
        shoot_states=SHOOT,
        letter_states=LETTER,
        other_states=OTHER,
        icons=_icon_names(),
        seconds=seconds,
        series=series,
        times=[
            present - timedelta(seconds=12),
            present - timedelta(minutes=3),
            present + timedelta(hours=26),
        ],
    )


@blueprint.get("/error/<int:status>")
def error(status: int) -> str:
    """Show an error page as a visitor would get it."""
    if not is_demo():
        abort(404)
    abort(status)

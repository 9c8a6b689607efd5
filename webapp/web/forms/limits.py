"""Forms of the page on limits."""

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.mail.actions.limits import MOST_CONNECTIONS, LimitDetails
from webapp.mail.domain.limits import MOST_PER_MINUTE

KINDS = {"domain": "People’s domain", "server": "Mail server"}


class LimitForm(FlaskForm):  # type: ignore[misc]  # published without types
    """How fast letters go to a domain or through a server."""

    kind = RadioField("What has the limit", choices=list(KINDS.items()), default="domain")
    name = StringField(
        "Name",
        [InputRequired("Write which."), Length(max=300)],
        description="Of a domain what stands behind the @, for example gmail.com; of a server host:port.",
        render_kw={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    rate_per_minute = IntegerField(
        "Letters a minute, at most",
        [Optional()],
        description="Of all workers and all senders together.",
        render_kw={"min": 1, "max": MOST_PER_MINUTE},
    )
    connection_count = IntegerField(
        "Connections, at most",
        [Optional()],
        description="Only of a mail server: how many workers may keep open together. One of them is left for"
        " letters that somebody is waiting for.",
        render_kw={"min": 1, "max": MOST_CONNECTIONS},
    )

    def details(self) -> LimitDetails:
        """Return what was typed."""
        return LimitDetails(
            kind=self.kind.data if self.kind is not None else "",
            name=self.name.data if self.name is not None else "",
            rate_per_minute=self.rate_per_minute.data,
            connection_count=self.connection_count.data if self.connection_count is not None else None,
        )

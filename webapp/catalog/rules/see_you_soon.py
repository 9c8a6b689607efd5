"""Rule: three days before the event, tell those who come when and where, with the day for their calendar."""

from webapp.programme.domain.rules import Anchor, Audience, Rule, register_rule

register_rule(
    Rule(
        name="see_you_soon",
        label="See you soon",
        description="Writes to everybody who said yes, three days before the event, with a calendar file.",
        role="attend.see_you_soon",
        anchor=Anchor.STARTS_ON,
        offset_days=-3,
        window_days=None,
        audience=Audience.ATTENDEES,
        has_calendar=True,
    )
)

"""Rule: thank the organizers on the morning after their event."""

from webapp.programme.domain.rules import Anchor, Audience, Rule, register_rule

register_rule(
    Rule(
        name="thank_you",
        label="Thank you",
        description="Thanks the organizers at 10:00 on the day after the event; at most a week late.",
        role="organizer.thank_you",
        anchor=Anchor.ENDS_ON,
        offset_days=1,
        window_days=7,
        audience=Audience.ORGANIZERS,
    )
)

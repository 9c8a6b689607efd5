"""Rule: remind those who have not answered two days before their deadline."""

from webapp.programme.domain.rules import Anchor, Audience, Rule, register_rule

register_rule(
    Rule(
        name="rsvp_reminder",
        label="Reminder to answer",
        description="Reminds accepted applicants who have not said whether they come, two days before their"
        " deadline. Each deadline of an event is its own occasion.",
        role="attend.rsvp_reminder",
        anchor=Anchor.RSVP_DEADLINE,
        offset_days=-2,
        at_time=None,
        window_days=None,
        requires_exact_date=False,
        audience=Audience.INVITED,
    )
)

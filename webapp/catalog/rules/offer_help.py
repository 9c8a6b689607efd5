"""Rule: offer help six weeks before an event whose page or form is not ready, and tell support whom that reached."""

from webapp.programme.domain.rules import Anchor, Audience, Rule, register_rule

register_rule(
    Rule(
        name="offer_help",
        label="Offer help",
        description="Asks the organizers 42 days before the event whether they need help, when its page is not ready"
        " or nobody can apply; not before the event has been known for 14 days. Where only the month is known its"
        " 1st counts. Support gets a digest of those whom it reached.",
        role="organizer.offer_help",
        anchor=Anchor.STARTS_ON,
        offset_days=-42,
        window_days=None,
        requires_exact_date=False,
        condition="not_ready",
        days_after_creation=14,
        audience=Audience.ORGANIZERS,
        digest_role="support.offer_help_digest",
    )
)

"""Rule: ask the organizers two weeks after their event how many applied and came."""

from webapp.programme.domain.rules import Anchor, Audience, Rule, register_rule

register_rule(
    Rule(
        name="ask_numbers",
        label="Ask for the numbers",
        description="Asks the organizers 14 days after the event how many people applied and came, by a link to a"
        " small page. Not when they have told already.",
        role="organizer.ask_numbers",
        anchor=Anchor.ENDS_ON,
        offset_days=14,
        window_days=30,
        condition="numbers_missing",
        audience=Audience.ORGANIZERS,
    )
)

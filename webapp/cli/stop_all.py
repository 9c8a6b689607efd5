"""``flask stop-all``: hand no letter over any more, for nobody, and let them go again."""

import click

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.mail.actions.stop_all import lift_stop_all, stop_all
from webapp.mail.queries.stop_all import find_stop
from webapp.people.domain.scope import SYSTEM

group = AnsweringGroup("stop-all", help="Stop all letters, and let them go again.")


def _standing(sentence: str = "") -> Answer:
    """Return how things stand, after a deed with its own sentence."""
    stop = find_stop()
    if stop is None:
        return sentence or "Letters go out.", {"stopped": False}
    value = {
        "stopped": True,
        "id": stop.stop_id,
        "reason": stop.reason,
        "by": stop.by or None,
        "stopped_at": stop.at.isoformat(),
    }
    return sentence or f"{stop.who} stopped all letters: {stop.reason}", value


@group.command("on")
@click.option("--reason", required=True, help="Why; everybody on the staff side reads it.")
@answering
def on(reason: str) -> Answer:
    """Stop all letters, in every lane, until somebody lifts it."""
    stop_all(scope=SYSTEM, reason=reason)
    return _standing("All letters are stopped.")


@group.command("off")
@answering
def off() -> Answer:
    """Let letters go again."""
    lift_stop_all(scope=SYSTEM)
    return _standing("Letters go out again.")


@group.command("show")
@answering
def show() -> Answer:
    """Say whether all letters are stopped, by whom and why."""
    return _standing()

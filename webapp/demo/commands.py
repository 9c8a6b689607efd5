"""``flask demo``: fill an empty Postroom with people and letters to try things on."""

from flask_security import hash_password

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.core.clock import now
from webapp.demo.data.load import load_demo
from webapp.demo.signins import SIGN_INS

group = AnsweringGroup("demo", help="The demo's data.")


@group.command("load")
@answering
def load() -> Answer:
    """Load programmes, events, people, staff and letters; only into an empty Postroom."""
    counted = load_demo(password_hash=hash_password(SIGN_INS[0].password), now=now())
    sentence = ", ".join(f"{count} {what}" for what, count in counted.items())
    return f"Loaded {sentence}.", counted

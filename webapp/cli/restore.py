"""``flask restore settle``: after a backup was restored, see to it that nobody gets a letter twice."""

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.mail.actions.restore import settle_restored
from webapp.people.domain.scope import SYSTEM

group = AnsweringGroup("restore", help="After a database was restored from a backup.")


@group.command("settle")
@answering
def settle() -> Answer:
    """Make every letter uncertain that waits in a shoot which has begun: it may have left since the backup."""
    done = settle_restored(scope=SYSTEM)
    sentence = f"{done.letter_count:,} letters of {len(done.shoot_ids):,} shoots are uncertain now."
    return sentence, {"uncertain": done.letter_count, "shoots": list(done.shoot_ids)}

"""``flask restore settle``: after a backup was restored, see to it that nobody gets a letter twice."""

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.mail.actions.restore import settle_restored, skip_lost_numbers
from webapp.mail.actions.stop_all import stop_all
from webapp.mail.queries.stop_all import find_stop
from webapp.people.domain.scope import SYSTEM

REASON = "The database was restored from a backup; what it does not know is being settled."
group = AnsweringGroup("restore", help="After a database was restored from a backup.")


@group.command("begin")
@answering
def begin() -> Answer:
    """Stop all letters, and skip the numbers that the lost database gave; before any process is started."""
    stop = find_stop()
    stop_id = stop.stop_id if stop else stop_all(scope=SYSTEM, reason=REASON)
    skip_lost_numbers(scope=SYSTEM)
    return "All letters are stopped. Start ticker and workers, then: flask restore settle", {"stop": stop_id}


@group.command("settle")
@answering
def settle() -> Answer:
    """Make every letter uncertain that waits in a shoot which has begun: it may have left since the backup."""
    done = settle_restored(scope=SYSTEM)
    sentence = f"{done.letter_count:,} letters of {len(done.shoot_ids):,} shoots are uncertain now."
    return sentence, {"uncertain": done.letter_count, "shoots": list(done.shoot_ids)}

"""``flask shoot uncertain``: look at the uncertain letters of a shoot, and decide about all of them."""

import click

from webapp.cli.answers import Answer, answering
from webapp.cli.shoot import group
from webapp.core.errors import StaffError
from webapp.mail.actions.schedule_steering import resend_uncertain
from webapp.mail.actions.uncertain import count_as_sent, leave_letters
from webapp.mail.domain.evidence import Standing, weigh
from webapp.mail.domain.uncertain import Chosen, Deciding
from webapp.mail.queries.evidence import find_evidence
from webapp.mail.queries.report import get_summary
from webapp.mail.queries.uncertain import find_doubtful
from webapp.people.domain.scope import SYSTEM

LISTED = 1000  # letters that are named; the numbers count all


@group.command("uncertain")
@click.argument("shoot_id", type=int)
@click.option("--leave", is_flag=True, help="Leave all of them as they are; they leave the worklist.")
@click.option(
    "--count-as-sent", "count_sent", is_flag=True, help="Count those as sent that probably arrived."
)
@click.option("--send-again", is_flag=True, help="Send those again that did not probably arrive.")
@answering
def uncertain(shoot_id: int, leave: bool, count_sent: bool, send_again: bool) -> Answer:
    """Show the letters of a shoot that wait for a decision with what is known of each, or decide."""
    if leave + count_sent + send_again > 1:
        raise StaffError("Choose one of --leave, --count-as-sent and --send-again.")
    deciding = Deciding(Chosen(shoot_id=shoot_id))
    if leave:
        count = leave_letters(scope=SYSTEM, deciding=deciding)
        return f"{count:,} are left as they are.", {"id": shoot_id, "left": count}
    if count_sent:
        count = count_as_sent(scope=SYSTEM, deciding=deciding)
        return f"{count:,} count as sent now.", {"id": shoot_id, "counted_as_sent": count}
    if send_again:
        [(again_id, count)] = resend_uncertain(scope=SYSTEM, deciding=deciding)
        sentence = f"{count:,} are on the way again, as shoot {again_id}."
        return sentence, {"id": shoot_id, "sent_again": count, "as": again_id}
    return _listed(shoot_id)


def _listed(shoot_id: int) -> Answer:
    """Return the letters that wait, and how many of them stand how."""
    letters = find_doubtful(SYSTEM, Chosen(shoot_id=shoot_id))
    evidence = find_evidence(letters)
    standings = {letter.key: weigh(evidence[letter.key]) for letter in letters}
    counts = {one.value: sum(found == one for found in standings.values()) for one in Standing}
    value = {
        "id": shoot_id,
        "undecided": len(letters),
        **counts,
        "uncertain": get_summary(SYSTEM, shoot_id).uncertain,
        "letters": [
            {
                "seq": letter.seq,
                "address": letter.address,
                "handed_at": letter.handed_at.isoformat(),
                "detail": letter.detail,
                "standing": standings[letter.key].value,
                "evidence": [one.words for one in evidence[letter.key]],
            }
            for letter in letters[:LISTED]
        ],
    }
    arrived = counts[Standing.ARRIVED]
    return f"{len(letters):,} wait for a decision; {arrived:,} of them probably arrived.", value

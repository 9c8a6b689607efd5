"""What a decision about uncertain letters would do: to which of them, and which it leaves out and why."""

from dataclasses import dataclass

from webapp.core.errors import ForbiddenError
from webapp.mail.domain.evidence import Evidence, Standing, weigh
from webapp.mail.domain.report_log import Key
from webapp.mail.domain.uncertain import Chosen, Decision
from webapp.mail.queries.evidence import DoubtfulLetter, find_evidence
from webapp.mail.queries.uncertain import find_doubtful
from webapp.people.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Plan:
    """To which letters something would be done.

    Args:
        letters: those.
        left_out: those of the chosen ones to which it would not be done.
        why: why not, in a sentence; "" where none is left out.
        evidence: what is known, by letter.
    """

    letters: list[DoubtfulLetter]
    left_out: list[DoubtfulLetter]
    why: str
    evidence: dict[Key, list[Evidence]]

    def standing(self, letter: DoubtfulLetter) -> Standing:
        """Return what is known of a letter."""
        return weigh(self.evidence[letter.key])

    @property
    def arrived_count(self) -> int:
        """Return how many of the letters probably arrived."""
        return sum(self.standing(letter) == Standing.ARRIVED for letter in self.letters)


def find_plan(scope: Scope, decision: Decision, chosen: Chosen) -> Plan:
    """Return what a decision would do now.

    To be counted as sent takes evidence. All of a shoot are sent again but for those that probably arrived; who names
    such a letter means it.

    Args:
        scope: who asks.
        decision: what.
        chosen: which letters.

    Raises:
        NotFoundError: they are not there or not for this member of staff.
        ForbiddenError: they may see one of them, but not send there.
    """
    found = find_doubtful(scope, chosen)
    if decision == Decision.SEND_AGAIN:
        for programme_id, event_id in {(one.programme_id, one.event_id) for one in found}:
            if not scope.may_send(programme_id, event_id):
                raise ForbiddenError(
                    "You may decide about these letters but not send them. Ask somebody who may send."
                )
    evidence = find_evidence(found, has_hints=False)
    has_arrived = {one.key for one in found if weigh(evidence[one.key]) == Standing.ARRIVED}
    done, why = found, ""
    if decision == Decision.COUNT_AS_SENT:
        done = [one for one in found if one.key in has_arrived]
        why = "Nothing tells that they arrived."
    elif decision == Decision.SEND_AGAIN:
        spared = has_arrived if chosen.shoot_id is not None else set()
        done = [one for one in found if one.key not in spared and one.address is not None]
        why = "They probably arrived, or have no address any more."
    kept = {one.key for one in done}
    left_out = [one for one in found if one.key not in kept]
    return Plan(done, left_out, why if left_out else "", evidence)

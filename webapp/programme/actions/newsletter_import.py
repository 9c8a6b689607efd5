"""Put people on a list who agreed elsewhere, with the proof of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from webapp.core.audit import record
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.people.domain.import_files import FileKind, read_rows, sniff
from webapp.people.domain.scope import Scope
from webapp.people.queries.persons import find_person_by_address
from webapp.programme.actions.newsletter import Where, enter, put_on
from webapp.programme.domain.newsletter import Deed, Fault, Proof, read_proofs
from webapp.programme.domain.subscription_states import SubscriptionState
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.queries.newsletter import find_subscription, get_list, has_opted_out
from webapp.programme.queries.strangers import know_person

NEW, THERE, REFUSED = "new", "there already", "left before"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file comes to.

    Args:
        new: people who are put on the list.
        there_already: people who are on it.
        left_before: people who have left the list or opted out; a file never brings them back.
        faults: rows that cannot be taken.
    """

    new: int
    there_already: int
    left_before: int
    faults: Sequence[Fault]


def import_subscribers(
    *, scope: Scope, list_id: int, content: bytes, filename: str, now: datetime, is_dry_run: bool
) -> ImportResult:
    """Read a CSV of ``address,name,consented_at,source`` and put its people on a list.

    Args:
        scope: who does it.
        list_id: which list.
        content: the file.
        filename: stands in the ledger.
        now: the time.
        is_dry_run: only count.

    Raises:
        NotFoundError: the list is not for this member of staff.
        StaffError: it is no such table.
    """
    row = get_list(scope, list_id)
    file = BytesIO(content)
    reading = sniff(file, len(content))
    if reading.kind != FileKind.CSV:
        raise StaffError("Save it as CSV.", field="file")
    proofs, faults = read_proofs(read_rows(file, reading), now)
    counts: Counter[str] = Counter()
    with transaction():
        for proof in proofs:
            counts[_judge(row, proof)] += 1
            if not is_dry_run:
                _take(row, proof, filename, scope, now)
        if not is_dry_run:
            record(
                "newsletter.imported",
                "newsletter",
                row.id,
                actor_id=scope.user_id,
                programme_id=row.programme_id,
                new=counts[NEW],
                faults=len(faults),
            )
    return ImportResult(counts[NEW], counts[THERE], counts[REFUSED], faults)


def _judge(row: NewsletterList, proof: Proof) -> str:
    """Return what becomes of one person of the file; nothing is written."""
    person = find_person_by_address(proof.address)
    if person is None:
        return NEW
    subscription = find_subscription(row.id, person.id)
    state = subscription.state if subscription else None
    if has_opted_out(person.id, row.programme_id) or state in {
        SubscriptionState.UNSUBSCRIBED,
        SubscriptionState.BOUNCED,
    }:
        return REFUSED
    return THERE if state == SubscriptionState.SUBSCRIBED else NEW


def _take(row: NewsletterList, proof: Proof, filename: str, scope: Scope, now: datetime) -> None:
    """Put one person of the file on the list, if they may be."""
    if _judge(row, proof) != NEW:
        return
    evidence = {
        "file": filename,
        "row": proof.number,
        "consented_at": proof.consented_at.isoformat(),
        "source": proof.source,
    }
    where = Where("import", evidence, scope.user_id)
    person_id = know_person(proof.address, proof.name)
    subscription = enter(row, person_id, where, locale="", now=now)
    put_on(subscription, row, where, Deed.IMPORTED, now=now)

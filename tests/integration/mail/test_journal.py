"""What a worker's journal is worth: written by one that is killed, read by the next."""

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver_aftermath import settle_left_journals
from webapp.mail.actions.deliver_journal import Journal, left_journals
from webapp.mail.domain.journal import ACCEPTED, HANDED, REFUSED
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Chunk
from webapp.mail.queries.deliver import hand_over
from webapp.mail.queries.deliver_aftermath import free_lapsed_chunk
from webapp.mail.queries.lease import Lease, claim_chunk, renew_lease

OWNER = "worker.host.7/abc123"
MARKS = {0: ACCEPTED, 1: HANDED, 2: REFUSED}  # the fourth letter is only marked


@pytest.fixture
def lease(database: Session) -> Lease:
    """A chunk of six letters, four of them marked as being handed over."""
    event = factories.make_event()
    factories.make_people(event, 6)
    prepare_shoot(factories.make_shoot(event))
    with transaction():
        found = claim_chunk("bulk", OWNER)
        assert found is not None
        hand_over(found, -1, 4)
    return found


def die_with_journal(folder: Path, lease: Lease) -> None:
    """Let a process write a journal of the chunk and be killed."""
    child = os.fork()
    if not child:
        page = Journal(folder, OWNER).open_page(lease)
        for place, mark in MARKS.items():
            page.marks[place] = mark
        os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def letters(lease: Lease) -> list[tuple[str, int]]:
    """Return state and tries of each letter, in their order."""
    query = select(EmailLog.state, EmailLog.attempt).where(EmailLog.shoot_id == lease.shoot_id)
    with transaction() as session:
        return [(row.state, row.attempt) for row in session.execute(query.order_by(EmailLog.seq))]


def test_a_journal_is_left_alone_while_its_worker_lives(tmp_path: Path, lease: Lease) -> None:
    journal = Journal(tmp_path, OWNER)
    page = journal.open_page(lease)
    page.marks[3] = ACCEPTED
    assert list(left_journals(tmp_path)) == []
    journal.close_page(page)
    journal.close()
    assert list(tmp_path.iterdir()) == [], "nothing was left to settle"


def test_what_could_not_be_recorded_stays_in_the_journal(tmp_path: Path, lease: Lease) -> None:
    journal = Journal(tmp_path, OWNER)
    journal.open_page(lease).marks[3] = ACCEPTED
    journal.close()
    [(_, [page])] = list(left_journals(tmp_path))
    assert (page.owner, page.shoot_id, page.chunk) == (OWNER, lease.shoot_id, 0)
    assert page.seqs(ACCEPTED) == [3]


def test_only_the_letter_between_its_dot_and_the_answer_is_in_doubt(tmp_path: Path, lease: Lease) -> None:
    die_with_journal(tmp_path, lease)
    assert settle_left_journals(tmp_path) == 1
    # sent; uncertain; to be asked again, that try counts; never handed over, that try does not count
    settled = [("sent", 1), ("uncertain", 1), ("pending", 1), ("pending", 0), ("pending", 0), ("pending", 0)]
    assert letters(lease) == settled
    with transaction() as session:
        assert renew_lease(lease) is None, "a late result is refused"
        assert session.scalar(select(Chunk.next_at <= func.now())), "the rest is due at once"
    assert settle_left_journals(tmp_path) == 0
    assert letters(lease) == settled


def test_a_journal_that_is_found_late_still_proves_what_was_accepted(tmp_path: Path, lease: Lease) -> None:
    die_with_journal(tmp_path, lease)
    with transaction() as session:
        session.execute(update(Chunk).values(lease_until=func.now()))
    with transaction():
        assert free_lapsed_chunk() == (lease.shoot_id, 0)
    assert [state for state, _ in letters(lease)] == ["uncertain"] * 4 + ["pending"] * 2
    assert settle_left_journals(tmp_path) == 1
    assert [state for state, _ in letters(lease)] == ["sent"] + ["uncertain"] * 3 + ["pending"] * 2


def test_a_journal_of_an_earlier_lease_changes_nothing(tmp_path: Path, lease: Lease) -> None:
    die_with_journal(tmp_path, lease)
    with transaction() as session:
        session.execute(update(Chunk).values(lease_number=Chunk.lease_number + 1, owner="another"))
    before = letters(lease)
    assert settle_left_journals(tmp_path) == 1
    assert letters(lease) == before

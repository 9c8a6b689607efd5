"""How far shoots have come, counted from tallies and as the rows say."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.frozen import STRANGER, frozen_shoot, organizer_of
from tests.integration.mail.outcomes import give_outcomes, put_in_state
from tests.statements import counted
from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.heartbeat import beat
from webapp.core.transaction import transaction
from webapp.mail.actions.schedule_steering import resend_letters
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import ShootSample
from webapp.mail.queries.lease import claim_chunk
from webapp.mail.queries.report import (
    count_live_workers,
    count_resendable,
    find_samples,
    find_summaries,
    find_workers,
    get_summary,
)
from webapp.mail.queries.report_list import ShootFilter, find_with_trouble, page_shoots
from webapp.people.domain.scope import SYSTEM


def test_a_summary_is_what_the_rows_say(database: Session) -> None:
    shoot_id = frozen_shoot(10)
    give_outcomes(
        shoot_id,
        {
            0: ("sent", None, None),
            1: ("failed", "address", "550 5.1.1 no"),
            2: ("failed", "poison", "U+2028"),
            3: ("skipped", "opted_out", None),
            4: ("deferred", None, "451 later"),
            5: ("uncertain", None, "hung up"),
            6: ("cancelled", None, None),
            7: ("sending", None, None),
        },
    )

    it = get_summary(SYSTEM, shoot_id)

    rows = db.session.execute(
        select(EmailLog.state, func.count()).where(EmailLog.shoot_id == shoot_id).group_by(EmailLog.state)
    ).all()
    assert {state: sum(reasons.values()) for state, reasons in it.counts.items()} == dict(rows)
    assert it.failed == {"address": 1, "poison": 1}
    assert (it.audience, it.remaining) == (10, 4)
    assert it.is_balanced
    assert it.expected == 10


def test_many_summaries_are_one_question(database: Session) -> None:
    ids = [frozen_shoot(2) for _ in range(4)]
    with counted() as asked:
        found = find_summaries(SYSTEM, ids)

    assert sorted(found) == sorted(ids)
    assert len([statement for statement in asked if "shoot_tallies" in statement]) == 1


def test_what_is_not_theirs_has_no_summary(database: Session) -> None:
    shoot_id = frozen_shoot(2)

    assert get_summary(organizer_of(shoot_id), shoot_id).audience == 2
    assert find_summaries(STRANGER, [shoot_id]) == {}
    with pytest.raises(NotFoundError):
        get_summary(STRANGER, shoot_id)


def test_samples_are_thinned_to_what_a_chart_can_show(database: Session) -> None:
    shoot_id = frozen_shoot(1)
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO shoot_samples (shoot_id, at, settled_count)"
                " SELECT :id, now() - interval '1 hour' + make_interval(secs => i), i * 10"
                " FROM generate_series(0, 3599) i"
            ),
            {"id": shoot_id},
        )

    samples, width = find_samples(shoot_id)

    assert width == 30
    assert len(samples) <= 121
    assert samples[-1].settled == 35_990
    capped, _ = find_samples(shoot_id, at_most=10_000)
    assert capped[-1].settled == 10_000
    assert database.scalar(select(func.count()).select_from(ShootSample)) == 3600


def test_workers_are_those_that_hold_chunks(database: Session) -> None:
    shoot_id = frozen_shoot(3)
    with transaction():
        beat("worker-a", "worker_bulk", host="north")
        beat("worker-b", "worker_bulk", host="south")
        lease = claim_chunk("bulk", "worker-a/0123abcd")
    assert lease is not None

    workers = find_workers(shoot_id)

    assert [(worker.name, worker.host, worker.chunks) for worker in workers] == [("worker-a", "north", [0])]
    assert count_live_workers("bulk") == 2
    assert count_live_workers("urgent") == 0


def test_the_failed_are_counted_until_they_are_on_their_way_again(database: Session) -> None:
    shoot_id = frozen_shoot(4)
    give_outcomes(
        shoot_id,
        {
            0: ("failed", "address", "550 no"),
            1: ("failed", "gave_up", "451 no"),
            2: ("sent", None, None),
            3: ("failed", "address", "550 no"),
        },
    )
    put_in_state(shoot_id, "completed")
    assert count_resendable(get_summary(SYSTEM, shoot_id)) == 3

    resend_letters(scope=SYSTEM, shoot_id=shoot_id, seq=0)
    assert count_resendable(get_summary(SYSTEM, shoot_id)) == 2

    again_id, count = resend_letters(scope=SYSTEM, shoot_id=shoot_id)
    assert count == 2
    assert count_resendable(get_summary(SYSTEM, shoot_id)) == 0

    give_outcomes(again_id, {0: ("failed", "address", "550 still no")})
    assert count_resendable(get_summary(SYSTEM, shoot_id)) == 1


def test_shoots_are_paged_both_ways(database: Session) -> None:
    event = factories.make_event()
    factories.make_people(event, 1)
    ids = [factories.make_shoot(event) for _ in range(7)]

    first = page_shoots(SYSTEM, ShootFilter(), limit=3)
    second = page_shoots(SYSTEM, ShootFilter(), older_than=first.older_than, limit=3)
    third = page_shoots(SYSTEM, ShootFilter(), older_than=second.older_than, limit=3)

    pages = [[line.shoot_id for line in page.lines] for page in (first, second, third)]
    assert [shoot_id for page in pages for shoot_id in page] == ids[::-1]
    assert first.newer_than is None
    assert third.older_than is None
    back = page_shoots(SYSTEM, ShootFilter(), newer_than=third.newer_than, limit=3)
    assert [line.shoot_id for line in back.lines] == pages[1]
    assert page_shoots(STRANGER, ShootFilter()).lines == []
    assert page_shoots(SYSTEM, ShootFilter(is_test=True)).lines == []


def test_trouble_is_over_once_the_failed_were_sent_again(database: Session) -> None:
    shoot_id = frozen_shoot(2)
    since = get_summary(SYSTEM, shoot_id).created_at - timedelta(days=1)
    assert find_with_trouble(SYSTEM, since) == []

    give_outcomes(shoot_id, {0: ("failed", "address", "550 no"), 1: ("sent", None, None)})
    assert [line.shoot_id for line in find_with_trouble(SYSTEM, since)] == [shoot_id]
    assert find_with_trouble(STRANGER, since) == []

    resend_letters(scope=SYSTEM, shoot_id=shoot_id)
    assert find_with_trouble(SYSTEM, since) == []

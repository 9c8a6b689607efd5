"""How far shoots have come, and the log of all letters: right, in order, and without reading everything."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.outcomes import fill_with_rows, give_outcomes, put_in_state
from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.heartbeat import beat
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.schedule_steering import resend_letters
from webapp.mail.domain.report_log import Key, LetterPage, LogFilter
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
from webapp.mail.queries.report_log import page_letters
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.person import Person


def frozen_shoot(people: int, **draft: object) -> int:
    event = factories.make_event()
    factories.make_people(event, people, prefix=f"e{event.id}.")
    shoot_id = factories.make_shoot(event, **draft)
    prepare_shoot(shoot_id)
    return shoot_id


def organizer_of(shoot_id: int) -> Scope:
    event_id = db.session.scalar(text("SELECT event_id FROM shoots WHERE id = :id"), {"id": shoot_id})
    return Scope(user_id=4711, event_ids=frozenset({event_id}))


STRANGER = Scope(user_id=4712, event_ids=frozenset({999_999}))


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
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    listening.listen(db.engine, "before_cursor_execute", note)
    try:
        found = find_summaries(SYSTEM, ids)
    finally:
        listening.remove(db.engine, "before_cursor_execute", note)

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


def walk(scope: Scope, wanted: LogFilter, limit: int) -> tuple[list[Key], LetterPage]:
    """Return the keys of all pages forwards, and the last page."""
    keys: list[Key] = []
    page = page_letters(scope, wanted, limit=limit)
    for _ in range(400):
        keys += [line.key for line in page.lines]
        if page.older_than is None:
            return keys, page
        page = page_letters(scope, wanted, older_than=page.older_than, limit=limit)
    raise AssertionError("the log has no end")


def walk_back(scope: Scope, wanted: LogFilter, limit: int, last: LetterPage) -> list[Key]:
    """Return the keys of all pages backwards from the last one, in the order of the log."""
    keys = [line.key for line in last.lines]
    page = last
    for _ in range(400):
        if page.newer_than is None:
            return keys
        page = page_letters(scope, wanted, newer_than=page.newer_than, limit=limit)
        keys = [line.key for line in page.lines] + keys
    raise AssertionError("the log has no beginning")


@pytest.fixture
def three_shoots(database: Session) -> list[int]:
    """Three shoots over several chunks with failures in odd places, and one of another event."""
    ids = [frozen_shoot(3) for _ in range(3)]
    for shoot_id, number, every in zip(ids, (2500, 10, 1200), (700, 3, 1), strict=True):
        fill_with_rows(shoot_id, number, failed_every=every)
    return ids


FILTERS: list[tuple[str, Callable[[list[int]], LogFilter], str]] = [
    ("all", lambda ids: LogFilter(), "true"),
    ("failed", lambda ids: LogFilter(state="failed"), "state = 'failed'"),
    ("reason", lambda ids: LogFilter(state="failed", reason="poison"), "reason = 'poison'"),
    ("remaining", lambda ids: LogFilter(state="remaining"), "state = 'pending'"),
    ("shoot", lambda ids: LogFilter(shoot_id=ids[0], state="sent"), "shoot_id = 1 AND state = 'sent'"),
    ("few people", lambda ids: LogFilter(text="many2."), "address LIKE 'many2.%'"),
    (
        "very many people",
        lambda ids: LogFilter(text="MANY 1"),
        "(lower(name) LIKE '%many%' OR address LIKE '%many%') AND (name LIKE '%1%' OR address LIKE '%1%')",
    ),
    ("a short text", lambda ids: LogFilter(text="77"), "address LIKE '%77%' OR name LIKE '%77%'"),
    ("an address", lambda ids: LogFilter(text="many1.5@example.org"), "address = 'many1.5@example.org'"),
    ("nobody", lambda ids: LogFilter(text="100%_"), "false"),
]


@pytest.mark.parametrize(("make", "condition"), [f[1:] for f in FILTERS], ids=[f[0] for f in FILTERS])
def test_pages_hold_every_letter_once_both_ways(
    three_shoots: list[int], make: Callable[[list[int]], LogFilter], condition: str
) -> None:
    wanted = make(three_shoots)
    rows = db.session.execute(
        text(f"SELECT shoot_id, seq FROM email_logs WHERE {condition} ORDER BY shoot_id DESC, seq DESC")
    ).all()
    expected = [Key(*row) for row in rows]

    keys, last = walk(SYSTEM, wanted, 97)

    assert keys == expected
    assert walk_back(SYSTEM, wanted, 97, last) == expected


def test_the_log_is_narrowed_to_what_may_be_seen(three_shoots: list[int]) -> None:
    own = organizer_of(three_shoots[1])

    keys, _ = walk(own, LogFilter(), 50)

    assert {key.shoot_id for key in keys} == {three_shoots[1]}
    assert page_letters(own, LogFilter(shoot_id=three_shoots[0])).lines == []
    assert page_letters(own, LogFilter(text="many1.5@example.org")).lines == []
    assert page_letters(STRANGER, LogFilter()).lines == []


def test_the_log_is_narrowed_by_day_and_sender(three_shoots: list[int]) -> None:
    with transaction() as session:
        session.execute(
            text("UPDATE shoots SET started_at = now() - interval '3 days' WHERE id = :id"), {"id": 1}
        )
    now = db.session.scalars(select(func.now())).one()
    yesterday = now - timedelta(days=1)

    assert {k.shoot_id for k in walk(SYSTEM, LogFilter(until=yesterday), 500)[0]} == {1}
    assert {k.shoot_id for k in walk(SYSTEM, LogFilter(since=yesterday), 500)[0]} == {2, 3}
    sender_id = db.session.scalar(text("SELECT sender_id FROM shoots WHERE id = 2"))
    assert {k.shoot_id for k in walk(SYSTEM, LogFilter(sender_id=sender_id), 500)[0]} == {2}


def rows_read(session: Session, act: Callable[[], object]) -> int:
    """Return how many rows of the log a deed reads, by index or not."""
    session.rollback()
    session.execute(text("SELECT pg_stat_force_next_flush()"))
    question = text(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'email_logs'"
    )
    before = session.scalar(question) or 0
    act()
    return int(session.scalar(question) or 0) - int(before)


@pytest.mark.parametrize(
    ("wanted", "most"),
    [
        (LogFilter(), 300),
        (LogFilter(state="sent"), 300),
        (LogFilter(state="uncertain"), 1100),  # the one chunk that holds the one letter
        (LogFilter(state="failed"), 6100),  # a failure in a thousand: as many chunks as the page has lines
        (LogFilter(text="many1.4321@example.org"), 10),
        (LogFilter(text="any1.4321"), 10),
    ],
)
def test_a_page_does_not_read_the_whole_log(database: Session, wanted: LogFilter, most: int) -> None:
    shoot_id = frozen_shoot(1)
    fill_with_rows(shoot_id, 20_000, failed_every=1000)
    give_outcomes(shoot_id, {9_999: ("uncertain", None, "hung up")})

    read = rows_read(database, lambda: page_letters(SYSTEM, wanted, limit=5))

    assert 0 < read <= most


def test_a_rare_search_goes_a_stretch_at_a_time_and_finds_all(database: Session) -> None:
    shoot_id = frozen_shoot(1)
    fill_with_rows(shoot_id, 60_000)
    with transaction() as session:
        session.execute(text("UPDATE email_logs SET name = 'Qx' WHERE seq IN (10, 55000)"))

    first = page_letters(SYSTEM, LogFilter(text="qx"))

    assert [line.seq for line in first.lines] == [55_000]
    assert first.is_partial
    assert first.older_than is not None
    second = page_letters(SYSTEM, LogFilter(text="qx"), older_than=first.older_than)
    assert [line.seq for line in second.lines] == [10]
    assert not second.is_partial
    assert second.older_than is None
    assert database.scalar(select(func.count()).select_from(Person)) > 60_000

"""The log of all letters: its pages, its filters, and that none of them reads the whole of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.conftest import empty_database
from tests.integration.mail.frozen import STRANGER, frozen_shoot, organizer_of
from tests.integration.mail.outcomes import fill_with_rows, give_outcomes
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.domain.report_log import Key, LetterPage, LogFilter
from webapp.mail.queries.report_log import page_letters
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.person import Person

pytestmark = pytest.mark.xdist_group("log")  # in one process, which makes its letters once


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


@pytest.fixture(scope="module")
def filled(app: Flask) -> list[int]:
    """Three shoots over several chunks with failures in odd places, and one of another event; made once."""
    with app.app_context():
        empty_database()
        ids = [frozen_shoot(3) for _ in range(3)]
        for shoot_id, number, every in zip(ids, (2500, 10, 1200), (700, 3, 1), strict=True):
            fill_with_rows(shoot_id, number, failed_every=every)
    return ids


@pytest.fixture
def three_shoots(filled: list[int], kept_database: Session) -> list[int]:
    """The shoots, inside an application context."""
    return filled


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


@pytest.fixture(scope="module")
def long_shoot(app: Flask) -> int:
    """A shoot of twenty thousand letters, of which one in a thousand failed and one is in doubt; made once."""
    with app.app_context():
        empty_database()
        shoot_id = frozen_shoot(1)
        fill_with_rows(shoot_id, 20_000, failed_every=1000)
        give_outcomes(shoot_id, {9_999: ("uncertain", None, "hung up")})
    return shoot_id


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
def test_a_page_does_not_read_the_whole_log(
    long_shoot: int, kept_database: Session, wanted: LogFilter, most: int
) -> None:
    read = rows_read(kept_database, lambda: page_letters(SYSTEM, wanted, limit=5))

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

"""Several workers, killed workers, two imports at once: nothing is counted twice and nothing stands still."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import make_event
from tests.integration.people.registers import counts, do_import, many, register_of, upload
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.people.actions.import_run import Runner
from webapp.people.actions.import_steps import (
    cancel_import,
    get_import,
    map_import,
    queue_import,
    start_check,
)
from webapp.people.actions.imports import _claim, run_due_imports
from webapp.people.domain.import_rows import BATCH_ROWS
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership
from webapp.people.models.people_import import ImportedPerson, ImportState, PeopleImport
from webapp.people.models.person import Person

ROWS = BATCH_ROWS * 3 + 5


class Killed(BaseException):
    """Ends a run as abruptly as a signal would: nothing of ours catches it."""


def after(calls: int, raises: bool = False) -> Callable[[], bool]:
    """Return a ``must_stop`` that says yes, or kills, when asked for that many times."""
    asked = 0

    def must_stop() -> bool:
        nonlocal asked
        asked += 1
        if asked >= calls and raises:
            raise Killed
        return asked >= calls

    return must_stop


def grow_old(import_id: int) -> None:
    """Let the last sign of life be a minute old."""
    with transaction() as session:
        earlier = func.now() - timedelta(minutes=1)
        session.execute(update(PeopleImport).where(PeopleImport.id == import_id).values(seen_at=earlier))


def everybody() -> tuple[int, int, int]:
    """Return how many people, memberships and links there are."""
    return tuple(  # type: ignore[return-value]
        db.session.scalar(select(func.count()).select_from(model))
        for model in (Person, Membership, ImportedPerson)
    )


def test_asked_to_stop_it_waits_for_the_next_and_goes_on(database: Session) -> None:
    import_id = upload(make_event(), many(ROWS))
    queue_import(scope=SYSTEM, import_id=import_id)
    run_due_imports(must_stop=after(2))
    row = get_import(SYSTEM, import_id)
    assert (row.state, row.row_count) == ("queued", BATCH_ROWS)
    run_due_imports(must_stop=lambda: False)
    assert row.state == "completed"
    assert counts(row) == (ROWS, ROWS, 0, 0, 0)
    assert everybody() == (ROWS, ROWS, ROWS)


@pytest.mark.parametrize("check", [False, True])
def test_killed_it_is_taken_up_where_the_last_batch_was_committed(database: Session, check: bool) -> None:
    import_id = upload(
        make_event(), register_of([["same@example.org", "", "", ""]] * 2 * BATCH_ROWS + [["x"]])
    )
    (start_check if check else queue_import)(scope=SYSTEM, import_id=import_id)
    with pytest.raises(Killed):
        run_due_imports(must_stop=after(3, raises=True))
    run_due_imports(must_stop=lambda: False)
    row = get_import(SYSTEM, import_id)
    assert (row.state, row.row_count) == ("checking" if check else "importing", 2 * BATCH_ROWS), "still held"
    grow_old(import_id)
    run_due_imports(must_stop=lambda: False)
    assert row.state == ("checked" if check else "completed")
    assert counts(row) == (2 * BATCH_ROWS + 1, 1, 0, 2 * BATCH_ROWS - 1, 1)


def test_a_worker_thought_dead_that_comes_back_changes_nothing(database: Session) -> None:
    import_id = upload(make_event(), many(ROWS))
    queue_import(scope=SYSTEM, import_id=import_id)
    assert _claim() == (import_id, "importing")

    def overtaken() -> bool:
        grow_old(import_id)
        run_due_imports(must_stop=lambda: False)
        return False

    Runner(import_id, ImportState.IMPORTING, must_stop=overtaken).run()
    row = get_import(SYSTEM, import_id)
    assert row.state == "completed"
    assert counts(row) == (ROWS, ROWS, 0, 0, 0)


def test_a_dry_run_by_an_old_mapping_stops(database: Session) -> None:
    import_id = upload(make_event(), many(ROWS))
    start_check(scope=SYSTEM, import_id=import_id)
    _claim()

    def mapped_anew() -> bool:
        map_import(scope=SYSTEM, import_id=import_id, targets=["email", "", "", ""])
        start_check(scope=SYSTEM, import_id=import_id)
        return False

    Runner(import_id, ImportState.CHECKING, must_stop=mapped_anew).run()
    row = get_import(SYSTEM, import_id)
    assert (row.state, row.row_count, row.seen_at) == ("checking", 0, None)


def test_called_off_what_is_in_stays_and_the_rest_is_left_out(database: Session) -> None:
    import_id = upload(make_event(), many(ROWS))
    queue_import(scope=SYSTEM, import_id=import_id)
    _claim()

    def called_off() -> bool:
        cancel_import(scope=SYSTEM, import_id=import_id)
        return False

    Runner(import_id, ImportState.IMPORTING, must_stop=called_off).run()
    row = get_import(SYSTEM, import_id)
    assert (row.state, row.row_count) == ("cancelled", BATCH_ROWS)
    assert everybody() == (BATCH_ROWS, BATCH_ROWS, BATCH_ROWS)


@pytest.mark.slow
def test_two_at_once_neither_deadlock_nor_double(app: Flask, database: Session) -> None:
    """The same people in opposite order, into the same event, three times over."""
    event = make_event()
    rows = [[f"p{i}@example.org", f"Person {i}", "", f"c{i}"] for i in range(BATCH_ROWS * 2)]
    imports = [upload(event, register_of(rows if n % 2 else reversed(rows))) for n in range(4)]
    for import_id in imports:
        queue_import(scope=SYSTEM, import_id=import_id)
    failures: list[BaseException] = []

    def work() -> None:
        with app.app_context():
            try:
                run_due_imports(must_stop=lambda: False)
            except BaseException as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    found = [get_import(SYSTEM, import_id) for import_id in imports]
    assert {row.state for row in found} == {"completed"}
    assert sum(counts(row)[1] for row in found) == len(rows)
    assert everybody() == (len(rows), len(rows), 4 * len(rows))


def test_a_failed_import_goes_on_where_it_stopped(database: Session) -> None:
    event = make_event()
    row = do_import(event, many(10))
    assert row.state == "completed"
    with transaction() as session:
        table = PeopleImport.__table__
        values = {"state": "failed", "row_count": 4, "new_count": 4}
        session.execute(update(table).where(table.c.id == row.id).values(values))
    queue_import(scope=SYSTEM, import_id=row.id)
    run_due_imports(must_stop=lambda: False)
    db.session.refresh(row)
    assert (row.state, row.row_count, row.new_count) == ("completed", 10, 4)

"""An import: everybody once, nothing overwritten, refused rows named, and a repeat changes nothing."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import make_event, make_person, make_programme, make_staff, register, scope_of
from tests.integration.people.registers import counts, details, do_import, many, person, register_of, upload
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.people.actions.import_steps import (
    cancel_import,
    get_import,
    map_import,
    paste_people,
    queue_import,
    start_check,
    upload_import,
)
from webapp.people.actions.imports import check_now, import_now, run_due_imports
from webapp.people.domain.import_rows import BATCH_ROWS
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.people_import import ImportedPerson, PeopleImport
from webapp.people.models.person import Person
from webapp.people.models.user import Role
from webapp.people.queries.import_batches import each_fault, find_faults

MIXED = register_of(
    [
        ["Ada@Example.org", " Ada  Lovelace ", "en-gb", "Engines"],
        ["", "Nobody", "", ""],
        ["bob@example.org", '=HYPERLINK("http://evil.example")', "Deutsch", ""],
        ["not an address", "Carol", "", ""],
        ["ADA@example.ORG", "Another Name", "fr", "Other"],
        ["dora@example.org", "<script>alert(1)</script>", "", "x\x00y"],
    ]
)


def number_of(model: type) -> int:
    """Return how many rows a table has."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_good_rows_go_in_and_the_others_are_named(database: Session) -> None:
    event = make_event()
    row = do_import(event, MIXED)
    assert row.state == "completed"
    assert counts(row) == (6, 3, 0, 1, 2)
    assert [(f.row_number, f.cells[1]) for f in find_faults(row.id, 9)] == [(3, "Nobody"), (5, "Carol")]
    assert (person("ada@example.org").name, person("ada@example.org").locale) == ("Ada Lovelace", "en-GB")
    assert person("bob@example.org").name == '=HYPERLINK("http://evil.example")'
    assert person("dora@example.org").name == "<script>alert(1)</script>"
    assert details("ada@example.org", event) == {"company": "Engines"}
    assert details("dora@example.org", event) == {"company": "xy"}
    assert number_of(ImportedPerson) == 3


def test_a_repeat_changes_nothing_and_says_so(database: Session) -> None:
    event = make_event()
    do_import(event, MIXED)
    before = (person("ada@example.org").updated_at, number_of(Person), number_of(Membership))
    again = do_import(event, MIXED)
    assert counts(again) == (6, 0, 3, 1, 2)
    assert again.changed_count == 0
    assert (person("ada@example.org").updated_at, number_of(Person), number_of(Membership)) == before


def test_what_is_known_is_filled_and_never_overwritten(database: Session) -> None:
    event, other = make_event(), make_event()
    named = make_person("ada@example.org", "Countess Ada")
    make_person("bob@example.org", "", locale="pl")
    register(named, event, company="Old", table="7")
    register(named, other, company="Elsewhere")
    row = do_import(event, MIXED)
    assert counts(row) == (6, 1, 2, 1, 2)
    assert row.changed_count == 2
    assert (person("ada@example.org").name, person("ada@example.org").locale) == ("Countess Ada", "en-GB")
    assert person("bob@example.org").locale == "pl"
    assert person("bob@example.org").name.startswith("=HYPERLINK")
    assert details("ada@example.org", event) == {"company": "Engines", "table": "7"}
    assert details("ada@example.org", other) == {"company": "Elsewhere"}


def test_a_duplicate_in_a_later_batch_fills_gaps_only(database: Session) -> None:
    event = make_event()
    between = [[f"p{i}@example.org", "", "", ""] for i in range(BATCH_ROWS)]
    heading = ["E-mail", "Name", "Company", "Table"]
    first, later = ["z@example.org", "", "First", ""], ["Z@example.org", "Zoe", "Second", "9"]
    row = do_import(event, register_of([first, *between, later], heading))
    assert counts(row) == (BATCH_ROWS + 2, BATCH_ROWS + 1, 0, 1, 0)
    assert person("z@example.org").name == "Zoe"
    assert details("z@example.org", event) == {"company": "First", "table": "9"}


def test_an_address_that_the_database_would_refuse_fails_alone(database: Session) -> None:
    """Small letters that our Unicode does not know as such: the row is named, the others go in."""
    letters = [
        chr(code) for code in range(0x80, 0x1FFFF) if chr(code).lower() == chr(code) and chr(code).isalpha()
    ]
    query = "SELECT letter FROM unnest(CAST(:all AS text[])) AS given (letter) WHERE letter <> lower(letter)"
    odd = list(db.session.scalars(db.text(query), {"all": letters}))
    emails = [f"{letter}a@example.org" for letter in odd] or ["nobody"]
    row = do_import(
        make_event(), register_of([[email] for email in [*emails[:5], "good@example.org"]], ["E-mail"])
    )
    assert row.state == "completed"
    assert counts(row)[1] == 1
    assert counts(row)[4] == len(emails[:5])


def test_the_dry_run_counts_the_same_and_changes_nobody(database: Session) -> None:
    event = make_event()
    make_person("bob@example.org", "Bob")
    import_id = upload(event, MIXED)
    start_check(scope=SYSTEM, import_id=import_id)
    assert check_now(scope=SYSTEM, import_id=import_id) == "checked"
    row = get_import(SYSTEM, import_id)
    assert counts(row) == (6, 2, 1, 1, 2)
    assert row.total_count == 6
    assert len(list(each_fault(import_id, page=1))) == 2
    assert (number_of(Person), number_of(Membership), number_of(ImportedPerson)) == (1, 0, 0)
    queue_import(scope=SYSTEM, import_id=import_id)
    run_due_imports(must_stop=lambda: False)
    assert counts(row) == (6, 2, 1, 1, 2)


def test_a_long_dry_run_is_left_to_a_worker(database: Session) -> None:
    import_id = upload(make_event(), many(5000))
    start_check(scope=SYSTEM, import_id=import_id)
    assert check_now(scope=SYSTEM, import_id=import_id) == "checking"
    run_due_imports(must_stop=lambda: False)
    assert counts(get_import(SYSTEM, import_id)) == (5000, 5000, 0, 0, 0)


def test_a_new_mapping_forgets_the_count(database: Session) -> None:
    import_id = upload(make_event(), MIXED)
    start_check(scope=SYSTEM, import_id=import_id)
    check_now(scope=SYSTEM, import_id=import_id)
    map_import(scope=SYSTEM, import_id=import_id, targets=["email", "", "", ""], has_heading=False)
    row = get_import(SYSTEM, import_id)
    assert (row.state, row.row_count, row.total_count) == ("uploaded", 0, 7)
    assert find_faults(import_id, 9) == []
    import_now(scope=SYSTEM, import_id=import_id)
    assert counts(row) == (7, 3, 0, 1, 3)
    assert person("ada@example.org").name == ""
    with pytest.raises(ConflictError):
        map_import(scope=SYSTEM, import_id=import_id, targets=["email", "", "", ""])


def test_workbooks_and_pasted_addresses(database: Session) -> None:
    event = make_event()
    book = Workbook()
    for cells in (["Name", "E-mail"], ["Ada", "ada@example.org"], [None, None], ["Bo", "b@"]):
        book.active.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    row = do_import(event, buffer.getvalue())
    assert (row.kind, row.state, counts(row)) == ("xlsx", "completed", (2, 1, 0, 0, 1))
    assert find_faults(row.id, 9)[0].row_number == 4
    import_id = paste_people(scope=SYSTEM, text="Bo Diddley <bo@example.org>, ada@example.org\nnobody")
    assert import_now(scope=SYSTEM, import_id=import_id) == "completed"
    assert counts(get_import(SYSTEM, import_id)) == (3, 1, 1, 0, 1)
    assert person("bo@example.org").name == "Bo Diddley"
    assert number_of(Membership) == 1
    copied = paste_people(scope=SYSTEM, text="Name\tMail\nCy\tcy@example.org\n")
    import_now(scope=SYSTEM, import_id=copied)
    assert person("cy@example.org").name == "Cy"


def truncated_workbook(rows: int) -> bytes:
    """Return a workbook of which the last tenth of the sheet is missing."""
    book = Workbook()
    for i in range(rows):
        book.active.append([f"p{i}@example.org"])
    whole, damaged = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part[: len(part) * 9 // 10] if "sheet1" in name else part)
    return damaged.getvalue()


def test_a_broken_file_brings_nobody(database: Session) -> None:
    event = make_event()
    with pytest.raises(StaffError, match="never closed"):
        upload(event, many(3000) + b'"open,quote\n')
    assert (number_of(PeopleImport), number_of(Person)) == (0, 0)
    row = do_import(event, truncated_workbook(5000))
    assert row.state == "failed"
    assert "damaged (after row 45" in (row.error or "")
    assert number_of(Person) == 0


def test_newsletter_and_organizers(database: Session) -> None:
    programme = make_programme()
    row = upload_import(
        scope=SYSTEM,
        filename="n.csv",
        content=MIXED,
        programme_id=programme.id,
        membership_kind=MembershipKind.NEWSLETTER,
    )
    import_now(scope=SYSTEM, import_id=row)
    import_now(scope=SYSTEM, import_id=upload(make_event(programme), MIXED, kind="organizer"))
    kinds = db.session.execute(select(Membership.kind, func.count()).group_by(Membership.kind)).all()
    assert dict(kinds) == {"newsletter": 3, "organizer": 3}


def test_organizers_import_into_their_own_event_only(database: Session) -> None:
    own, foreign = make_event(), make_event()
    organizer = make_staff(Role.ORGANIZER, event=own)
    scope = scope_of(organizer)
    import_id = upload(own, MIXED, scope)
    theirs = upload(foreign, MIXED)
    for refused in (
        lambda: upload(foreign, MIXED, scope),
        lambda: upload_import(
            scope=scope,
            filename="x",
            content=MIXED,
            programme_id=own.programme_id,
            event_id=foreign.id,
            membership_kind="registered",
        ),
        lambda: upload_import(
            scope=scope,
            filename="x",
            content=MIXED,
            programme_id=own.programme_id,
            membership_kind="newsletter",
        ),
        lambda: get_import(scope, theirs),
        lambda: map_import(scope=scope, import_id=theirs, targets=["email", "", "", ""]),
        lambda: start_check(scope=scope, import_id=theirs),
        lambda: queue_import(scope=scope, import_id=theirs),
        lambda: import_now(scope=scope, import_id=theirs),
        lambda: cancel_import(scope=scope, import_id=theirs),
    ):
        with pytest.raises(NotFoundError):
            refused()
    assert get_import(SYSTEM, theirs).state == "uploaded"
    assert number_of(PeopleImport) == 2
    queue_import(scope=scope, import_id=import_id)
    run_due_imports(must_stop=lambda: False)
    entries = db.session.execute(select(AuditEntry.verb, AuditEntry.actor_id).order_by(AuditEntry.id)).all()
    assert [tuple(entry) for entry in entries] == [
        ("import.queued", organizer.id),
        ("import.completed", organizer.id),
    ]

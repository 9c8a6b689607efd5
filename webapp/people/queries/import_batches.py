"""The statements of an import: whole batches at once, always in the order of addresses so that two never deadlock."""

import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from sqlalchemy import Connection, func, select, text

from webapp.core.database import db
from webapp.people.domain.import_rows import Entry, Refusal
from webapp.people.models.people_import import ImportFault, ImportState, PeopleImport

_PIECE = 1 << 20  # bytes of a file fetched at once; on the way each takes several times its size

_PUT_PEOPLE = text("""
    INSERT INTO people (email, name, greeting, locale)
    SELECT email, name, greeting, locale
    FROM unnest(CAST(:emails AS text[]), CAST(:names AS text[]), CAST(:greetings AS text[]), CAST(:locales AS text[]))
        WITH ORDINALITY AS given (email, name, greeting, locale, place)
    ORDER BY place
    ON CONFLICT (email) DO UPDATE SET
        name = CASE WHEN people.name = '' THEN excluded.name ELSE people.name END,
        greeting = CASE WHEN people.greeting = '' THEN excluded.greeting ELSE people.greeting END,
        locale = CASE WHEN people.locale = '' THEN excluded.locale ELSE people.locale END,
        updated_at = now()
    WHERE (people.name = '' AND excluded.name <> '')
        OR (people.greeting = '' AND excluded.greeting <> '')
        OR (people.locale = '' AND excluded.locale <> '')
    RETURNING id, xmax = 0
""")
_LINK = text("""
    INSERT INTO imported_people (import_id, person_id)
    SELECT :import_id, given.id FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS given (id, place)
    ORDER BY place
    ON CONFLICT DO NOTHING
    RETURNING person_id
""")
_JOIN = """
    INSERT INTO memberships (person_id, programme_id, event_id, kind, details)
    SELECT given.id, :programme_id, CAST(:event_id AS bigint), :kind, CAST(given.details AS jsonb)
    FROM unnest(CAST(:ids AS bigint[]), CAST(:details AS text[])) WITH ORDINALITY AS given (id, details, place)
    ORDER BY place
    ON CONFLICT {target} DO UPDATE SET details = {details}
    WHERE memberships.details IS DISTINCT FROM {details}
    RETURNING person_id
"""
_OF_EVENT = "(event_id, kind, person_id) WHERE event_id IS NOT NULL"
_OF_PROGRAMME = "(programme_id, kind, person_id) WHERE event_id IS NULL"
_NEWER_WINS = "memberships.details || excluded.details"
_FIRST_WINS = "excluded.details || memberships.details"
_JOINS = {
    (is_event, is_first): text(_JOIN.format(target=target, details=details))
    for is_event, target in ((True, _OF_EVENT), (False, _OF_PROGRAMME))
    for is_first, details in ((True, _NEWER_WINS), (False, _FIRST_WINS))
}
_REFUSE = text("""
    INSERT INTO import_faults (import_id, row_number, reason, cells)
    SELECT :import_id, given.row_number, given.reason, CAST(given.cells AS jsonb)
    FROM unnest(CAST(:numbers AS integer[]), CAST(:reasons AS text[]), CAST(:cells AS text[]))
        AS given (row_number, reason, cells)
    ON CONFLICT (import_id, row_number) DO UPDATE SET reason = excluded.reason, cells = excluded.cells
""")


def get_held_import(import_id: int, state: ImportState, row_count: int, version: int) -> PeopleImport | None:
    """Return an import, locked, if it is still where its worker left it; None when somebody else has it now.

    Args:
        import_id: which.
        state: in which the worker holds it.
        row_count: rows that the worker knows to be done.
        version: of the mapping by which the worker reads.
    """
    return db.session.scalar(
        select(PeopleImport)
        .where(
            PeopleImport.id == import_id,
            PeopleImport.state == state,
            PeopleImport.row_count == row_count,
            PeopleImport.mapping["version"].as_integer() == version,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def copy_content(import_id: int, file: BinaryIO) -> int:
    """Write the file of an import into another one, piece by piece, and return how many bytes it has."""
    size = 0
    while True:
        piece = db.session.scalar(
            select(func.substring(PeopleImport.content, size + 1, _PIECE)).where(PeopleImport.id == import_id)
        )
        if not piece:
            return size
        file.write(piece)
        size += len(piece)


def put_people(entries: Sequence[Entry]) -> tuple[dict[str, int], set[int], set[int]]:
    """Make people known and fill what was empty about those who were; nothing known is overwritten.

    Args:
        entries: one a person, sorted by address.

    Returns:
        (id of each address, ids of new people, ids of known people who got something)
    """
    rows = db.session.execute(
        _PUT_PEOPLE,
        {
            "emails": [entry.email for entry in entries],
            "names": [entry.name for entry in entries],
            "greetings": [entry.greeting for entry in entries],
            "locales": [entry.locale for entry in entries],
        },
    ).all()
    new = {person_id for person_id, is_new in rows if is_new}
    filled = {person_id for person_id, is_new in rows if not is_new}
    return find_people([entry.email for entry in entries]), new, filled


def find_people(emails: Sequence[str]) -> dict[str, int]:
    """Return the ids of the people who have these addresses."""
    rows = db.session.execute(
        text("SELECT email, id FROM people WHERE email = ANY(CAST(:emails AS text[]))"),
        {"emails": list(emails)},
    )
    return {row.email: row.id for row in rows}


def find_unstorable(emails: Sequence[str]) -> list[str]:
    """Return the addresses that have letters for which the database knows another small letter than we do.

    It would refuse them, and with them everything that is written in the same statement.
    """
    doubtful = [email for email in emails if not email.isascii()]
    if not doubtful:
        return []
    query = text(
        "SELECT email FROM unnest(CAST(:emails AS text[])) AS given (email) WHERE email <> lower(email)"
    )
    return list(db.session.scalars(query, {"emails": doubtful}))


def put_links(import_id: int, ids: Sequence[int]) -> set[int]:
    """Write down who was in an import and return those of whom no earlier row of it told."""
    return set(db.session.scalars(_LINK, {"import_id": import_id, "ids": sorted(ids)}))


def put_memberships(
    found: PeopleImport, given: Sequence[tuple[int, dict[str, str] | None]], *, is_first: bool
) -> set[int]:
    """Let people belong to the import's event or programme, and return those for whom that changed something.

    Args:
        found: says where and as what.
        given: (person, details).
        is_first: no earlier row of this import told of them: what it says replaces what an older import said.
            Else it only fills gaps.
    """
    if not given or found.membership_kind is None:
        return set()
    given = sorted(given, key=lambda pair: pair[0])
    return set(
        db.session.scalars(
            _JOINS[found.event_id is not None, is_first],
            {
                "programme_id": found.programme_id,
                "event_id": found.event_id,
                "kind": found.membership_kind,
                "ids": [person_id for person_id, _ in given],
                "details": [json.dumps(details or {}) for _, details in given],
            },
        )
    )


def put_faults(import_id: int, refusals: Sequence[Refusal]) -> None:
    """Write down rows that were refused."""
    if refusals:
        db.session.execute(
            _REFUSE,
            {
                "import_id": import_id,
                "numbers": [refusal.row_number for refusal in refusals],
                "reasons": [refusal.reason for refusal in refusals],
                "cells": [json.dumps(refusal.cells) for refusal in refusals],
            },
        )


def delete_faults(import_id: int) -> None:
    """Forget the refused rows of an earlier run."""
    db.session.execute(text("DELETE FROM import_faults WHERE import_id = :id"), {"id": import_id})


class Ledger:
    """Counts a dry run: which addresses of a file were already met, without holding them in memory.

    Args:
        connection: one of its own, never committed, so that nothing of it stays.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute(text("CREATE TEMPORARY TABLE met (email text PRIMARY KEY) ON COMMIT DROP"))

    def count(self, emails: Sequence[str]) -> tuple[int, int]:
        """Return (new people, known people) among the addresses that were not met before."""
        fresh = self._connection.scalars(
            text("""
                INSERT INTO met SELECT unnest(CAST(:emails AS text[])) ON CONFLICT DO NOTHING RETURNING email
            """),
            {"emails": list(emails)},
        ).all()
        known = self._connection.scalar(
            text("SELECT count(*) FROM people WHERE email = ANY(CAST(:emails AS text[]))"),
            {"emails": list(fresh)},
        )
        return len(fresh) - int(known or 0), int(known or 0)


def find_faults(import_id: int, limit: int) -> list[ImportFault]:
    """Return the first refused rows of an import, in the order of the file."""
    return list(
        db.session.scalars(
            select(ImportFault)
            .where(ImportFault.import_id == import_id)
            .order_by(ImportFault.row_number)
            .limit(limit)
        )
    )


def each_fault(import_id: int, page: int = 1000) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (row number, reason, cells) of all refused rows, fetched page by page."""
    after = 0
    while True:
        rows = db.session.execute(
            select(ImportFault.row_number, ImportFault.reason, ImportFault.cells)
            .where(ImportFault.import_id == import_id, ImportFault.row_number > after)
            .order_by(ImportFault.row_number)
            .limit(page)
        ).all()
        for row in rows:
            yield row.row_number, row.reason, row.cells
        if len(rows) < page:
            return
        after = rows[-1].row_number


def has_event(programme_id: int, event_id: int) -> bool:
    """Say whether an event belongs to a programme (the tables of programmes lie in a room above this one)."""
    return bool(
        db.session.scalar(
            text("SELECT true FROM events WHERE id = :event_id AND programme_id = :programme_id"),
            {"event_id": event_id, "programme_id": programme_id},
        )
    )

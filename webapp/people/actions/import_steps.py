"""What a person does with an import: upload or paste, say what the columns mean, ask for it, call it off."""

import io
from dataclasses import replace
from typing import Any

from webapp.core.audit import record
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.people.domain.import_columns import check_targets, guess_targets, has_heading
from webapp.people.domain.import_files import FileKind, Reading, Row, Survey, sniff, survey
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import MembershipKind
from webapp.people.models.people_import import IMPORT_MACHINE, ImportState, PeopleImport
from webapp.people.queries.import_batches import delete_faults, has_event
from webapp.people.queries.imports import find_import

LANE = "bulk"
_SHOWN_ROWS, _SHOWN_CELL = 10, 200  # of the file, kept beside it for the page of columns


def get_import(scope: Scope, import_id: int) -> PeopleImport:
    """Return one import.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    found = find_import(scope, import_id)
    if found is None:
        raise NotFoundError("There is no such import.")
    return found


def check_place(
    scope: Scope, programme_id: int | None, event_id: int | None, membership_kind: str | None
) -> None:
    """Refuse a place that this member of staff does not see, or where nobody can belong as that.

    Raises:
        NotFoundError: they may not see it, or it does not exist.
        StaffError: kind and place do not go together.
    """
    if event_id is not None:
        if (
            programme_id is None
            or not scope.sees(programme_id, event_id)
            or not has_event(programme_id, event_id)
        ):
            raise NotFoundError("There is no such event.", field="event")
    elif programme_id is not None and not scope.sees_programme(programme_id):
        raise NotFoundError("There is no such programme.", field="programme")
    if membership_kind is None:
        return
    if membership_kind not in set(MembershipKind):
        raise StaffError("People can be registered, organizers, or get the newsletter.", field="kind")
    is_newsletter = membership_kind == MembershipKind.NEWSLETTER
    if is_newsletter != (event_id is None) or programme_id is None:
        raise StaffError("The newsletter belongs to a programme, everything else to an event.", field="kind")


def upload_import(
    *,
    scope: Scope,
    filename: str,
    content: bytes,
    programme_id: int | None = None,
    event_id: int | None = None,
    membership_kind: str | None = None,
    is_thorough: bool = False,
) -> int:
    """Take a file: tell what it is, guess what its columns mean, and keep it until somebody says go.

    Args:
        scope: how far the person who acts sees; ``scope.user_id`` is who they are.
        filename: as they call it.
        content: the file's bytes.
        programme_id: the event's programme, or the newsletter's.
        event_id: where people shall belong, or None.
        membership_kind: as what, or None: they become known and nothing more.
        is_thorough: read a workbook to its end, too; a text table always is.

    Returns:
        the import's id.

    Raises:
        StaffError: it is no table that we can read; the message says what to do.
        NotFoundError: the place is not for them.
    """
    file = io.BytesIO(content)
    reading = sniff(file, len(content))
    found = survey(file, reading, is_whole=is_thorough or reading.kind is not FileKind.XLSX)
    with transaction():
        check_place(scope, programme_id, event_id, membership_kind)
        return _keep(scope, filename, content, reading, found, (programme_id, event_id, membership_kind))


def paste_people(
    *,
    scope: Scope,
    text: str,
    programme_id: int | None = None,
    event_id: int | None = None,
    membership_kind: str | None = None,
) -> int:
    """Take pasted addresses, or cells copied from a spreadsheet; arguments and errors as for ``upload_import``."""
    content = text.encode("utf-8", "replace")
    if not text.strip():
        raise StaffError("Paste at least one address.", field="text")
    reading = sniff(io.BytesIO(content), len(content))
    if "\t" not in text.strip().splitlines()[0]:
        reading = Reading(FileKind.PASTED, "utf-8")
    else:
        reading = replace(reading, delimiter="\t")
    found = survey(io.BytesIO(content), reading, is_whole=True)
    with transaction():
        check_place(scope, programme_id, event_id, membership_kind)
        place = (programme_id, event_id, membership_kind)
        return _keep(scope, "Pasted addresses", content, reading, found, place)


def _keep(
    scope: Scope,
    filename: str,
    content: bytes,
    reading: Reading,
    found: Survey,
    place: tuple[int | None, int | None, str | None],
) -> int:
    """Write down a new import with what is guessed of its columns."""
    mapping = guess_mapping(reading, found)
    programme_id, event_id, membership_kind = place
    with transaction() as session:
        row = PeopleImport(
            created_by_id=scope.user_id,
            programme_id=programme_id,
            event_id=event_id,
            membership_kind=membership_kind,
            filename=" ".join(filename.split())[:200] or "Unnamed",
            kind=reading.kind,
            content=content,
            mapping=mapping,
            total_count=None if found.row_count is None else found.row_count - mapping["has_heading"],
        )
        session.add(row)
        session.flush()
        return row.id


def guess_mapping(reading: Reading, found: Survey) -> dict[str, Any]:
    """Return how a file is read, as the row keeps it: what it is, its first rows, what each column means."""
    first: list[Row] = found.first
    is_pasted = reading.kind is FileKind.PASTED
    heading = not is_pasted and has_heading(first[0][1])
    width = max(len(cells) for _, cells in first)
    headings = (first[0][1] if heading else []) + [""] * width
    rows = [cells for _, cells in first[1 if heading else 0 :]]
    return {
        "version": 1,
        "reading": reading.as_data(),
        "rows": found.row_count,
        "has_heading": heading,
        "headings": [headings[index][:_SHOWN_CELL] for index in range(width)],
        "first": [[number, [cell[:_SHOWN_CELL] for cell in cells]] for number, cells in first[:_SHOWN_ROWS]],
        "targets": ["email", "name"] if is_pasted else guess_targets(headings[:width], rows),
    }


def map_import(*, scope: Scope, import_id: int, targets: list[str], has_heading: bool | None = None) -> None:
    """Say what the columns mean; what a dry run counted before is forgotten.

    Args:
        scope: who acts.
        import_id: which import.
        targets: one a column, see ``import_columns``.
        has_heading: whether the first row names the columns; None leaves it as it was guessed.

    Raises:
        StaffError: a mapping by which nobody could be read.
        ConflictError: it is already running or done.
    """
    with transaction():
        row = get_import(scope, import_id)
        mapping = dict(row.mapping)
        mapping["targets"] = check_targets(targets, len(mapping["headings"]))
        mapping["version"] += 1  # a worker that still counts by the old one notices
        if has_heading is not None and has_heading != mapping["has_heading"]:
            mapping["has_heading"] = has_heading
            first = mapping["first"][0][1] if has_heading else []
            mapping["headings"] = [(first[i] if i < len(first) else "") for i in range(len(targets))]
        values = {**_NOTHING_COUNTED, "mapping": mapping, "total_count": _total(mapping), "seen_at": None}
        delete_faults(import_id)
        if row.state == ImportState.UPLOADED:
            for name, value in values.items():
                setattr(row, name, value)
        else:
            move(row, IMPORT_MACHINE, ImportState.UPLOADED, **values)


_NOTHING_COUNTED = {
    "row_count": 0,
    "new_count": 0,
    "known_count": 0,
    "duplicate_count": 0,
    "refused_count": 0,
    "changed_count": 0,
    "error": None,
}


def _total(mapping: dict[str, Any]) -> int | None:
    """Return how many rows below the heading there are, where that is known."""
    rows = mapping["rows"]
    return rows - bool(mapping["has_heading"]) if isinstance(rows, int) else None


def start_check(*, scope: Scope, import_id: int) -> None:
    """Ask for a dry run: what every row would come to, without changing anything.

    Raises:
        StaffError: it has not been said which column holds the address.
    """
    with transaction():
        row = get_import(scope, import_id)
        check_targets(row.mapping["targets"], len(row.mapping["headings"]))
        delete_faults(import_id)
        move(row, IMPORT_MACHINE, ImportState.CHECKING, **_NOTHING_COUNTED, seen_at=None)
        wake(LANE)


def queue_import(*, scope: Scope, import_id: int) -> None:
    """Let a worker import the file; a failed import goes on where it stopped.

    Raises:
        StaffError: it has not been said which column holds the address.
        ConflictError: it is already running or done.
    """
    with transaction():
        row = get_import(scope, import_id)
        check_place(scope, row.programme_id, row.event_id, row.membership_kind)
        check_targets(row.mapping["targets"], len(row.mapping["headings"]))
        if row.state == ImportState.FAILED:
            if row.started_at is None:
                raise ConflictError("The file cannot be read. Mend it and upload it again.")
            move(row, IMPORT_MACHINE, ImportState.QUEUED, error=None)
        else:
            delete_faults(import_id)
            move(row, IMPORT_MACHINE, ImportState.QUEUED, **_NOTHING_COUNTED, seen_at=None)
        _write_down("import.queued", row, scope.user_id)
        wake(LANE)


def cancel_import(*, scope: Scope, import_id: int) -> None:
    """Call an import off; of one that is running, what is in stays and the rest is left out.

    Raises:
        ConflictError: it is done already.
    """
    with transaction():
        row = get_import(scope, import_id)
        move(row, IMPORT_MACHINE, ImportState.CANCELLED)
        _write_down("import.cancelled", row, scope.user_id, rows=row.row_count)


def _write_down(verb: str, row: PeopleImport, actor_id: int | None, **data: object) -> None:
    """Add to the audit trail what was done to an import."""
    record(
        verb,
        "import",
        row.id,
        actor_id=actor_id,
        programme_id=row.programme_id,
        event_id=row.event_id,
        **data,
    )

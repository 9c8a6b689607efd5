"""``flask people``: import a register from a file."""

import sys
from pathlib import Path
from typing import Any

import click

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.people.actions.import_steps import get_import, upload_import
from webapp.people.actions.imports import import_now
from webapp.people.domain.import_columns import EMAIL
from webapp.people.domain.import_files import MAX_SIZE
from webapp.people.domain.import_report import describe_import
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import MembershipKind
from webapp.people.models.people_import import ImportState, PeopleImport
from webapp.people.queries.import_batches import find_faults
from webapp.programme.queries.events import get_event_by_slug

group = AnsweringGroup("people", help="People.")
SHOWN_FAULTS = 20


def read_file(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        StaffError: it is not there, cannot be read or is too large.
    """
    try:
        if path.stat().st_size > MAX_SIZE:
            raise StaffError(f"{path} is larger than {MAX_SIZE >> 20} MB. Split it in parts.", field="file")
        return path.read_bytes()
    except OSError as error:
        raise StaffError(f"{path} cannot be read: {error.strerror}.", field="file") from error


def show_progress(done: int, total: int | None) -> None:
    """Write how far it is on the terminal's error stream, over what stood there before."""
    if sys.stderr.isatty():
        of = f" of {total:,}" if total else ""
        click.echo(f"\r{done:,}{of} rows", nl=done == total, err=True)


def summarise(row: PeopleImport) -> dict[str, Any]:
    """Return what became of an import, for machines."""
    faults = find_faults(row.id, SHOWN_FAULTS)
    return {
        "import": row.id,
        "rows": row.row_count,
        "new": row.new_count,
        "known": row.known_count,
        "changed": row.changed_count,
        "duplicates": row.duplicate_count,
        "refused": row.refused_count,
        "faults": [{"row": fault.row_number, "reason": fault.reason} for fault in faults],
        "state": row.state,
    }


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--event", "event_slug", required=True, help="The event that they belong to, by its slug.")
@click.option(
    "--kind",
    type=click.Choice([MembershipKind.REGISTERED.value, MembershipKind.ORGANIZER.value]),
    default=MembershipKind.REGISTERED.value,
    show_default=True,
    help="As what they belong to it.",
)
@answering
def import_people(file: Path, event_slug: str, kind: str) -> Answer:
    """Import the people in FILE, a CSV or XLSX, into an event. A repeat changes nothing."""
    event = get_event_by_slug(SYSTEM, event_slug)
    content = read_file(file)
    with transaction():  # a file in which nobody can be found leaves nothing behind
        import_id = upload_import(
            scope=SYSTEM,
            filename=file.name,
            content=content,
            programme_id=event.programme_id,
            event_id=event.id,
            membership_kind=kind,
            is_thorough=True,
        )
        if EMAIL not in get_import(SYSTEM, import_id).mapping["targets"]:
            raise StaffError(
                "No column holds addresses. Call the one that does “E-mail” in the first row.", field="file"
            )
    state = import_now(scope=SYSTEM, import_id=import_id, progress=show_progress)
    row = get_import(SYSTEM, import_id)
    if state is not ImportState.COMPLETED:
        raise StaffError(row.error or f"The import is {state}.", field="file")
    summary = summarise(row)
    lines = [describe_import(summary)]
    lines += [f"  row {fault['row']}: {fault['reason']}" for fault in summary["faults"]]
    if row.refused_count > len(summary["faults"]):
        lines.append(f"  … and {row.refused_count - len(summary['faults']):,} more")
    return "\n".join(lines), summary

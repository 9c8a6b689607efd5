"""Applications as a file for a spreadsheet: CSV that Excel reads, or a workbook; no cell acts as a formula."""

from collections.abc import Iterator
from tempfile import TemporaryFile

from flask import Response, send_file, stream_with_context
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from webapp.people.domain.export import csv_lines, neutral
from webapp.people.domain.scope import Scope
from webapp.programme.domain.reviewing import VIEW_NAMES, ReviewFilter
from webapp.programme.models.programme import Event
from webapp.programme.queries.review_list import find_export
from webapp.programme.queries.review_one import find_questions, written

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = (
    "Number",
    "Name",
    "Address",
    "Stands",
    "Answer",
    "Tags",
    "Reviews",
    "Mean",
    "Deviation",
    "Submitted (UTC)",
)
CELL_LIMIT = 32_000  # characters: a workbook takes 32,767


def export_rows(scope: Scope, event: Event, wanted: ReviewFilter) -> Iterator[list[str]]:
    """Yield heading and rows of what fits a filter, all cells as text."""
    questions = find_questions(scope, event.programme_id, event.id)
    yield [*HEADINGS, *(question.label for question in questions)]
    keys = [question.key for question in questions]
    for line, answers in find_export(scope, event.id, wanted):
        mean = "(hidden)" if line.is_hidden else "" if line.mean is None else f"{line.mean:.2f}"
        deviation = "" if line.deviation is None else f"{line.deviation:.2f}"
        yield [
            str(line.number),
            line.name,
            line.email or "",
            VIEW_NAMES[line.view],
            line.rsvp,
            ", ".join(line.tags),
            str(line.review_count),
            mean,
            deviation,
            line.submitted_at.strftime("%Y-%m-%d %H:%M:%S"),
            *[written(answers.get(key)) for key in keys],
        ]


def answer_csv(rows: Iterator[list[str]], name: str) -> Response:
    """Return an answer that streams rows as CSV."""
    lines = (line.encode("utf-8", "replace") for line in csv_lines(rows))
    return _named(Response(stream_with_context(lines), mimetype="text/csv"), f"{name}.csv")


def answer_xlsx(rows: Iterator[list[str]], name: str) -> Response:
    """Return an answer with rows as a workbook in which every cell is text; it never stands in memory as a whole."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Applications")
    for row in rows:
        sheet.append([neutral(ILLEGAL_CHARACTERS_RE.sub("", cell)[:CELL_LIMIT]) for cell in row])
    file = TemporaryFile()  # noqa: SIM115 -- closed by the answer, once it has been read
    book.save(file)
    file.seek(0)
    return _named(send_file(file, mimetype=XLSX), f"{name}.xlsx")


def _named(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""From a row of cells to a person, or to the reason why not; and several rows about one person made one."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from webapp.core.errors import StaffError
from webapp.people.domain import import_columns as columns
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.export import FORMULA_STARTS
from webapp.people.domain.import_files import MAX_CELL, MAX_COLUMNS, Row

BATCH_ROWS = 2000
BATCH_CHARACTERS = 4_000_000  # rows may be long: memory is bounded by this, too
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))?(?:[-_]([A-Za-z0-9]{2,8}))?")
_LANGUAGES = {
    columns.plain_heading(word): code
    for code, words in {
        "en": "english|englisch|anglais|inglés|angielski",
        "de": "german|deutsch|allemand|alemán|niemiecki",
        "fr": "french|französisch|français|francés|francuski",
        "es": "spanish|spanisch|espagnol|español|hiszpański",
        "it": "italian|italienisch|italiano",
        "pl": "polish|polnisch|polski",
        "pt": "portuguese|português",
        "nl": "dutch|nederlands",
        "uk": "ukrainian|українська",
        "ru": "russian|русский",
        "ja": "japanese|日本語",
        "zh": "chinese|中文",
        "ko": "korean|한국어",
        "ar": "arabic|العربية",
    }.items()
    for word in words.split("|")
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one or more rows say about one person.

    Args:
        email: normalised.
        row_number: of the first row that tells of them.
        name, greeting, locale: empty where the file does not say.
        details: values to keep beside the membership; none is empty.
    """

    email: str
    row_number: int
    name: str = ""
    greeting: str = ""
    locale: str = ""
    details: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is left out, with the reason and what stood in it."""

    row_number: int
    reason: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file, checked.

    Args:
        entries: one a person, by address; sorted, so that two imports at once wait for each other in one order.
        duplicate_count: rows about a person of whom an earlier row of the batch told.
        refusals: rows left out.
        row_count: all rows of the batch.
    """

    entries: list[Entry]
    duplicate_count: int
    refusals: list[Refusal]
    row_count: int


def normalise_locale(text: str) -> str:
    """Return a language tag (RFC 5646) as ``de`` or ``pt-BR``, or nothing where the text is none."""
    text = text.strip()
    if len(text) > 60:
        return ""
    named = _LANGUAGES.get(columns.plain_heading(text))
    match = _TAG.fullmatch(text)
    if named or not match:
        return named or ""
    parts = [match[1].lower()]
    for part in (match[2], match[3]):
        if part:  # region BR, script Hant, variant
            parts.append(part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower())
    return "-".join(parts)


class RowReader:
    """Reads rows by a mapping.

    Args:
        targets: what each column means, as ``check_targets`` returned it.
    """

    def __init__(self, targets: Sequence[str]) -> None:
        place = {target: index for index, target in enumerate(targets) if target != columns.LEAVE_OUT}
        self._email = place[columns.EMAIL]
        self._names = [
            place[target]
            for target in (columns.NAME, columns.FIRST_NAME, columns.LAST_NAME)
            if target in place
        ]
        self._greeting = place.get(columns.GREETING)
        self._locale = place.get(columns.LOCALE)
        self._details = [
            (target.removeprefix(columns.DETAIL), index)
            for target, index in place.items()
            if target.startswith(columns.DETAIL)
        ]

    def read(self, row: Row) -> Entry | Refusal:
        """Return the person that a row tells of, or why it is left out."""
        number, cells = row
        if len(cells) > MAX_COLUMNS:
            reason = f"The row has {len(cells)} cells; at most {MAX_COLUMNS} are read."
            return Refusal(number, reason, [cell[:MAX_CELL] for cell in cells[:MAX_COLUMNS]])
        if any(len(cell) > MAX_CELL for cell in cells):
            reason = f"A cell holds more than {MAX_CELL:,} characters."
            return Refusal(number, reason, [cell[:MAX_CELL] for cell in cells])
        try:
            email, name_beside = self._address(cells)
        except StaffError as error:
            return Refusal(number, error.message, cells)
        width = len(cells)
        name = normalise_name(" ".join(cells[index] for index in self._names if index < width))
        details = {
            key: value for key, index in self._details if index < width and (value := cells[index].strip())
        }
        return Entry(
            email=email,
            row_number=number,
            name=name or normalise_name(name_beside),
            greeting=normalise_name(self._cell(cells, self._greeting)),
            locale=normalise_locale(self._cell(cells, self._locale)),
            details=details or None,
        )

    def _cell(self, cells: list[str], index: int | None) -> str:
        return cells[index] if index is not None and index < len(cells) else ""

    def _address(self, cells: list[str]) -> tuple[str, str]:
        """Return (normalised address, name that stood beside it)."""
        cell, name = self._cell(cells, self._email).strip(), ""
        if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS:
            cell = cell[1:]  # an export, ours too, has made it harmless; the apostrophe is not the mailbox's
        if cell.endswith(">") and "<" in cell:
            name, _, cell = cell[:-1].rpartition("<")
        if cell.count("@") > 1 and not cell.startswith('"'):
            raise StaffError("There is more than one address. Give each a row of its own.")
        return normalise_address(cell), name.strip().strip('"')


def merged(first: Entry, later: Entry) -> Entry:
    """Return one entry of two about the same person: the later fills what the first left empty."""
    return replace(
        first,
        name=first.name or later.name,
        greeting=first.greeting or later.greeting,
        locale=first.locale or later.locale,
        details={**(later.details or {}), **(first.details or {})} or None,
    )


def without(batch: Batch, emails: Collection[str], reason: str) -> Batch:
    """Return a batch in which these addresses are refused."""
    if not emails:
        return batch
    refused = [Refusal(e.row_number, reason, [e.email, e.name]) for e in batch.entries if e.email in emails]
    kept = [entry for entry in batch.entries if entry.email not in emails]
    return replace(batch, entries=kept, refusals=[*batch.refusals, *refused])


def check_batch(rows: Sequence[Row], reader: RowReader) -> Batch:
    """Return what some rows come to."""
    people: dict[str, Entry] = {}
    refusals: list[Refusal] = []
    duplicates = 0
    for row in rows:
        found = reader.read(row)
        if isinstance(found, Refusal):
            refusals.append(found)
        elif found.email in people:
            duplicates += 1
            people[found.email] = merged(people[found.email], found)
        else:
            people[found.email] = found
    return Batch([people[email] for email in sorted(people)], duplicates, refusals, len(rows))


def in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows in lists of bounded size; the same rows always fall into the same lists."""
    batch: list[Row] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += sum(map(len, row[1]))
        if len(batch) >= BATCH_ROWS or weight >= BATCH_CHARACTERS:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch

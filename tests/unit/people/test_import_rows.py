"""Columns are guessed, rows become people or reasons, and several rows about one person become one."""

import io

import pytest

from webapp.core.errors import StaffError
from webapp.people.domain.export import csv_lines, fault_rows
from webapp.people.domain.import_columns import (
    check_targets,
    column_letter,
    detail_key,
    guess_targets,
    has_heading,
)
from webapp.people.domain.import_files import FileKind, Reading, read_rows
from webapp.people.domain.import_report import describe_import
from webapp.people.domain.import_rows import (
    BATCH_CHARACTERS,
    BATCH_ROWS,
    Entry,
    Refusal,
    RowReader,
    check_batch,
    in_batches,
    normalise_locale,
)

ROW = ["a@b.org", "Ada", "Lovelace", "de", "Example"]


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        ("E-mail|First name|Last name|Language|Company", "email|first_name|last_name|locale|details.company"),
        ("Courriel|Prénom|Nom|Langue|Société", "email|first_name|last_name|locale|details.societe"),
        ("Correo electrónico|Nombre|Apellidos|Idioma|Año", "email|first_name|last_name|locale|details.ano"),
        ("Электронная почта|Имя|Фамилия|Язык|会社", "email|first_name|last_name|locale|details.column_e"),
        ("Adres|Imię|Nazwisko|Język|Łódź", "email|first_name|last_name|locale|details.lodz"),
        ("||||", "email|details.column_b|details.column_c|details.column_d|details.column_e"),
        ("Company|company|COMPANY|Lang|x", "email|details.company|details.company_2|locale|details.x"),
    ],
)
def test_columns_are_guessed_in_many_languages(headings: str, targets: str) -> None:
    assert guess_targets(headings.split("|"), [ROW]) == targets.split("|")


def test_a_street_is_no_mailbox() -> None:
    assert guess_targets(["Adresse", "E-Mail"], [["Ring 1", "a@b.org"]]) == ["details.adresse", "email"]
    assert guess_targets(["E-mail", "Contact"], [["", "a@b.org"]])[1] == "email"


def test_a_name_beside_a_first_name_is_the_last_name() -> None:
    assert guess_targets(["Name", "Vorname", "E-Mail"], [["B", "A", "a@b.org"]]) == [
        "last_name",
        "first_name",
        "email",
    ]
    whole = guess_targets(["Name", "Vorname", "Nachname", "E-Mail"], [["A B", "A", "B", "a@b.org"]])
    assert whole == ["name", "details.vorname", "details.nachname", "email"]


def test_a_first_row_with_an_address_is_no_heading() -> None:
    assert has_heading(["E-mail", "Name"])
    assert not has_heading(["a@b.org", "Name"])


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (["name", ""], "which column holds"),
        (["email", "email"], "A and B"),
        (["email", "details.a", "details.a"], "B and C"),
        (["email", "name", "last_name"], "not both"),
        (["email", "details.A b"], "cannot be read"),
        (["email", "password"], "cannot be read"),
    ],
)
def test_mappings_that_cannot_be_read_are_refused(targets: list[str], words: str) -> None:
    with pytest.raises(StaffError, match=words):
        check_targets(targets, len(targets))
    with pytest.raises(StaffError, match="each of the 9"):
        check_targets(targets, 9)


READER = RowReader(["email", "first_name", "last_name", "locale", "details.company", ""])


def test_a_row_becomes_a_person() -> None:
    entry = READER.read((2, [" ADA@b.org", " Ada ", "Lovelace\n", "DE-at", " Example ", "left out"]))
    assert entry == Entry("ada@b.org", 2, "Ada Lovelace", "", "de-AT", {"company": "Example"})
    assert READER.read((3, ["Bo <b@b.org>"])) == Entry("b@b.org", 3, "Bo")
    assert READER.read((4, ["'+c@b.org"])) == Entry("+c@b.org", 4)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["", "Ada"], "no address"),
        (["ada"], "@"),
        (["a@b.org; c@d.org"], "more than one"),
        (["a@b.org", "x" * 10_001], "10,000"),
        (["a@b.org"] * 501, "501 cells"),
    ],
)
def test_a_row_without_an_address_is_refused_with_its_number(cells: list[str], words: str) -> None:
    refusal = READER.read((7, cells))
    assert isinstance(refusal, Refusal)
    assert refusal.row_number == 7
    assert words in refusal.reason
    assert all(len(cell) <= 10_000 for cell in refusal.cells)


def test_later_rows_fill_what_is_empty_and_overwrite_nothing() -> None:
    rows = [
        (2, ["z@b.org", "", "", "", "First"]),
        (3, ["nobody"]),
        (4, ["a@b.org", "A"]),
        (5, ["Z@B.ORG", "Zoe", "", "fr", "Second"]),
        (6, ["z@b.org", "", "", "", ""]),
    ]
    batch = check_batch(rows, READER)
    assert [entry.email for entry in batch.entries] == ["a@b.org", "z@b.org"]
    assert batch.entries[1] == Entry("z@b.org", 2, "Zoe", "", "fr", {"company": "First"})
    assert (batch.duplicate_count, len(batch.refusals), batch.row_count) == (2, 1, 5)


def test_batches_are_bounded_and_always_the_same() -> None:
    rows = [(n, ["x" * 100]) for n in range(1, BATCH_ROWS + 11)]
    assert [len(batch) for batch in in_batches(rows)] == [BATCH_ROWS, 10]
    heavy = [(n, ["x" * BATCH_CHARACTERS]) for n in range(3)]
    assert [len(batch) for batch in in_batches(heavy)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("PT_br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("Deutsch", "de"),
        ("日本語", "ja"),
        ("my own words", ""),
        ("", ""),
    ],
)
def test_languages(text: str, tag: str) -> None:
    assert normalise_locale(text) == tag


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@b.org, b@b.org;c@b.org\nd@b.org", ["a@b.org", "b@b.org", "c@b.org", "d@b.org"]),
        ("Doe, Jane <j@b.org>; Roe, Rick <r@b.org>", ["j@b.org Doe, Jane", "r@b.org Roe, Rick"]),
        ('"Doe, J; x" <j@b.org>,\n\n  Bob b@b.org', ["j@b.org Doe, J; x", "b@b.org Bob"]),
        ("a@b.org c@b.org", ["a@b.org", "c@b.org"]),
        ("not an address\na@b.org", ["not an address", "a@b.org"]),
        ('"open <a@b.org>', ['a@b.org "open']),
    ],
)
def test_pasted_addresses(text: str, found: list[str]) -> None:
    rows = list(read_rows(io.BytesIO(text.encode()), Reading(FileKind.PASTED)))
    assert [" ".join(filter(None, cells)) for _, cells in rows] == found
    assert [number for number, _ in rows] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "text", ['\\"' * 50_000, "<" * 100_000, " " * 100_000 + "x", '"' * 99_999, "a," * 50_000]
)
def test_pasting_nonsense_takes_no_time(text: str) -> None:
    rows = list(read_rows(io.BytesIO(text.encode()), Reading(FileKind.PASTED)))
    assert len(rows) <= 50_001


def test_keys_and_letters() -> None:
    assert [column_letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert detail_key("T-Shirt Größe!", 0) == "t_shirt_grosse"
    assert detail_key("x" * 99, 0) == "x" * 60


def test_refused_rows_go_out_harmless_and_come_back() -> None:
    faults = [(3, "No.", ["=cmd()", "Ada"]), (9, "Why.", ["+49", '"q"', "too", "many"])]
    lines = "".join(csv_lines(fault_rows(["E-mail", ""], faults)))
    assert lines.startswith("\ufeffE-mail,Column 2,Row in the file,Why it was refused\r\n")
    assert "'=cmd(),Ada,3,No.\r\n" in lines
    assert '\'+49,"""q""",9,Why.\r\n' in lines
    assert guess_targets(["E-mail", "Row in the file", "Why it was refused"], [["a@b.org", "3", "No."]])[
        1:
    ] == ["", ""]


def test_the_sentence_says_when_nothing_has_changed() -> None:
    counts = {"import": 4, "rows": 3, "new": 0, "known": 2, "changed": 0, "duplicates": 1, "refused": 0}
    assert describe_import(counts).endswith("Nothing has changed.")
    assert "Nothing" not in describe_import({**counts, "changed": 1})
    assert "1,000 refused" in describe_import({**counts, "refused": 1000})

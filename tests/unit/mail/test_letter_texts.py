"""The words of letters by role are read from files, told apart by their checksum and found by language."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.mail.specimens import LAYOUTS
from webapp.core.errors import StaffError
from webapp.mail.domain.letter_roles import LetterRole
from webapp.mail.domain.letter_texts import (
    LetterText,
    check_letter_text,
    in_locale,
    load_letter_texts,
    read_letter_text,
)
from webapp.mail.domain.locales import nearest

SOURCE = """<!-- letter
subject: Welcome: {{ event.name }}
reason: You asked for it.
-->
<p>Hello!</p>
"""
ROLE = LetterRole("test.role", "A test", "Never goes out.")


def text(locale: str = "en") -> LetterText:
    return read_letter_text(SOURCE, locale)


def test_a_file_is_read() -> None:
    found = text("pl")
    assert found == LetterText(
        subject="Welcome: {{ event.name }}",
        reason="You asked for it.",
        slots={"main": "<p>Hello!</p>"},
        locale="pl",
    )
    assert found.text is None
    assert found.layout == "simple"


def test_a_preheader_may_be_there() -> None:
    source = SOURCE.replace("reason:", "preheader: Read on: soon\n\nreason:")
    assert read_letter_text(source, "en").preheader == "Read on: soon"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<!-- letter\n", "<!-- note\n", "does not begin with"),
        ("-->", "", "does not begin with"),
        ("subject: Welcome: {{ event.name }}\n", "", "a subject and a reason"),
        ("reason: You asked for it.", "reason:", "a subject and a reason"),
        ("reason:", "because:", "“because”, which means nothing"),
    ],
)
def test_an_incomplete_head_is_refused(old: str, new: str, words: str) -> None:
    assert old in SOURCE
    with pytest.raises(StaffError) as caught:
        read_letter_text(SOURCE.replace(old, new), "en")
    assert words in caught.value.message


def test_a_folder_is_read_by_role_and_locale(tmp_path: Path) -> None:
    for name in ("a.one/en.html", "a.one/pt-BR.html", "b.two/en.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(SOURCE, encoding="utf-8")
    found = load_letter_texts(tmp_path)
    assert {role: sorted(texts) for role, texts in found.items()} == {
        "a.one": ["en", "pt-BR"],
        "b.two": ["en"],
    }
    assert found["a.one"]["pt-BR"].locale == "pt-BR"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.one").mkdir()
    (tmp_path / "a.one" / "fr.html").write_text("<p>Bonjour</p>", encoding="utf-8")
    with pytest.raises(StaffError, match=r"a\.one/fr\.html"):
        load_letter_texts(tmp_path)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("fr_CA", "fr"),
        ("FR", "fr"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("he-IL", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language(wanted: str, found: str) -> None:
    texts = {locale: text(locale) for locale in ("ar", "en", "fr", "pt-BR")}
    chosen = nearest(texts, wanted)
    assert chosen is not None
    assert chosen.locale == found


def test_there_may_be_none() -> None:
    assert nearest({}, "en") is None
    assert nearest({"fr": text("fr")}, "pl") is None


def test_words_for_every_language_become_words_of_one() -> None:
    assert in_locale(replace(text(), locale=""), "ar").locale == "ar"
    assert in_locale(text("pl"), "ar").locale == "pl"


def test_the_checksum_tells_apart_whatever_is_to_be_seen() -> None:
    simple = LAYOUTS["simple"]
    plain = text()
    others = [
        replace(plain, subject="Welcome"),
        replace(plain, reason="You asked."),
        replace(plain, preheader="Read on"),
        replace(plain, locale="fr"),
        replace(plain, text=""),
        replace(plain, text="Hello!"),
        replace(plain, slots={"main": "<p>Hello</p>"}),
        replace(plain, slots={"main": "<p>Hello!</p>", "aside": ""}),
        replace(plain, subject=plain.subject + "\0", reason=plain.reason),
    ]
    sums = {one.checksum(simple, is_bulk=False) for one in [plain, *others]}
    sums.add(plain.checksum(simple, is_bulk=True))
    sums.add(plain.checksum(LAYOUTS["announcement"], is_bulk=False))
    assert len(sums) == len(others) + 3
    assert plain.checksum(simple, is_bulk=False) == text().checksum(simple, is_bulk=False)


def test_the_sentence_why_is_checked() -> None:
    layout = LAYOUTS["simple"]
    plain = replace(text(), subject="Welcome")
    assert check_letter_text(plain, ROLE, layout) == []
    named = check_letter_text(replace(plain, reason="You, {{ person.name }}."), ROLE, layout)
    assert [(f.place, f.column, f.excerpt) for f in named] == [("reason", 6, "{{ person.name }}")]
    open_ended = check_letter_text(replace(plain, reason="You {{ are"), ROLE, layout)
    assert [(f.place, f.line) for f in open_ended] == [("reason", 1)]

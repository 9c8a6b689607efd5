"""What public pages say is there in every language, with the same places for values."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from jinja2.ext import babel_extract

from webapp.core.word_catalogues import catalogue
from webapp.core.words import LANGUAGES, Said, as_stored, find_language, read_said, say, translate
from webapp.programme.domain.attend_defaults import default_questions

CHECKOUT = Path(__file__).resolve().parents[3]
TEMPLATES = CHECKOUT / "templates"
PAGES = [
    *sorted((TEMPLATES / "public").rglob("*.html")),
    *(TEMPLATES / name for name in ("skeleton.html", "macros/forms.html", "macros/ui.html")),
]
OTHERS = LANGUAGES[1:]
ATTRIBUTES = re.compile(
    r"\{% block (?:body_class|direction) %\}.*?\{% endblock %\}|\{% set \w+ %\}.*?\{% endset %\}", re.S
)
CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.S)
PLACES = re.compile(r"%\(\w+\)s")


def first(message: object) -> str:
    """Return the words of what an extractor found: of a call with several arguments the first."""
    return str(message[0] if isinstance(message, tuple) else message)


def each_sentence() -> Iterator[tuple[str, str]]:
    """Yield (words, where) of everything that public pages say."""
    for path in PAGES:
        with path.open("rb") as file:
            for line, _name, message, _notes in babel_extract(file, ("_", "gettext"), (), {}):
                yield first(message), f"{path.relative_to(CHECKOUT)}:{line}"
    for path in sorted((CHECKOUT / "webapp").rglob("*.py")):
        if "demo" in path.parts:  # what its `say` says is for a terminal
            continue
        with path.open("rb") as file:
            for line, _name, message, _notes in extract_python(file, {"say": None}, (), {}):
                yield first(message), f"{path.relative_to(CHECKOUT)}:{line}"


pytestmark = pytest.mark.xdist_group("translations")  # in one process, which reads every source once


@cache
def all_words() -> dict[str, str]:
    """Return where each sentence of public pages is said, by its words."""
    return dict(each_sentence())


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated_with_its_places(language: str) -> None:
    known = catalogue(language)
    missing = {words: where for words, where in all_words().items() if words not in known}
    assert not missing, f"translate these in webapp/translations/{language}.po: {missing}"
    other = {
        words
        for words in all_words()
        if sorted(PLACES.findall(words)) != sorted(PLACES.findall(known[words]))
    }
    assert not other, f"the places for values differ in {language}: {other}"
    assert set(known) == set(all_words()), f"nobody says these any more: {set(known) - set(all_words())}"
    same = {words for words in all_words() if known[words] == words}
    assert same <= {"Message", "No"}, f"these are still English in {language}: {same}"


class Texts(HTMLParser):
    """Collects the texts between the tags of a template."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("path", PAGES[:-3], ids=lambda path: path.name)
def test_no_words_stand_in_a_public_template_untranslated(path: Path) -> None:
    reader = Texts()
    reader.feed(CODE.sub(" ", ATTRIBUTES.sub(" ", path.read_text(encoding="utf-8"))))
    found = [text.strip() for text in reader.texts if re.search(r"[A-Za-z]{2,}", text)]
    assert found in ([], ["Postroom"]), "put these into _()"


def test_a_sentence_keeps_its_words_and_values() -> None:
    said = say("This date is over. Choose one in the future.")
    early = Said(
        "Preparing takes time: choose a date at least %(days)s days from now, that is %(day)s or later.",
        {"days": 90, "day": date(2027, 3, 6)},
    )
    assert str(early).endswith("at least 90 days from now, that is 2027-03-06 or later.")
    assert "6 marca 2027" in translate(early, "pl")
    assert translate(read_said(as_stored(early)), "ar") == translate(early, "ar") != early
    assert translate(said, "de") == said
    assert translate("This date is over. Choose one in the future.", "fr").startswith("This"), (
        "their own words"
    )
    assert translate(say("At most %(count)s characters, please.", count=10_000), "fr").startswith(
        "Au plus 10"
    )
    assert said % {"max": 3} == said
    assert read_said("as it was kept before") == "as it was kept before"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("pt", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("fr-CA", "fr"),
        ("AR-eg", "ar"),
        ("en", "en"),
        ("de", None),
        ("", None),
    ],
)
def test_the_nearest_language_is_found(locale: str, language: str | None) -> None:
    assert find_language(locale) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_form_asks_in_the_language_of_its_event(language: str) -> None:
    english = default_questions("en", "course")
    questions = default_questions(language, "course", lambda text: translate(text, language))
    assert [(q.key, q.kind, q.role, len(q.choices)) for q in questions] == [
        (q.key, q.kind, q.role, len(q.choices)) for q in english
    ]
    assert {type(q.label) for q in questions} <= {str, Said}
    assert (questions[0].label == english[0].label) == (language == "en")
    assert any("course" in q.label for q in questions) == (language == "en")

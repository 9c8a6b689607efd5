"""The letters that Postroom writes by itself: every one is sound in every language, and none can be spoilt."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from webapp.base import CATALOG
from webapp.core.database import db
from webapp.core.registry import load_all
from webapp.mail.actions.render import compile_version
from webapp.mail.domain.compiled import RenderedLetter
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.letter_texts import LetterText, check_letter_text
from webapp.mail.domain.merge_fields import MERGE_FIELDS, declared_fields
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letter_texts import find_letter_text, pin_letter_text, shipped_texts

LOCALES = ("en", "fr", "es", "pl", "pt-BR", "ar")
OPT_OUT = "https://post.example.org/opt-out/example"
BRACES = re.compile(r"[{}]|\{%|%\}|\ufdd0|\ufdd1")

for _package in CATALOG:
    load_all(_package)
ROLES = [name for name, _ in LETTER_ROLES.items()]


@pytest.fixture
def stored(app: Flask) -> Iterator[None]:
    """The application's database for the time of a test; nothing stays that it wrote."""
    with app.app_context():
        yield
        db.session.rollback()
        db.session.remove()


def render(role: str, text: LetterText, *, is_bare: bool = False) -> RenderedLetter:
    """Return a letter as it would go out, with every field's example, or with nothing that may be missing."""
    version = pin_letter_text(role, text)
    examples = {name: field.example for name, field in MERGE_FIELDS.items()}
    must = {*LETTER_ROLES.get(role).required, "event.name", "programme.name", "host.city", "host.reference"}
    values = {name: value for name, value in examples.items() if not is_bare or name in must}
    compiled = compile_version(version, {**values, "letter.reason": version.reason})
    link = OPT_OUT if LETTER_ROLES.get(role).is_bulk else None
    return compiled.render([values.get(name) for name in compiled.fields], link)


@pytest.mark.contract
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("role", ROLES)
def test_contract_25_each_letter_renders_in_each_language(role: str, locale: str, stored: None) -> None:
    text = shipped_texts(role)[locale]
    assert check_letter_text(text, LETTER_ROLES.get(role), get_layout(text.layout)) == []
    letter = render(role, text)
    for part in (
        letter.subject,
        re.sub(r"<style>.*?</style>", "", letter.html, flags=re.DOTALL),
        letter.text,
    ):
        assert part.strip()
        assert not BRACES.search(part)
    assert f'lang="{locale}"' in letter.html
    assert f'dir="{"rtl" if locale == "ar" else "ltr"}"' in letter.html
    footers = get_layout(text.layout).footers
    is_bulk = LETTER_ROLES.get(role).is_bulk
    for spoken, words in footers.items():
        said = words.opt_out if is_bulk else words.essential
        for part in (letter.html, letter.text):
            assert (said in " ".join(part.split())) is (spoken == locale), (
                "the footer speaks the letter's language"
            )
    for name in LETTER_ROLES.get(role).required:
        example = MERGE_FIELDS.get(name).example
        for line in example.splitlines():
            assert line in letter.text, f"{name} is missing from the text part"
            assert line in letter.html, f"{name} is missing from the HTML part"
    if locale != "en":
        english = shipped_texts(role)["en"]
        assert text.subject != english.subject
        assert text.reason != english.reason


@pytest.mark.contract
@pytest.mark.parametrize("role", ROLES)
def test_contract_25_nothing_is_left_open_where_values_are_missing(role: str, stored: None) -> None:
    for locale in LOCALES:
        letter = render(role, shipped_texts(role)[locale], is_bare=True)
        assert not re.search(r"\(\s*\)| ,|: *$", letter.subject), locale
        assert not re.search(r"\(\s*\)| ,", letter.text), locale
        assert 'href=""' not in letter.html
        assert 'href="#"' not in letter.html


def test_every_letter_has_its_words_in_every_language_and_no_others(stored: None) -> None:
    assert len(ROLES) == 22
    for role in ROLES:
        assert set(shipped_texts(role)) == set(LOCALES), role


def test_the_ones_that_obey_opt_outs_carry_the_link(stored: None) -> None:
    for role in ROLES:
        letter = render(role, shipped_texts(role)["en"])
        assert (OPT_OUT in letter.html) is LETTER_ROLES.get(role).is_bulk
        assert LETTER_ROLES.get(role).is_bulk is (role == "newsletter.welcome")


def test_words_are_found_in_the_closest_language(stored: None) -> None:
    assert find_letter_text("attend.accepted", None, None, "pt").locale == "pt-BR"
    assert find_letter_text("attend.accepted", None, None, "fr_CA").locale == "fr"
    assert find_letter_text("attend.accepted", None, None, "ka").locale == "en"


def test_staff_cannot_name_what_only_these_letters_know() -> None:
    own = {name for name, field in MERGE_FIELDS.items() if field.is_for_roles}
    assert "rsvp.link" in own
    assert not own & set(declared_fields())
    assert "invite.link" not in LETTER_ROLES.get("attend.accepted").declared()
    assert "rsvp.link" in LETTER_ROLES.get("attend.accepted").declared()


@pytest.mark.parametrize("role", ROLES)
def test_what_a_letter_may_name_is_registered(role: str) -> None:
    declared = LETTER_ROLES.get(role)
    for name in declared.fields | declared.required:
        assert MERGE_FIELDS.get(name).is_for_roles


@pytest.mark.contract
def test_contract_17_an_unknown_field_is_a_fault_with_its_place(stored: None) -> None:
    role = LETTER_ROLES.get("attend.accepted")
    text = shipped_texts(role.name)["en"]
    broken = replace(
        text, slots={"main": '<p>Hello</p>\n<p><a href="{{ rsvp.link }}">Yes</a> {{ rsvp.lnik }}</p>'}
    )
    faults = check_letter_text(broken, role, get_layout(text.layout))
    assert [(fault.place, fault.line, fault.excerpt) for fault in faults] == [
        ("slot:main", 2, "{{ rsvp.lnik }}")
    ]
    assert "There is no field “rsvp.lnik”" in faults[0].message
    assert "rsvp.link" in faults[0].message, "what was probably meant is offered"


@pytest.mark.contract
@pytest.mark.parametrize("place", ["subject", "preheader"])
def test_contract_17_nor_in_the_subject_or_behind_it(place: str, stored: None) -> None:
    role = LETTER_ROLES.get("attend.rejected")
    text = shipped_texts(role.name)["en"]
    broken = replace(text, subject="For {{ nobody.knows }}" if place == "subject" else text.subject)
    broken = replace(broken, preheader="For {{ nobody.knows }}" if place == "preheader" else "")
    faults = check_letter_text(broken, role, get_layout(text.layout))
    assert [(fault.place, fault.line, fault.column) for fault in faults] == [(place, 1, 5)]


@pytest.mark.contract
def test_contract_17_a_field_of_another_letter_is_unknown(stored: None) -> None:
    role = LETTER_ROLES.get("attend.rejected")
    text = replace(shipped_texts(role.name)["en"], slots={"main": '<a href="{{ rsvp.link }}">Yes</a>'})
    faults = check_letter_text(text, role, get_layout(text.layout))
    assert ["There is no field “rsvp.link”" in fault.message for fault in faults] == [True]


@pytest.mark.contract
@pytest.mark.parametrize("role", [name for name in ROLES if LETTER_ROLES.get(name).required])
def test_contract_17_a_required_field_cannot_be_left_out(role: str, stored: None) -> None:
    text = replace(shipped_texts(role)["en"], slots={"main": "<p>Hello, this is all.</p>"})
    faults = check_letter_text(text, LETTER_ROLES.get(role), get_layout(text.layout))
    wanted = sorted(LETTER_ROLES.get(role).required)
    assert [fault.place for fault in faults] == ["slot:main"] * len(wanted)
    assert all(name in fault.message for name, fault in zip(wanted, faults, strict=True))


@pytest.mark.contract
@pytest.mark.parametrize(
    "words",
    [
        "<p>{# {{ rsvp.link }} #}</p>",
        "<p>{% if rsvp.link %}Yes{% endif %}</p>",
    ],
)
def test_contract_17_to_mention_it_without_showing_it_is_to_leave_it_out(words: str, stored: None) -> None:
    role = LETTER_ROLES.get("attend.accepted")
    text = replace(shipped_texts(role.name)["en"], slots={"main": f"<p>Hello</p>{words}"})
    faults = check_letter_text(text, role, get_layout(text.layout))
    assert any("{{ rsvp.link }}" in fault.message for fault in faults)


@pytest.mark.contract
def test_contract_17_the_sentence_why_takes_no_fields(stored: None) -> None:
    role = LETTER_ROLES.get("attend.rejected")
    text = replace(shipped_texts(role.name)["en"], reason="You are {{ person.name }}.")
    faults = check_letter_text(text, role, get_layout(text.layout))
    assert [(fault.place, fault.column) for fault in faults] == [("reason", 9)]
    empty = check_letter_text(replace(text, reason=" "), role, get_layout(text.layout))
    assert [fault.place for fault in empty] == ["reason"]

"""The layouts that come with the code are sound, and unsound ones are refused with the reason."""

from pathlib import Path

import pytest

from tests.unit.mail.specimens import LAYOUT_FOLDER, LAYOUTS
from webapp.core.errors import StaffError
from webapp.mail.domain.layouts import FooterWords, load_layouts, read_layout

SOUND = """<!-- layout: plain
title: Plain
version: 3
slot main: Words
slot aside (optional): Aside
-->
<html><body><!-- slot:main --><div><!-- content --></div><!-- /slot:main -->
<!-- slot:aside --><i><!-- content --></i><!-- /slot:aside -->
<!-- footer:bulk -->{{ letter.reason }} {{ programme.postal_address }}
<a href="{{ opt_out.link }}">stop</a><!-- /footer:bulk -->
<!-- footer:essential -->{{ letter.reason }}<!-- /footer:essential --></body></html>"""


def test_the_four_layouts() -> None:
    assert set(LAYOUTS) == {"simple", "announcement", "newsletter", "bare"}
    for layout in LAYOUTS.values():
        assert "main" in [slot.name for slot in layout.slots]
        assert layout.version >= 1
        assert len(layout.checksum) == 64
    assert LAYOUTS["bare"].is_whole_document


def test_a_layout_is_read() -> None:
    layout = read_layout(SOUND)
    assert (layout.key, layout.version, layout.title) == ("plain", 3, "Plain")
    assert [(slot.name, slot.label, slot.is_required) for slot in layout.slots] == [
        ("main", "Words", True),
        ("aside", "Aside", False),
    ]
    assert read_layout(SOUND).checksum == layout.checksum != read_layout(SOUND + " ").checksum


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<!-- layout: plain", "<!-- plain", "does not begin with"),
        ("title: Plain", "Plain", "a word, a colon"),
        ("version: 3", "version: new", "version in whole numbers"),
        ("slot aside (optional): Aside\n", "", "must be the same"),
        ("<!-- content --></div>", "</div>", "needs <!-- content --> once"),
        ("<!-- /slot:main -->", "", "does not fit what is open"),
        ("<!-- /footer:essential -->", "", "never closed"),
        ("footer:essential", "footer:other", "one footer:essential"),
        ("{{ opt_out.link }}", "#", "needs {{ opt_out.link }}"),
        ("{{ opt_out.link }}", "{% if a.b %}{{ opt_out.link }}{% endif %}", "needs {{ opt_out.link }}"),
        ("{{ programme.postal_address }}", "", "needs {{ programme.postal_address }}"),
        ("<div>", "<div>{{ person.name", "never closed"),
        ("essential -->{{ letter.reason }}", "essential -->", "Its essential footer"),
    ],
)
def test_an_unsound_layout_is_refused(old: str, new: str, words: str) -> None:
    assert old in SOUND
    with pytest.raises(StaffError) as refused:
        read_layout(SOUND.replace(old, new))
    assert words in refused.value.message


def test_footers_speak_the_languages_that_letters_are_written_in() -> None:
    footers = LAYOUTS["simple"].footers
    assert set(footers) == {"en", "fr", "es", "pl", "pt-BR", "ar"}
    assert len({words.opt_out for words in footers.values()}) == 6
    assert len({words.essential for words in footers.values()}) == 6
    found = {locale: LAYOUTS["bare"].footer_words(locale).locale for locale in ("pt", "fr_CA", "ar-EG", "ka")}
    assert found == {"pt": "pt-BR", "fr_CA": "fr", "ar-EG": "ar", "ka": "en"}


def test_other_words_make_another_layout() -> None:
    words = {"en": FooterWords("en", "Stop", "Essential")}
    checksums = {
        read_layout(SOUND, given).checksum for given in (None, words, {"en": FooterWords("en", "Go", "E")})
    }
    assert len(checksums) == 3


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "words/en.toml is missing"),
        ({"en": 'opt_out = "Stop"'}, "en.toml: it says opt_out and essential"),
        ({"en": 'opt_out = "Stop"\nessential = " "'}, "en.toml: it says"),
    ],
)
def test_a_footer_without_words_is_refused(tmp_path: Path, files: dict[str, str], said: str) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "simple.html").write_text((LAYOUT_FOLDER / "simple.html").read_text(encoding="utf-8"))
    for name, content in files.items():
        (tmp_path / "words" / f"{name}.toml").write_text(content, encoding="utf-8")
    with pytest.raises(StaffError) as refused:
        load_layouts(tmp_path)
    assert said in refused.value.message

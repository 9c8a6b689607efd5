"""From what staff wrote to what is stored: every fault with its place, and a letter laid out whole."""

import time

import pytest

from tests.unit.mail.specimens import CONSTANTS, FIELDS, LAYOUTS, OPT_OUT, assembled, content, faults
from webapp.core.errors import StaffError
from webapp.mail.domain.compiled import compile_letter
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_content import LetterContent, check_letter
from webapp.mail.domain.locales import direction
from webapp.mail.domain.plain_text import text_from_html


def test_a_sound_letter_has_no_faults() -> None:
    main = '<h1>Dear {{ person.greeting | default("friend") }}</h1><a href="{{ event.url }}">Come</a>'
    assert faults(main, subject="{{ event.name }} begins", preheader="Soon, {{ person.name }}") == []


@pytest.mark.parametrize(
    ("letter", "place", "line", "column", "words"),
    [
        ({"main": "<p>one</p>\n<p>{{ person.nme }}</p>"}, "slot:main", 2, 4, "Did you mean “person.name”?"),
        ({"main": "<p>{% if person.nme %}x{% endif %}"}, "slot:main", 1, 4, "Did you mean “person.name”?"),
        ({"main": "{{ zzz }}"}, "slot:main", 1, 1, "There is no field “zzz”."),
        ({"main": "{{ letter.subject }}"}, "slot:main", 1, 1, "There is no field"),
        ({"main": "<p>&nbsp;</p><div> </div>"}, "slot:main", 1, 1, "is empty"),
        ({"main": ""}, "slot:main", 1, 1, "is empty"),
        ({"main": "<p>x</p>{% if person.name %}"}, "slot:main", 1, 9, "never ended"),
        ({"main": '<p>x</p><a href="{{ person.name }}">'}, "slot:main", 1, 18, "whole link"),
        ({"main": "<p>x</p><!-- y"}, "slot:main", 1, 9, "never closed"),
        ({"main": "<p>a\x00</p>"}, "slot:main", 1, 5, "U+0000"),
        ({"main": "<p>a\ufdd00\ufdd1</p>"}, "slot:main", 1, 5, "U+FDD0"),
        ({"main": "<p>x</p>" + "<div>" * 300}, "slot:main", 1, 1289, "too deep"),
        ({"main": "x" * 1_000_001}, "slot:main", 1, 1, "1,000,001 bytes"),
        ({"subject": ""}, "subject", 1, 1, "subject is empty"),
        ({"subject": "  "}, "subject", 1, 1, "subject is empty"),
        ({"subject": "one\ntwo"}, "subject", 1, 4, "one line"),
        ({"subject": "one\u2028two"}, "subject", 1, 4, "one line"),
        ({"subject": "one\x07"}, "subject", 1, 4, "U+0007"),
        ({"subject": "x" * 301}, "subject", 1, 301, "301 characters"),
        ({"subject": "{{ person.name"}, "subject", 1, 1, "never closed"),
        ({"subject": "News: {{ event.url }}"}, "subject", 1, 7, "cannot stand in the subject"),
        ({"subject": "{{ opt_out.link }}"}, "subject", 1, 1, "cannot stand in the subject"),
        ({"preheader": "a\tb"}, "preheader", 1, 2, "one line"),
        ({"preheader": "{{ x.y }}"}, "preheader", 1, 1, "no field"),
        ({"text": "a\nb {{ person.nme }}"}, "text", 2, 3, "Did you mean"),
        ({"text": "x" * 1_000_001}, "text", 1, 1, "shorten"),
        ({"aside": "<p>lost</p>"}, "slot:aside", 1, 1, "has no place “aside”"),
    ],
)
def test_every_fault_has_its_place(
    letter: dict[str, str], place: str, line: int, column: int, words: str
) -> None:
    found = faults(**letter)
    assert [fault[:3] for fault in found][:1] == [(place, line, column)]
    assert words in found[0][3]


def test_essential_letters_have_no_opt_out() -> None:
    assert faults('<a href="{{ opt_out.link }}">stop</a>') == []
    [(place, line, column, message)] = faults('<a href="{{ opt_out.link }}">stop</a>', is_bulk=False)
    assert (place, line, column) == ("slot:main", 1, 10)
    assert "essential" in message


@pytest.mark.parametrize("key", sorted(LAYOUTS))
@pytest.mark.parametrize("text", [None, "Edited by hand\n"])
def test_bulk_letters_carry_the_footer_in_both_parts(key: str, text: str | None) -> None:
    letter = content("<p>Hello</p>", text=text, headline="<p>News</p>")
    stored = assemble_letter(letter, LAYOUTS[key], is_bulk=True)
    out = compile_letter(stored, FIELDS, CONSTANTS).render([], OPT_OUT)
    assert f'href="{OPT_OUT}"' in out.html
    assert "1 Long Street<br>1234 Town" in out.html
    for part in (out.html, out.text):
        assert CONSTANTS["letter.reason"] in part
    assert OPT_OUT in out.text
    assert "1 Long Street\n1234 Town" in out.text


@pytest.mark.parametrize("key", sorted(LAYOUTS))
def test_essential_letters_say_why_they_come(key: str) -> None:
    stored = assemble_letter(content("<p>Hello</p>"), LAYOUTS[key], is_bulk=False)
    assert "opt_out" not in stored.html + stored.text
    assert "essential letter" in " ".join(stored.html.split())
    assert "essential letter" in " ".join(stored.text.split())


@pytest.mark.parametrize("key", sorted(LAYOUTS))
def test_the_footer_speaks_the_letters_language(key: str) -> None:
    for locale, spoken, way in (("ar", "ar", "rtl"), ("pt", "pt-BR", "ltr"), ("he", "en", "ltr")):
        words = LAYOUTS[key].footers[spoken]
        for is_bulk, said in ((True, words.opt_out), (False, words.essential)):
            stored = assemble_letter(content("<p>x</p>", locale=locale), LAYOUTS[key], is_bulk=is_bulk)
            assert f'lang="{spoken}" dir="{way}"' in stored.html
            assert said in " ".join(stored.html.split())
            assert said in " ".join(stored.text.split())


def test_language_and_direction() -> None:
    assert [direction(locale) for locale in ("en", "he", "ar-EG", "az_Arab", "ku-Latn", "fa")] == (
        ["ltr", "rtl", "rtl", "rtl", "ltr", "rtl"]
    )
    html = assembled(content("<p>שלום</p>", locale="he_IL")).html
    assert html.startswith('<!DOCTYPE html><html lang="he-IL" dir="rtl"')


def test_subject_and_preheader_are_shown_in_the_page() -> None:
    letter = content(
        subject='A & B {{ person.name | default("<you>") }}', preheader="1 < 2 {{ person.name }}"
    )
    stored = assembled(letter)
    page = compile_letter(stored, FIELDS, CONSTANTS).render([None], OPT_OUT)
    assert page.subject == "A & B <you>"
    assert "<title>A &amp; B &lt;you&gt;</title>" in page.html
    assert "1 &lt; 2 " in page.html
    assert "1 < 2" not in page.text
    assert "display: none" not in assembled(content()).html


def test_optional_slots_go_away_with_all_around_them() -> None:
    without = assembled(content(headline="<p>News</p>"), layout="announcement").html
    with_action = assembled(content(headline="<p>News</p>", action="<p>Come</p>"), layout="announcement").html
    assert with_action.count("<tr>") == without.count("<tr>") + 1


def test_conditions_between_table_rows_survive() -> None:
    main = (
        '<table>\n{% if person.name == "Ann" %}<tr><td>A</td></tr>{% endif %}<tr><td>B</td></tr></table>'
        "<table>{% if person.name %}<tr><td>{{ person.name }}</td></tr>{% endif %}</table>"
    )
    letter = compile_letter(assembled(content(main)), FIELDS, CONSTANTS)
    ann, bob, nobody = (letter.render([name], OPT_OUT).html for name in ("Ann", "Bob", None))
    assert "<tbody><tr><td>A</td></tr><tr><td>B</td></tr></tbody>" in "".join(ann.split("\n"))
    assert "<tr><td>Bob</td></tr>" in bob
    assert "<td>A</td>" not in bob
    assert nobody.count("<td>B</td>") == 1
    for page in (ann, bob, nobody):
        assert page.count("<tbody>") == page.count("</tbody>")


def test_styles_are_inlined_and_kept() -> None:
    main = (
        "<style>.a { color: red } @media (max-width: 9px) { .a { color: blue !important } }</style>"
        '<!--[if mso]><p class="a">{{ person.name }}</p><![endif]-->'
        '<p class="a" title="{{ person.name | default("x > y") }}">x</p><script>alert(1)</script>'
    )
    html = assembled(content(main)).html
    assert "@media (max-width: 9px) { .a { color: blue !important } }" in html
    assert '<!--[if mso]><p class="a">{{ person.name }}</p><![endif]-->' in html
    assert 'title="{{ person.name | default("x &gt; y") }}"' in html
    assert "color: red" in html.split("</style>")[-1]
    assert "alert" not in html


def test_a_pasted_document_keeps_its_own_head_and_gets_the_footer() -> None:
    page = '<!DOCTYPE html><html lang="pl"><head><title>Mine</title></head><body class="b"><p>Hi</p></body></html>'
    html = assembled(content(page, preheader="Look"), layout="bare").html
    assert "<title>Mine</title>" in html
    assert (
        html.index("Look")
        < html.index("<p>Hi</p>")
        < html.index("{{ opt_out.link }}")
        < html.index("</body>")
    )
    assert html.count("<body") == 1


def test_the_text_part_is_made_from_the_page() -> None:
    main = (
        '<h1>Dear {{ person.greeting | default("friend") }}</h1>'
        "{% if person.name %}<p>We know you.</p>{% else %}<p>Who are you?</p>{% endif %}"
        '<p>See <a href="{{ event.url }}">the page</a>.</p>'
    )
    letter = compile_letter(assembled(content(main)), FIELDS, CONSTANTS)
    assert letter.fields == ("person.greeting", "person.name")
    known = letter.render(["Ann", "Ann"], OPT_OUT).text
    assert known.startswith(
        "# Dear Ann\n\nWe know you.\n\nSee [the page](<https://example.org/spring?a=1&b=2>).\n"
    )
    assert letter.render([None, None], OPT_OUT).text.startswith("# Dear friend\n\nWho are you?\n\nSee ")


def test_edited_text_is_kept_and_lines_of_conditions_leave_no_hole() -> None:
    text = "Dear {{ person.name }},\n\n{% if person.greeting %}\n\nGood to know you.\n\n{% endif %}\n\nBye"
    letter = compile_letter(assembled(content(text=text)), FIELDS, CONSTANTS)
    assert letter.fields == ("person.name", "person.greeting")
    assert letter.render(["A", "b"], OPT_OUT).text.startswith("Dear A,\n\nGood to know you.\n\nBye\n\n---")
    assert letter.render(["A", None], OPT_OUT).text.startswith("Dear A,\n\nBye\n\n---")


def test_a_page_so_broken_that_tags_would_move_is_left_as_it_is() -> None:
    main = "<table>{{ person.name }}<tr><td>{% if person.name %}<table><td>x</table>{% endif %}</table><p>"
    letter = content(main)
    stored = assemble_letter(letter, LAYOUTS["simple"], is_bulk=True)
    assert stored.html.index("{{ person.name }}") < stored.html.index("{% if") < stored.html.index("{% endif")


def test_check_is_total() -> None:
    letter = LetterContent("", "", {}, "", "")
    assert {fault.place for fault in check_letter(letter, LAYOUTS["newsletter"], FIELDS, is_bulk=True)} == (
        {"subject", "slot:main"}
    )


def test_elements_too_deep_for_any_parser_are_refused_and_not_tried() -> None:
    with pytest.raises(StaffError, match="too deep"):
        assemble_letter(content("<div>" * 150_000 + "x"), LAYOUTS["simple"], is_bulk=True)
    assert text_from_html("<ul><li>" * 20_000 + "a &amp; b {{ person.name }}") == "a & b {{ person.name }}\n"


@pytest.mark.parametrize(
    "unit", ["[", "[x](", "<li>x", "<style>p{b:c}</style><p>x</p>", "<a href=x>y</a>", "word "]
)
def test_laying_out_hostile_words_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        letter = content("<p>x</p>" + unit * (size // len(unit)))
        start = time.process_time()
        assemble_letter(letter, LAYOUTS["simple"], is_bulk=True)
        return time.process_time() - start

    seconds(1_000)
    assert seconds(60_000) < 20 * max(seconds(15_000), 0.02)


def test_long_lines_of_the_text_part_are_wrapped_but_addresses_are_not() -> None:
    address = "https://example.org/" + "a-b-" * 30
    main = (
        f"<blockquote>{'word ' * 40}</blockquote><ul><li>{'item ' * 40}</li></ul>"
        f'<p>See <a href="{address}">this page</a> and go.</p>'
    )
    text = assembled(content(main)).text
    assert f"<{address}>" in text
    assert all(len(line) <= 78 or address in line for line in text.split("\n"))
    quoted = [line for line in text.split("\n") if "word" in line]
    assert len(quoted) > 2
    assert all(line.startswith("> ") for line in quoted)

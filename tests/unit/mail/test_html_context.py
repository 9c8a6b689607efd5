"""Every value is escaped for where it lands, and tags stand only where that is sure."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.mail.specimens import FIELDS, rendered_html
from webapp.mail.domain.html_context import classify
from webapp.mail.domain.html_tokens import TokenKind, tokens
from webapp.mail.domain.template import parse

NASTY = """<script>alert('1')</script>"&lt;{{ person.name }}{% if %}-->javascript:alert(1)"""


def messages(source: str) -> list[tuple[int, int, str]]:
    found = classify(parse(source, place="slot:main", is_html=True), FIELDS).faults
    return [(fault.line, fault.column, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("<p>{{ person.name }}</p>", "<b>&'\"", "<p>&lt;b&gt;&amp;'\"</p>"),
        ("<p>{{ person.name }}</p>", "one\ntwo", "<p>one<br>two</p>"),
        ('<img alt="{{ person.name }}">', '" onload="x', '<img alt="&quot; onload=&quot;x">'),
        ("<img alt='{{ person.name }}'>", "' onload='x", "<img alt='&#39; onload=&#39;x'>"),
        ("<title>{{ person.name }}</title>", "</title><b>", "<title>&lt;/title&gt;&lt;b&gt;</title>"),
        (
            '<a href="https://e.org/?n={{ person.name }}&x=1">',
            "a&b/ü",
            '<a href="https://e.org/?n=a%26b%2F%C3%BC&x=1">',
        ),
        ('<a href="mailto:{{ person.name }}">', "a+b@e.org", '<a href="mailto:a%2Bb@e.org">'),
        ('<a href="{{ person.page }}">', None, '<a href="#">'),
    ],
)
def test_escaping_by_place(source: str, value: str | None, expected: str) -> None:
    assert rendered_html(source, person__name=value) == expected + "\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://e.org/?a=1&b=2", "https://e.org/?a=1&amp;b=2"),
        ("  HTTPS://e.org ", "HTTPS://e.org"),
        ("mailto:a@e.org", "mailto:a@e.org"),
        ("https://пример.рф/ж", "https://пример.рф/ж"),
        ("javascript:alert(1)", "#"),
        ("java\tscript:alert(1)", "#"),
        ("data:text/html,x", "#"),
        ("//e.org", "#"),
        ("https:///e.org", "#"),
        ("https://user:secret@e.org", "#"),
        ("https://e.org/a b", "#"),
        ("ftp://e.org", "#"),
        ("", "#"),
    ],
)
def test_whole_links_are_http_or_mailto(value: str, expected: str) -> None:
    assert rendered_html('<a href="{{ person.page }}">', person__page=value) == f'<a href="{expected}">\n'


@pytest.mark.parametrize(
    ("source", "column", "words"),
    [
        ("<style>p{color:{{ person.name }}}</style>", 16, "style"),
        ("<script>{{ person.name }}</script>", 9, "style or script"),
        ("<!-- {{ person.name }} -->", 6, "comment"),
        ("<!-- {% if person.name %} -->", 6, "comment"),
        ("<{{ person.name }}>", 2, "inside a tag"),
        ("<a{{ person.name }}>", 3, "inside a tag"),
        ("</a {{ person.name }}>", 5, "inside a tag"),
        ("<p {{ person.name }}>", 4, "inside a tag"),
        ("<p {% if person.name %}class='a'{% endif %}>", 4, "around the element"),
        ("<p title={{ person.name }}>", 10, "quotes around"),
        ('<p style="color:{{ person.name }}">', 17, "“style”"),
        ('<p onclick="{{ person.name }}">', 13, "“onclick”"),
        ('<img srcset="{{ person.page }} 2x">', 14, "“srcset”"),
        ('<a href="{{ person.name }}">', 10, "cannot be a whole link"),
        ('<a href="{{ person.website }}">', 10, "cannot be a whole link"),
        ('<a href="java{{ person.name }}script:x">', 14, "beginning of the link"),
        ('<a href="{% if person.name %}java{% endif %}script:x">', 45 - 11, "goes on after"),
        ('<a href="{% if person.name %}javascript:{% endif %}">', 41, "beginning of the link"),
        ('<a href="x&#{{ person.name }};">', 13, "“&” stands"),
        ("AT&{{ person.name }}", 4, "“&” stands"),
        ('{% if person.name %}<a href="x">{% else %}<a title="{% endif %}">', 53, "keep it in one"),
        ("<!--[if mso]>{% if person.name %}x{% endif %}<![endif]-->", 14, "Outlook comment"),
        ("<!--[if mso]>-{{ person.name }}->x<![endif]-->", 15, "Outlook comment"),
    ],
)
def test_where_tags_may_not_stand(source: str, column: int, words: str) -> None:
    line, found_column, message = messages(source)[0]
    assert (line, found_column) == (1, column)
    assert words in message


@pytest.mark.parametrize(
    ("source", "column", "words"),
    [
        ("<p>a</p><!-- b", 9, "comment is never closed"),
        ("<p>{{ person.name }}</p><b", 25, "tag is never closed"),
        ('<p>a</p><a href="b', 9, "tag is never closed"),
        ("<style>a", 8, "style is never closed"),
        ("<title>a", 8, "title is never closed"),
    ],
)
def test_what_would_swallow_the_footer_is_a_fault(source: str, column: int, words: str) -> None:
    _, found_column, message = messages(source)[0]
    assert (found_column, words in message) == (column, True)


def test_links_by_condition() -> None:
    source = (
        '<a href="{% if person.name %}https://a.org/{{ person.name }}{% else %}{{ person.page }}{% endif %}">'
    )
    assert messages(source) == []
    assert rendered_html(source, person__name="x y") == '<a href="https://a.org/x%20y">\n'
    assert rendered_html(source, person__page="javascript:x") == '<a href="#">\n'


def test_values_in_outlook_comments_cannot_end_them() -> None:
    source = '<!--[if mso]><v:rect href="{{ person.page }}" alt="{{ person.name }}">x</v:rect><![endif]-->'
    assert messages(source) == []
    out = rendered_html(source, person__page="https://e.org/a--b", person__name="--><b>-")
    assert out.count("-->") == 1
    assert 'alt="&#45;&#45;&gt;&lt;b&gt;&#45;"' in out
    assert "https://e.org/a&#45;&#45;b" in out


_PLACES = [
    "<p>{{ person.name }}</p>",
    '<p title="{{ person.name }}">x</p>',
    "<p title='{{ person.name }}'>x</p>",
    '<a href="https://e.org/{{ person.name }}">x</a>',
    '<a href="mailto:{{ person.name }}">x</a>',
    '<a href="{{ person.page }}">x</a>',
    "<title>{{ person.name }}</title>",
    '<!--[if mso]><p title="{{ person.name }}">{{ person.name }}</p><![endif]-->',
    '{% if person.name == "x" %}<b>{{ person.name }}</b>{% else %}<i>{{ person.name }}</i>{% endif %}',
]
_SALT = st.sampled_from(
    [*"<>&'\"=-`:/;#", "-->", "javascript:", "</title>", "{{ person.page }}", "&lt;", "\n"]
)
_VALUES = st.lists(_SALT | st.text(max_size=4), max_size=8).map("".join)


@given(st.sampled_from(_PLACES), _VALUES)
@settings(max_examples=60, deadline=None)
def test_no_value_changes_the_shape_of_the_page(source: str, value: str) -> None:
    """The tags of the page are the same for every value: none is ever read as HTML or as template."""
    out = rendered_html(source, person__name=value, person__page=value)

    def shape(page: str) -> list[tuple[TokenKind, str, tuple[str, ...]]]:
        kinds = {TokenKind.TEXT, TokenKind.CAPTION}
        return [
            (token.kind, token.name, tuple(attribute.name for attribute in token.attributes))
            for token in tokens(page.replace("<br>", ""))
            if token.kind not in kinds
        ]

    expected = rendered_html(source, person__name="x" if value == "x" else "y", person__page="https://e.org")
    assert shape(out) == shape(expected)
    for href in re.findall(r'href="([^"]*)"', out):
        assert html.unescape(href).startswith(("https://", "http://", "mailto:", "#", "HTTP"))


def test_the_nastiest_value_of_all_is_shown_as_it_is() -> None:
    out = rendered_html("<p>{{ person.name }}</p>", person__name=NASTY)
    assert html.unescape(out) == f"<p>{NASTY}</p>\n"

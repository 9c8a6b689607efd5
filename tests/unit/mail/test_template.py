"""The language of blanks and conditions: what it reads, and what it says about what it cannot read."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.mail.domain.tags import Question, TagKind, restore
from webapp.mail.domain.template import DEPTH_LIMIT, TAG_COUNT_LIMIT, Choice, Value, parse


def test_a_value_with_a_fallback() -> None:
    template = parse('Hi {{ person.name | default("friend") }}!')
    before, value, after = template.nodes
    assert (before, after) == ("Hi ", "!")
    assert isinstance(value, Value)
    assert (value.tag.field, value.tag.default) == ("person.name", "friend")


@pytest.mark.parametrize(
    "inside",
    [
        'person.name|default("R&D")',
        "person.name | default( 'R&D' )",
        "person.name | default(“R&D”)",
        "person.name | default(„R&D“)",
        "person.name | default(‘R&D’)",
        "person.name | default(«R&D»)",
        "person.name | default(&quot;R&amp;D&quot;)",
        "person.name&nbsp;|&nbsp;default(&ldquo;R&amp;D&rdquo;)",
        "\nperson.name\n|\ndefault('R&D')\n",
    ],
)
def test_quotes_as_people_and_editors_type_them(inside: str) -> None:
    template = parse("{{" + inside + "}}", is_html=True)
    assert template.faults == ()
    assert (template.tags[0].field, template.tags[0].default) == ("person.name", "R&D")


def test_conditions_grow_into_a_tree() -> None:
    source = '{% if a.b == "x" %}1{% elif not c.d %}2{% if a.b %}3{% endif %}{% else %}4{% endif %}5'
    choice, rest = parse(source).nodes
    assert isinstance(choice, Choice)
    assert rest == "5"
    questions = [question for question, _ in choice.branches]
    assert questions == [Question("a.b", "x"), Question("c.d", None, is_negated=True), None]
    inner = choice.branches[1][1][1]
    assert isinstance(inner, Choice)
    assert inner.branches == ((Question("a.b"), ("3",)),)


def test_comments_vanish_and_styles_are_not_comments() -> None:
    assert parse("a{# nothing {{ here }} #}b").nodes == ("a", "b")
    style = "@media print{#footer{display:none}.a{color:red}}"
    assert parse(style).nodes == (style,)


@pytest.mark.parametrize(
    ("source", "line", "column", "words"),
    [
        ("Dear {{ person.name", 1, 6, "never closed"),
        ("one\ntwo {% if a.b %}", 2, 5, "endif %} is missing"),
        ("{% endif %}", 1, 1, "without an “if”"),
        ("{% else %}", 1, 1, "without an “if”"),
        ("{% if a.b %}{% else %}{% else %}{% endif %}", 1, 23, "after the “else”"),
        ("{% for a in b %}", 1, 1, "not known here"),
        ("{% endif now %}", 1, 1, "Nothing may follow"),
        ("{% if %}{% endif %}", 1, 1, "names no field"),
        ("{% if a.b and c.d %}{% endif %}", 1, 1, "asks one thing"),
        ("{% if a.b = 'x' %}{% endif %}", 1, 1, "A condition is"),
        ("{% if not a.b == 'x' %}{% endif %}", 1, 1, "A condition is"),
        ("{{ }}", 1, 1, "empty"),
        ("{{ a.b | upper }}", 1, 1, "Only default"),
        ("{{ a.b | default(friend) }}", 1, 1, "matching quotes"),
        ('{{ a.b | default(“friend") }}', 1, 1, "matching quotes"),
        ("{{ a.b() }}", 1, 1, "one field and nothing else"),
        ("{{ a.b c.d }}", 1, 1, "one field and nothing else"),
        ("{{ a.b | default('{') }}", 1, 1, "braces inside the braces"),
        ("{{ <b>a.b</b> }}", 1, 1, "formatting inside"),
    ],
)
def test_faults_say_where_and_what(source: str, line: int, column: int, words: str) -> None:
    fault = parse(source, place="text", is_html=True).faults[0]
    assert (fault.place, fault.line, fault.column) == ("text", line, column)
    assert words in fault.message


def test_depth_and_number_are_limited() -> None:
    deep = "{% if a.b %}" * (DEPTH_LIMIT + 1) + "{% endif %}" * (DEPTH_LIMIT + 1)
    assert any("deep" in fault.message for fault in parse(deep).faults)
    many = "{{ a.b }}" * (TAG_COUNT_LIMIT + 1)
    assert "use fewer" in parse(many).faults[0].message


@given(st.text(max_size=80), st.sampled_from(["{{", "{%", "{#", "}}", "%}", "#}", "if ", "endif", '"', "'"]))
@settings(max_examples=60, deadline=None)
def test_whatever_is_typed_is_read_or_refused(text: str, salt: str) -> None:
    template = parse(text[:20] + salt + text[20:40] + salt + text[40:])
    if not template.tags and not template.faults:
        assert "".join(node for node in template.nodes if isinstance(node, str)) == template.source


# What can be a fallback: all but braces, and all but the one kind of quote it is enclosed with.
_FALLBACKS = st.text(
    st.characters(exclude_characters='{}"', exclude_categories=["Cs", "Cc", "Cn"]), max_size=30
)


@given(_FALLBACKS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_tag_written_back_reads_the_same(fallback: str, is_html: bool) -> None:
    first = parse('{{ a.b | default("' + ("" if is_html else fallback) + '") }}', is_html=is_html)
    if is_html:
        escaped = fallback.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        first = parse('{{ a.b | default("' + escaped + '") }}', is_html=True)
    second = parse(restore(first.marked, first.tags, is_html=is_html), is_html=is_html)
    assert second.faults == ()
    assert [(tag.kind, tag.field, tag.default) for tag in second.tags] == [(TagKind.VALUE, "a.b", fallback)]


@pytest.mark.parametrize(
    "unit", ["{{", "{%", "{#", "{{ a.b }}", "{% if a.b %}", "{{ " + "a " * 200, "{{''''''"]
)
def test_reading_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        source = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        parse(source, is_html=True)
        return time.process_time() - start

    seconds(10_000)
    assert seconds(160_000) < 16 * max(seconds(40_000), 0.01)

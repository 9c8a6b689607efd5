"""A compiled letter: constants folded in, questions answered for each, and nothing read twice."""

import pytest

from tests.unit.mail.specimens import CONSTANTS, FIELDS, OPT_OUT, compiled, rendered_html
from webapp.core.errors import StaffError
from webapp.mail.domain.compiled import AssembledLetter, Fork, compile_letter
from webapp.mail.domain.encoded import EncodedFork, Gatherer
from webapp.mail.domain.values import PoisonError


def test_constants_are_folded_into_the_fixed_parts() -> None:
    letter = compiled("<p>{{ event.name }}</p>", text="{{ event.name }}", subject="On {{ event.name }}")
    assert letter.html == ("<p>Spring &amp; Summer &lt;Workshop&gt;</p>\n",)
    assert letter.text == ("Spring & Summer <Workshop>\n",)
    assert letter.subject == ("On Spring & Summer <Workshop>",)
    assert letter.fields == ()


def test_fields_are_wanted_in_the_order_of_appearance_and_once() -> None:
    letter = compiled(
        "{% if person.email %}{{ person.name }}{% endif %}{{ person.greeting }}",
        subject="{{ person.name }}",
        text="{{ person.name }} {{ opt_out.link }}",
    )
    assert letter.fields == ("person.name", "person.email", "person.greeting")
    with pytest.raises(ValueError, match="3 fields but was given 1"):
        letter.render(["x"], OPT_OUT)


@pytest.mark.parametrize(
    ("condition", "with_value", "without"),
    [
        ("person.name", True, False),
        ("not person.name", False, True),
        ('person.name == "Ann"', True, False),
        ('person.name != "Ann"', False, True),
        ('person.name == "Bob"', False, False),
        ('person.name == ""', False, True),
        ('person.name != ""', True, False),
        ("event.name", True, True),
        ('event.name == "Spring & Summer &lt;Workshop>"', True, True),
        ("not event.name", False, False),
        ("opt_out.link", True, True),
    ],
)
def test_conditions(condition: str, with_value: bool, without: bool) -> None:
    source = f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}"
    answers = {True: "yes\n", False: "no\n"}
    assert rendered_html(source, person__name="Ann") == answers[with_value]
    assert rendered_html(source, person__name=None) == answers[without]


def test_the_first_branch_that_holds_is_taken() -> None:
    source = '{% if person.name == "a" %}1{% elif event.name %}2{% elif person.name %}3{% else %}4{% endif %}'
    assert rendered_html(source, person__name="a") == "1\n"
    assert rendered_html(source, person__name="b") == "2\n"
    nothing = "{% if not event.name %}1{% elif not event.url %}2{% endif %}"
    assert rendered_html(f"a{nothing}b") == "ab\n"


def test_values_compare_in_one_normal_form() -> None:
    assert rendered_html('{% if person.name == "Zoë" %}same{% endif %}', person__name="Zoe\u0308") == "same\n"


def test_fields_without_fallback_are_reported() -> None:
    html = (
        '{{ person.name }}{{ person.greeting | default("x") }}{% if person.email %}{{ person.email }}{% endif %}'
        "{% if not person.page %}{{ person.page }}{% endif %}{{ opt_out.link }}{{ event.name }}"
    )
    assert compiled(html).fields_without_fallback == ("person.name", "person.page")
    stored = AssembledLetter("s", "{{ event.name }}", "t")
    assert compile_letter(stored, FIELDS, {}).fields_without_fallback == ("event.name",)


def test_values_are_never_read_as_template() -> None:
    nasty = "{{ person.email }}{% if person.email %}{# x #}"
    letter = compiled("{{ person.name }}", text="{{ person.name }}", subject="{{ person.name }}")
    out = letter.render([nasty], OPT_OUT)
    assert (out.subject, out.html, out.text) == (nasty, f"{nasty}\n", f"{nasty}\n")
    again = compile_letter(AssembledLetter("s", "{{ event.name }}", "t"), FIELDS, {"event.name": nasty})
    assert again.render([], OPT_OUT).html == f"{nasty}\n"


def test_control_characters_and_overrides_are_taken_out_of_values() -> None:
    letter = compiled("{{ person.name }}", text="{{ person.name }}", subject="{{ person.name }}")
    out = letter.render(["a\x00\x07b\u202ec\u2028d\r\ne"], OPT_OUT)
    assert (out.html, out.text, out.subject) == ("abc<br>d<br>e\n", "abc\nd\ne\n", "abc d e")


def test_half_a_character_poisons_only_this_letter() -> None:
    with pytest.raises(PoisonError, match="half a character"):
        compiled("{{ person.name }}").render(["a\ud800"], OPT_OUT)


@pytest.mark.parametrize("html", ["{{ person.nme }}", "{{ person.name", "<b {{ person.name }}>"])
def test_what_was_not_checked_is_refused(html: str) -> None:
    with pytest.raises(StaffError, match="The letter cannot be sent"):
        compile_letter(AssembledLetter("s", html, "t"), FIELDS, CONSTANTS)


def test_fixed_parts_count_with_the_longest_way_through_a_fork() -> None:
    fork = EncodedFork(Fork(()), ((b"x" * 10, 0), (b"y" * 3,)))
    assert Gatherer([b"ab", fork, 1]).fixed_size == 12
    assert Gatherer([b"ab", EncodedFork(Fork(()), ()), 1]).fixed_size == 2

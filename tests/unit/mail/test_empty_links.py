"""A link that leads nowhere, or shows nothing to press, is found where it stands."""

import pytest

from webapp.mail.domain.empty_links import find_empty_links
from webapp.mail.domain.template import parse


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ('<p>\n{{ a.b }} <a href="">x</a>', 2, 11, "leads nowhere"),
        ("<a href=' # '>x</a>", 1, 1, "leads nowhere"),
        ("<a class='button' href>x</a>", 1, 1, "leads nowhere"),
        ('<a href="https://example.org"> &nbsp;</a>', 1, 1, "nothing to press"),
        ('<A HREF="{{ a.b }}"><b></b></A>', 1, 1, "nothing to press"),
    ],
)
def test_it_is_found(source: str, line: int, column: int, said: str) -> None:
    [fault] = find_empty_links(parse(source, place="slot:main", is_html=True))
    assert (fault.place, fault.line, fault.column) == ("slot:main", line, column)
    assert said in fault.message


@pytest.mark.parametrize(
    "source",
    [
        '<a href="{{ a.b }}">{{ a.c }}</a>',
        '<a href="https://example.org"><img src="https://example.org/x.png" alt="x"></a>',
        '<a name="top"></a><a>x</a>',
        "<!-- <a href=''></a> -->",
        '<a href="#top">x</a>',
    ],
)
def test_others_are_left_alone(source: str) -> None:
    assert find_empty_links(parse(source, place="slot:main", is_html=True)) == []

"""What can act goes out; everything else stays byte for byte."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.mail.domain.html_cleaning import clean_html
from webapp.mail.domain.html_tokens import TokenKind, tokens

NEWSLETTER = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "x.dtd">
<html xmlns:v="urn:schemas-microsoft-com:vml"><head><meta http-equiv="Content-Type" content="text/html">
<style type="text/css">@media only screen and (max-width:480px){#a>b{color:red!important}}</style>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]-->
<!--[if !mso]><!--><link rel="icon" href=x><!--<![endif]-->
</head><BODY bgColor=#ffffff><TABLE><tr><td background='a.png' STYLE="mso-line-height-rule:exactly"><a
 href="https://e.org/?a=1&amp;b=2&copy=3" target=_blank>&nbsp;a < b</a><br/>
<img src="data:image/png;base64,AA=="></td></tr></TABLE>
<![if !mso]><p>x</p><![endif]> {{ person.name | default("<b>") }} </BODY></html>\n\n"""


def test_a_real_newsletter_is_not_touched() -> None:
    assert clean_html(NEWSLETTER).html == NEWSLETTER
    assert clean_html(NEWSLETTER).removed == ()


@pytest.mark.parametrize(
    ("source", "expected", "removed"),
    [
        ("a<script>x<b></script>c", "a   c", ("<script>",)),
        ("a<SCRIPT src=x></SCRIPT >c", "a   c", ("<script>",)),
        ("<p onclick='x' class=a>", "<p class=a>", ("onclick",)),
        ('<p/onclick="x"/title="y">', '<p/ /title="y">', ("onclick",)),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>", ("href",)),
        ('<a href=" java&#10;script&colon;x">x</a>', "<a>x</a>", ("href",)),
        ('<a href="&#x6a;avascript:x">x</a>', "<a>x</a>", ("href",)),
        ('<a href="vbscript:x">x</a>', "<a>x</a>", ("href",)),
        ('<img src="data:text/html,x">', "<img>", ("src",)),
        ('<img src="data:image/svg+xml,x">', "<img>", ("src",)),
        ('<form action="/x">a<input name=b>c</form>', " a c ", ("<form>", "<input>")),
        ("<iframe src=x>a</iframe>b", "   b", ("<iframe>",)),
        ("<object data=x>a</object><embed src=x>", " a  ", ("<object>", "<embed>")),
        ("<base href='https://e.org'>", " ", ("<base>",)),
        ("<meta HTTP-EQUIV=Refresh content='0;url=x'>", " ", ("<meta>",)),
        ("<link rel='alternate stylesheet' href=x>", " ", ("<link>",)),
        ("<link rel=import href=x>", " ", ("<link>",)),
        (
            "<svg><script>x</script><a onclick=y></svg>",
            "    <a> ",
            ("<svg>", "<script>", "onclick"),
        ),
        ("<math><mi>x</mi></math>", " <mi>x</mi> ", ("<math>",)),
        ("<textarea><script>x</script></textarea>", "   ", ("<textarea>",)),
        (
            "<!--[if mso]><script>x</script><p onclick=y><![endif]-->",
            "<!--[if mso]>   <p><![endif]-->",
            ("<script>", "onclick"),
        ),
    ],
)
def test_what_can_act_goes_out(source: str, expected: str, removed: tuple[str, ...]) -> None:
    cleaned = clean_html(source)
    assert (cleaned.html, cleaned.removed) == (expected, removed)


@pytest.mark.parametrize(
    "source",
    [
        "<<script>x</script>script>alert(1)</script>",
        "<scr<script></script>ipt>alert(1)</script>",
        "<img src=x onerror=alert(1)//",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<svg><title><img src=x onerror=alert(1)></title></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
        '<a title="<script>" onclick="x">',
        "<!--><script>alert(1)</script>-->",
        "<!--[if mso]--><script>alert(1)</script><![endif]-->",
    ],
)
def test_nothing_that_acts_is_put_together_by_taking_out(source: str) -> None:
    once = clean_html(source).html
    assert clean_html(once).html == once
    for token in tokens(once):
        assert token.name != "script"
        assert not any(attribute.name.startswith("on") for attribute in token.attributes)


_PIECES = st.sampled_from(
    [
        r"<",
        r">",
        r"=",
        r"'",
        r'"',
        r"/",
        r"x",
        r"p",
        r"0",
        r"</",
        r"<!",
        r"<!--",
        r"-->",
        r"<script",
        r"</script>",
        r"<style>",
        r"</style>",
        r"<svg>",
        r"</svg>",
        r"<a",
        r"href=",
        r"javascript:",
        r"onclick=x",
        r"<!--[if",
        r"<!--[if.mso]>",
        r"<![endif]-->",
        r"<title>",
        r"</title>",
        r"<p",
        r"<b>",
        r"<textarea>",
        r"<plaintext>",
        r"<link",
        r"rel=import",
        r"&#58;",
        r"&",
        r"#",
        r";",
        " ",
        "<!--[if mso]>",
        "\ufdd0",
        "\ufdd1",
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
@settings(max_examples=60, deadline=None)
def test_cleaning_twice_is_cleaning_once(source: str) -> None:
    once = clean_html(source).html
    assert clean_html(once).html == once


@given(st.lists(_PIECES, max_size=14).map("".join))
@settings(max_examples=60, deadline=None)
def test_tokens_are_all_of_the_source(source: str) -> None:
    position = 0
    for token in tokens(source):
        assert token.start == position
        assert token.end > token.start or token.kind in (TokenKind.RAW, TokenKind.CAPTION)
        position = token.end
    assert position == len(source)


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a ",
        '<a "',
        '<a x="',
        "<!--",
        "<!-",
        "<title>",
        "<style>",
        "<b onclick=x ",
        "<a href=java,",
        "&#",
        "--!>",
        "<!--[if mso]>x<![endif]-->",
    ],
)
def test_hostile_html_takes_linear_time(unit: str) -> None:
    def seconds(size: int) -> float:
        source = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        clean_html(source)
        return time.process_time() - start

    seconds(10_000)
    assert seconds(160_000) < 16 * max(seconds(40_000), 0.01)

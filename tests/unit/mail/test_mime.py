"""Whole letters as bytes: whatever the values, they parse back to exactly what a preview shows."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.mail.specimens import (
    CONSTANTS,
    FIELDS,
    ONE_CLICK,
    OPT_OUT,
    assembled,
    compiled,
    content,
    mailbox_of,
)
from webapp.mail.domain.compiled import CompiledLetter, compile_letter
from webapp.mail.domain.headers import clean_line
from webapp.mail.domain.mime import LetterBuilder, SenderLine
from webapp.mail.domain.values import PoisonError

NOW = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
SENDER = SenderLine("desk@example.org", "Zoë’s Desk", "answers@example.org")

PLAIN = compiled(
    '<p>Dear {{ person.greeting | default("friend & co") }}</p>\n.<b>{{ person.name }}</b>\n'
    '<a href="{{ person.page }}" title="{{ person.name }}">x</a> <a href="https://e.org/?q={{ person.name }}">y</a>'
    '<a href="{{ opt_out.link }}">stop</a>',
    text="Dear {{ person.greeting | default('friend') }}.\n{{ person.name }}\n.{{ person.name }}.\n{{ opt_out.link }}",
    subject="News for {{ person.greeting | default('you') }}, today",
)
FORKED = compiled(
    "{% if person.name %}<p>{{ person.name }}</p>{% if person.greeting == 'x' %}.{% endif %}{% else %}Nobody{% endif %}"
    "\n<!--[if mso]>{{ person.name }}<![endif]-->",
    text="{% if not person.name %}Nobody\n{% else %}{{ person.name }} {{ person.greeting }}{% endif %}",
    subject="{% if person.name %}{{ person.name }}{% else %}News{% endif %}",
)
LAID_OUT = compile_letter(
    assembled(content("<p>Dear {{ person.name }}</p>" + "<p>— Ünïcödé</p>" * 40, subject="{{ event.name }}")),
    FIELDS,
    CONSTANTS,
)


def builder(letter: CompiledLetter, **options: Any) -> LetterBuilder:
    options = {
        "sender": SENDER,
        "domain": "post.example.org",
        "list_id": "news.example.org",
        "is_bulk": True,
    } | options
    return LetterBuilder(letter, **options)


BUILDERS = [(letter, builder(letter)) for letter in (PLAIN, FORKED, LAID_OUT)]


def build(maker: LetterBuilder, values: list[str | None], name: str = "Ann", **changes: Any) -> bytes:
    given_values = {
        "address": "ann@example.net",
        "date": NOW,
        "message_id": "m1@post.example.org",
        "opt_out_link": OPT_OUT,
        "one_click_link": ONE_CLICK,
    }
    return maker.build(name=name, values=values, **(given_values | changes))


def parsed(letter: bytes) -> EmailMessage:
    message = message_from_bytes(letter, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(message: EmailMessage) -> tuple[str, str]:
    """Return text and HTML as they arrive, with the line ends of the preview."""
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return tuple(part.get_content().replace("\r\n", "\n") for part in (text, html))  # type: ignore[return-value]


def assert_sound(letter: bytes) -> None:
    """Lines, line ends and dots as RFC 5321 and 5322 want them; bodies as RFC 2045 does."""
    assert letter.isascii()
    assert letter.endswith(b"\r\n")
    head, _, body = letter.partition(b"\r\n\r\n")
    for line in letter.split(b"\r\n"):
        assert b"\r" not in line
        assert b"\n" not in line
        assert not line.startswith(b".")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76


_SALT = st.sampled_from(
    [
        "<b>",
        "&amp;",
        '"',
        "'",
        "=",
        "=3D",
        ".",
        "é",
        "漢字",
        "😀",
        "👩\u200d👩\u200d👧",
        "עברית",
        "=?utf-8?q?x?=",
        "--=_",
        "https://e.org/",
        "\n.",
        "\n",
        "From ",
        " ",
        "\t",
        "x" * 998,
        "y" * 75,
        "e\u0301",
        "\u202e",
        "\u2028",
        "\r\n",
        "\x00",
        "{{ person.name }}",
        "{% if %}",
    ]
)
_VALUES = st.none() | st.lists(
    _SALT | st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=7
).map("".join)


@given(st.sampled_from(BUILDERS), st.lists(_VALUES, min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_letters_parse_back_to_what_the_preview_shows(
    made: tuple[CompiledLetter, LetterBuilder], values: list[str | None]
) -> None:
    letter, maker = made
    values = values[: len(letter.fields)]
    sent = build(maker, values)
    assert_sound(sent)
    message = parsed(sent)
    preview = letter.render(values, OPT_OUT)
    assert parts(message) == (preview.text, preview.html)
    assert message["Subject"] == preview.subject
    assert message.defects == []


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), max_size=90))
@settings(max_examples=60, deadline=None)
def test_every_name_arrives(name: str) -> None:
    sent = build(BUILDERS[0][1], ["a", "b", "https://e.org"], name=name)
    assert_sound(sent)
    assert mailbox_of(sent, "To") == (clean_line(name, "It"), "ann@example.net")


@given(st.sampled_from([PLAIN, FORKED]), st.lists(st.text("ab .:/é<\n", max_size=90), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_plain_values_and_others_are_written_alike(letter: CompiledLetter, values: list[str]) -> None:
    """The quick way for plain values gives what the careful way gives: here values that just pass and just fail."""
    message = parsed(build(builder(letter), list(values)[: len(letter.fields)]))
    preview = letter.render(values[: len(letter.fields)], OPT_OUT)
    assert parts(message) == (preview.text, preview.html)


def test_the_headers_of_a_bulk_letter() -> None:
    maker = builder(
        PLAIN, extra_headers={"Feedback-ID": "7:desk:postroom", "X-Note": "schön"}, boundary_seed="7"
    )
    message = parsed(build(maker, ["Ann", "Ann", None]))
    assert message.keys() == [
        "From",
        "Reply-To",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "List-Id",
        "Feedback-ID",
        "X-Note",
        "Content-Type",
    ]
    [sender] = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Zoë’s Desk", "desk@example.org")
    assert message["Reply-To"] == "answers@example.org"
    assert message["Subject"] == "News for Ann, today"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"] == "<m1@post.example.org>"
    assert message["List-Unsubscribe"] == f"<{ONE_CLICK}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<news.example.org>"
    assert message["Feedback-ID"] == "7:desk:postroom"
    assert message["X-Note"] == "schön"
    assert message.get_content_type() == "multipart/alternative"


def test_essential_letters_have_no_list_headers() -> None:
    maker = builder(
        compiled("x", text="y"), is_bulk=False, extra_headers={"Auto-Submitted": "auto-generated"}
    )
    message = parsed(build(maker, [], opt_out_link=None, one_click_link=None))
    assert [key for key in message.keys() if key.startswith("List")] == []  # noqa: SIM118 headers, not a mapping
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_same_letter_comes_out_byte_for_byte() -> None:
    values: list[str | None] = ["Ann", "Zoë", "https://e.org"]
    one, two = builder(PLAIN, boundary_seed="a"), builder(PLAIN, boundary_seed="a")
    build(one, ["x", None, None])
    assert build(one, values) == build(two, values)
    assert build(one, values) != build(builder(PLAIN, boundary_seed="b"), values)


def test_dates_keep_their_zone_and_must_have_one() -> None:
    maker = builder(PLAIN)
    date = datetime(2026, 3, 1, 23, 59, 59, 999, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert b"\r\nDate: Sun, 01 Mar 2026 23:59:59 -0330\r\n" in build(maker, ["a", "b", None], date=date)
    with pytest.raises(ValueError, match="must know its zone"):
        build(maker, ["a", "b", None], date=datetime(2026, 3, 1))  # noqa: DTZ001 that is the point


def test_a_message_id_without_a_right_side_gets_the_domain() -> None:
    assert b"\r\nMessage-ID: <m7@post.example.org>\r\n" in build(
        builder(PLAIN), ["a", "b", None], message_id="m7"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Ann\r\nBcc: all@example.org"}, "The name holds a character"),
        ({"name": "Ann\u2028Smith"}, "U+2028"),
        ({"address": "zoë@example.org"}, "needs SMTPUTF8"),
        ({"address": "ann@example.net\r\nBcc: b@e.org"}, "not an e-mail address"),
        ({"address": ""}, "not an e-mail address"),
        ({"message_id": "a b@e.org"}, "not an e-mail address"),
        ({"values": ["a\ud800", None, None]}, "half a character"),
        ({"opt_out_link": None}, "needs its recipient's own opt-out links"),
        ({"one_click_link": None}, "needs its recipient's own opt-out links"),
        ({"one_click_link": "https://e.org/>\r\nBcc: b@e.org"}, "not an address that can be followed"),
        ({"one_click_link": "mailto:a@e.org"}, "not an address that can be followed"),
        ({"opt_out_link": "https://e.org/ "}, "not an address that can be followed"),
    ],
)
def test_a_poisoned_recipient_fails_alone_with_the_reason(changes: dict[str, Any], words: str) -> None:
    maker = builder(PLAIN)
    with pytest.raises(PoisonError) as refused:
        build(maker, changes.pop("values", ["a", "b", None]), **changes)
    assert words in str(refused.value)
    assert_sound(build(maker, ["a", "b", None]))


@pytest.mark.parametrize(
    "options",
    [
        {"sender": SenderLine("desk@example.org", "a\nb")},
        {"sender": SenderLine("desk")},
        {"sender": SenderLine("desk@example.org", "", "a b")},
        {"list_id": "a b"},
        {"domain": "a\r\nb"},
        {"extra_headers": {"To": "b@e.org"}},
        {"extra_headers": {"X-A": "a\r\nBcc: b@e.org"}},
        {"extra_headers": {"X A": "a"}},
    ],
)
def test_a_bad_sender_or_header_is_refused_before_anybody_gets_a_letter(options: dict[str, Any]) -> None:
    with pytest.raises(PoisonError):
        builder(PLAIN, **options)


def test_international_domains_are_written_in_ascii() -> None:
    assert b"<ann@xn--bcher-kva.example>" in build(
        builder(PLAIN), ["a", "b", None], address="ann@bücher.example"
    )

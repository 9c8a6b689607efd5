"""Letters out of every script and every trap, made by hypothesis, with what a reader must find in them."""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from tests.unit.mail.specimens import CONSTANTS, FIELDS, ONE_CLICK, OPT_OUT
from webapp.mail.domain.attachments import AttachedFile
from webapp.mail.domain.compiled import AssembledLetter, CompiledLetter, compile_letter
from webapp.mail.domain.headers import clean_line
from webapp.mail.domain.mime import LetterBuilder, SenderLine

# HYPOTHESIS_LETTERS=20000 looks so many letters through in each test; without it a test takes a moment.
MANY = int(os.environ.get("HYPOTHESIS_LETTERS", "0"))


def thorough(examples: int) -> settings:
    """Return how many letters a test tries: the number given, or HYPOTHESIS_LETTERS of the environment."""
    return settings(max_examples=MANY or examples, deadline=None)


@dataclass(frozen=True, slots=True)
class MadeLetter:
    """A letter as bytes, and what was meant.

    Args:
        raw: the letter.
        sender, recipient: name and address.
        subject, text, html: as the preview shows them.
        date: of its header.
        files: name, type, content and content id of what goes with it, pictures of the HTML first.
    """

    raw: bytes
    sender: tuple[str, str]
    recipient: tuple[str, str]
    subject: str
    text: str
    html: str
    date: datetime
    files: list[tuple[str, str, bytes, str]]

    @property
    def sender_on_the_wire(self) -> tuple[str, str]:
        """Return name and address with an international domain in ASCII."""
        return self.sender[0], _in_ascii(self.sender[1])

    @property
    def recipient_on_the_wire(self) -> tuple[str, str]:
        """Return name and address with an international domain in ASCII."""
        return self.recipient[0], _in_ascii(self.recipient[1])


def _in_ascii(address: str) -> str:
    """Return an address with its domain in ASCII; by another way than the one that is tested, where there is one."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{ASCII_DOMAINS.get(domain, domain)}"


_SIGNS = ".|..|\n.|\n..\n|From |\nFrom |>From |=|==|=\n|=3D|=\r\n|=?utf-8?q?x?=| |  | \n|\t|\t\n|\n\n\n|-- |\n--=_\n"
_MARKUP = "<b>|&amp;|\"|'|\\|,;:@<>()"
_SCRIPTS = "é|e\u0301|q\u0323\u0307|Å|\u212b|\u1112\u1161\u11ab|漢字|한글|עברית|العربية|ไทย|हिन्दी|Ω\u0345|\u200f|\ufeff"
_ASTRAL = "😀|👩\u200d👩\u200d👧|🏳️\u200d🌈|🇵🇱|𝔊|𒀀|\U0010fffd"
_LONG = [
    "x" * 71,
    "x" * 73,
    "y" * 75,
    "z" * 76,
    "é" * 24 + "a",
    "漢" * 9,
    "😀" * 7,
    "w" * 990,
    "a" * 998,
    "word " * 40,
]
TRAPS = [*"|".join([_SIGNS, _MARKUP, _SCRIPTS, _ASTRAL]).split("|"), *_LONG]
_LETTERS = st.characters(exclude_categories=["Cs"])
_SALTED = st.lists(st.sampled_from(TRAPS) | st.text(_LETTERS, max_size=8), max_size=8).map("".join)
_HEADER_BREAKERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]")
# What most people's values are like, so that the quick ways are taken as often as the careful ones.
_TAME = st.sampled_from(
    ["Zofia", "Zażółć gęślą", "a=b", "x ", "F", "From me", "é" * 12, "é" * 13, "\u202eabc", "عمر", "😀"]
)
VALUES = st.none() | _TAME | _SALTED
LINES = _SALTED.map(lambda text: _HEADER_BREAKERS.sub("", text)[:300])
_ATOMS = st.text("abcXYZ019!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=21)
LOCALS = st.lists(_ATOMS, min_size=1, max_size=3).map(".".join).filter(lambda local: len(local) <= 64)
ASCII_DOMAINS = {
    "bücher.example": "xn--bcher-kva.example",
    "пример.example": "xn--e1afmkfd.example",
    "例え.example": "xn--r8jz45g.example",
    "भारत.example": "xn--h2brj9c.example",
    "faß.example": "xn--fa-hia.example",
}
LONG_DOMAIN = ".".join(["a" * 60] * 3 + ["b" * 40, "example"])
DOMAINS = st.sampled_from(
    [*ASCII_DOMAINS, "example.net", "xn--bcher-kva.example", "a-b.c-d.example", LONG_DOMAIN]
)
FILES = st.builds(
    AttachedFile,
    filename=LINES.map(lambda text: f"f{text.replace('/', '').replace(chr(92), '')[:60]}.bin"),
    content_type=st.sampled_from(["application/pdf", "application/octet-stream", "image/png"]),
    content=st.binary(max_size=300),
    content_id=st.sampled_from(["", "logo@example.org", "p.1_a-b@post.example.org"]),
)
_BODIES = (
    (
        "Hello {{ person.greeting | default('you') }}, news",
        '<p>Dear {{ person.name }}</p>\n.<a href="{{ person.page }}">{{ person.greeting }}</a>\n'
        "  <i>{{ event.name }}</i>\n",
        "Dear {{ person.name }}.\n.{{ person.greeting }}\n{{ person.page }} \n\n{{ event.name }}",
    ),
    (
        "{{ person.name }}",
        "{% if person.greeting %}{{ person.greeting }}{% else %}.{% endif %}<!--[if mso]>{{ person.name }}<![endif]-->",
        "{{ person.greeting }}{{ person.name }}{{ event.name }}{{ person.name }}",
    ),
    ("{{ event.name }}", "<p>{{ person.name }}</p>", "From {{ person.name }}\n=20\n" + "é" * 300),
)


def compiled_with(number: int, constant: str | None) -> CompiledLetter:
    """Return one of three letters; a constant's value becomes part of what is encoded once."""
    return compile_letter(AssembledLetter(*_BODIES[number]), FIELDS, CONSTANTS | {"event.name": constant})


@st.composite
def letters(draw: st.DrawFn, *, most_files: int = 0) -> MadeLetter:
    """Make a letter."""
    compiled = compiled_with(draw(st.integers(0, len(_BODIES) - 1)), draw(VALUES))
    sender = (draw(LINES), f"{draw(LOCALS)}@{draw(DOMAINS)}")
    recipient = (draw(LINES), f"{draw(LOCALS)}@{draw(DOMAINS)}")
    values = [draw(VALUES) for _ in compiled.fields]
    date = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**8)))
    files = tuple(draw(st.lists(FILES, max_size=most_files)))
    raw = LetterBuilder(
        compiled,
        sender=SenderLine(sender[1], sender[0], "answers@example.org, more@example.org"),
        domain="post.example.org",
        list_id="news.example.org",
        is_bulk=True,
        files=files,
    ).build(
        address=recipient[1],
        name=recipient[0],
        values=values,
        date=date,
        message_id="m1",
        opt_out_link=OPT_OUT,
        one_click_link=ONE_CLICK,
    )
    shown = compiled.render(values, OPT_OUT)
    return MadeLetter(
        raw,
        (clean_line(sender[0], "It"), sender[1]),
        (clean_line(recipient[0], "It"), recipient[1]),
        shown.subject,
        shown.text,
        shown.html,
        date,
        [
            (clean_line(file.filename, "It"), file.content_type, file.content, file.content_id)
            for file in sorted(files, key=lambda file: not file.content_id)
        ],
    )

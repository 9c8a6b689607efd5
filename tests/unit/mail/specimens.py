"""Fields, layouts and letters that the tests of letters share."""

from collections.abc import Mapping
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path

from webapp.mail.domain.compiled import AssembledLetter, CompiledLetter, compile_letter
from webapp.mail.domain.layouts import Layout, load_layouts
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_content import LetterContent, check_letter
from webapp.mail.domain.merge_fields import OPT_OUT_LINK, FieldKind, MergeField

LAYOUT_FOLDER = Path(__file__).parents[3] / "templates" / "mail" / "layouts"
LAYOUTS: dict[str, Layout] = load_layouts(LAYOUT_FOLDER)

FIELDS: Mapping[str, MergeField] = {
    field.name: field
    for field in (
        OPT_OUT_LINK,
        MergeField("person.name", "Name", FieldKind.TEXT, "Zofia Nowak"),
        MergeField("person.greeting", "Greeting", FieldKind.TEXT, "Zofia"),
        MergeField("person.email", "Address", FieldKind.EMAIL, "zofia@example.org"),
        MergeField("person.website", "Website", FieldKind.URL, "https://zofia.example.org"),
        MergeField("person.page", "Their page", FieldKind.URL, "https://example.org/p/1", trusted=True),
        MergeField("event.name", "Event", FieldKind.TEXT, "Spring Workshop", is_constant=True),
        MergeField("event.url", "Event page", FieldKind.URL, "https://example.org/spring", is_constant=True),
        MergeField(
            "programme.postal_address", "Postal address", FieldKind.TEXT, "1 Street", is_constant=True
        ),
        MergeField("letter.reason", "Reason", FieldKind.TEXT, "You registered.", is_constant=True),
    )
}
CONSTANTS = {
    "event.name": "Spring & Summer <Workshop>",
    "event.url": "https://example.org/spring?a=1&b=2",
    "programme.postal_address": "Example Programme\n1 Long Street\n1234 Town",
    "letter.reason": "You get this letter because you registered.",
}
OPT_OUT = "https://post.example.org/opt-out/4f6a"
ONE_CLICK = f"{OPT_OUT}/one-click"


def content(
    main: str = "<p>Hello</p>",
    *,
    subject: str = "News",
    preheader: str = "",
    text: str | None = None,
    locale: str = "en",
    **slots: str,
) -> LetterContent:
    """Return what staff might have written."""
    return LetterContent(subject, preheader, {"main": main, **slots}, text, locale)


def faults(
    main: str = "<p>Hello</p>", *, is_bulk: bool = True, layout: str = "simple", **rest: str
) -> list[tuple[str, int, int, str]]:
    """Return the faults of a letter as (place, line, column, message)."""
    found = check_letter(content(main, **rest), LAYOUTS[layout], FIELDS, is_bulk=is_bulk)
    return [(fault.place, fault.line, fault.column, fault.message) for fault in found]


def assembled(letter: LetterContent, *, layout: str = "simple", is_bulk: bool = True) -> AssembledLetter:
    """Lay a letter out that was found sound."""
    assert check_letter(letter, LAYOUTS[layout], FIELDS, is_bulk=is_bulk) == []
    return assemble_letter(letter, LAYOUTS[layout], is_bulk=is_bulk)


def compiled(html: str, *, text: str = "text", subject: str = "News") -> CompiledLetter:
    """Compile a letter from its parts, without a layout."""
    return compile_letter(AssembledLetter(subject, html, text), FIELDS, CONSTANTS)


def rendered_html(html: str, **values: str | None) -> str:
    """Return what HTML becomes for a person; fields are named with __ for the dot."""
    letter = compiled(html)
    by_name = {name.replace("__", "."): value for name, value in values.items()}
    return letter.render([by_name.get(name) for name in letter.fields], OPT_OUT).html


def mailbox_of(message: bytes, header: str) -> tuple[str, str]:
    """Return the name and address of a header as the standard library reads them.

    A name of several encoded words is read with the older parser: the newer one of Python 3.11 shows the space
    between two words, which RFC 2047 (6.2) says to drop.
    """
    raw = message_from_bytes(message)[header]
    if raw.count("=?utf-8?") > 1:
        phrase, _, address = raw.rpartition("<")
        return str(make_header(decode_header(phrase.strip()))), address.rstrip(">")
    [mailbox] = message_from_bytes(message, policy=policy.default)[header].addresses
    return mailbox.display_name, mailbox.addr_spec

"""From what staff wrote to a letter that is stored: laid out, cleaned, styled, with its text part."""

from webapp.core.errors import StaffError
from webapp.mail.domain.compiled import AssembledLetter
from webapp.mail.domain.html_cleaning import BODY_LIMIT, clean_html
from webapp.mail.domain.html_nesting import is_too_deep
from webapp.mail.domain.html_tokens import TokenKind, tokens
from webapp.mail.domain.inlining import inline_styles
from webapp.mail.domain.layouts import CONTENT, Layout, LayoutPart
from webapp.mail.domain.letter_content import LetterContent, is_blank
from webapp.mail.domain.locales import direction
from webapp.mail.domain.plain_text import text_from_html, tidy_text
from webapp.mail.domain.tags import MARK, restore, write_tag
from webapp.mail.domain.template import parse
from webapp.mail.domain.values import escaped

_FOOTER_RULE = "-" * 40


def assemble_letter(content: LetterContent, layout: Layout, *, is_bulk: bool) -> AssembledLetter:
    """Lay a letter out; its tags stay as they are, to be compiled for each shoot.

    Args:
        content: found sound by `check_letter`.
        layout: what it is put into.
        is_bulk: chooses the footer with or without the opt-out link.

    Raises:
        StaffError: it has become longer, or deeper, than what can be sent.
    """
    content = _normalised(content)
    words = {
        "letter.subject": html_source(content.subject),
        "letter.preheader": html_source(content.preheader),
        "letter.language": escaped(content.locale.replace("_", "-")),
        "letter.direction": direction(content.locale),
        **_footer_words(layout, content.locale),
    }
    pieces = [(part.kind, _piece(part, content, words, is_bulk=is_bulk)) for part in layout.parts]
    if layout.is_whole_document:
        page = _into_document(content.slots.get("main", ""), pieces)
    else:
        page = "".join(piece for _, piece in pieces)
    if is_too_deep(page):
        raise StaffError("The letter's elements lie too deep in one another; simplify it.", field="slot:main")
    html = inline_styles(page).strip() + "\n"
    if len(html.encode()) > 2 * BODY_LIMIT:
        raise StaffError(
            "With its styles written in, the letter is longer than can be sent.", field="slot:main"
        )
    if content.text is None:
        shown = "".join(piece for kind, piece in pieces if kind != "preheader")
        text = text_from_html(shown)
    else:
        footer = "".join(piece for kind, piece in pieces if kind == "footer")
        own = parse(content.text)
        text = f"{tidy_text(own.marked, own)}\n{_FOOTER_RULE}\n{text_from_html(footer)}"
    subject = parse(content.subject)
    return AssembledLetter(restore(subject.marked, subject.tags, is_html=False).strip(), html, text)


def _footer_words(layout: Layout, locale: str) -> dict[str, str]:
    """Return what the footer says by itself, in the letter's language or in the one that comes nearest."""
    words = layout.footer_words(locale)
    return {
        "letter.opt_out_words": escaped(words.opt_out),
        "letter.essential_words": escaped(words.essential),
        "letter.footer_language": escaped(words.locale),
        "letter.footer_direction": direction(words.locale),
    }


def html_source(source: str) -> str:
    """Turn a plain line with tags into HTML that shows it, with the same tags."""
    template = parse(source)
    return MARK.sub(
        lambda found: write_tag(template.tags[int(found[1])], is_html=True), escaped(template.marked)
    )


def _normalised(content: LetterContent) -> LetterContent:
    """Write line ends in one way, and take out what can act."""
    slots = {
        name: _cleaned(source.replace("\r\n", "\n").replace("\r", "\n"))
        for name, source in content.slots.items()
    }
    text = content.text if content.text is None or content.text.strip() else None
    return LetterContent(content.subject, content.preheader, slots, text, content.locale)


def _cleaned(source: str) -> str:
    template = parse(source, is_html=True)
    return restore(clean_html(template.marked).html, template.tags, is_html=True)


def _piece(part: LayoutPart, content: LetterContent, words: dict[str, str], *, is_bulk: bool) -> str:
    """Return a part of the layout with its words, or "" where this letter does without it."""
    if part.kind == "footer" and (part.name == "bulk") is not is_bulk:
        return ""
    if part.kind == "preheader" and not content.preheader.strip():
        return ""
    words_of_staff = content.slots.get(part.name, "") if part.kind == "slot" else ""
    if part.kind == "slot" and is_blank(words_of_staff):
        return ""
    return _filled(part.source, words).replace(CONTENT, words_of_staff)


def _filled(source: str, words: dict[str, str]) -> str:
    """Put what only a layout may name into its source; all other tags stay."""
    template = parse(source, is_html=True)
    tags = template.tags
    return MARK.sub(
        lambda found: words.get(tags[int(found[1])].field, write_tag(tags[int(found[1])], is_html=True)),
        template.marked,
    )


def _into_document(document: str, pieces: list[tuple[str, str]]) -> str:
    """Put the preheader behind <body> and the footer before the last </body> of a pasted document."""
    marked = parse(document, is_html=True)
    start, end = 0, len(marked.marked)
    for token in tokens(marked.marked):
        if token.name == "body" and token.kind is TokenKind.START and not start:
            start = token.end
        elif token.name == "body" and token.kind is TokenKind.END:
            end = token.start
    before = "".join(piece for kind, piece in pieces if kind == "preheader")
    after = "".join(piece for kind, piece in pieces if kind == "footer")
    source = marked.marked

    def back(marked_piece: str) -> str:
        return restore(marked_piece, marked.tags, is_html=True)

    return f"{back(source[:start])}{before}{back(source[start:end])}{after}{back(source[end:])}"

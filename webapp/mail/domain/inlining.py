"""Styles written into the elements, for mail programs that drop style sheets; tags stay where they are."""

import re

import css_inline

from webapp.mail.domain.html_cleaning import clean_html
from webapp.mail.domain.html_tokens import Token, TokenKind, tokens
from webapp.mail.domain.tags import MARK, restore
from webapp.mail.domain.template import parse

_COMMENTED_MARK = re.compile(f"<!--({MARK.pattern.replace('(', '(?:')})-->")
_WORK_LIMIT = 10_000_000  # rules times elements; a rich newsletter has 500 times 2,000


def inline_styles(source: str) -> str:
    """Write the rules of ``<style>`` into the elements; media queries, dark mode and Outlook comments stay.

    Tags between elements travel as comments, which no parser moves, not even between table rows; tags in
    attributes travel as marks. Should a document be so broken that they come out in another order, it is
    returned without inlined styles rather than with a letter that says something else.

    Args:
        source: a whole HTML document with tags.
    """
    template = parse(source, is_html=True)
    if template.marked.count("{") * template.marked.count("<") > _WORK_LIMIT:
        return restore(clean_html(template.marked).html, template.tags, is_html=True)
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    try:
        inlined = inliner.inline(_protected(template.marked))
    except css_inline.InlineError:
        inlined = template.marked  # a style sheet that cannot be read is left to the mail programs
    inlined = _COMMENTED_MARK.sub(r"\1", inlined)
    if MARK.findall(inlined) != MARK.findall(template.marked):
        inlined = template.marked
    # Cleaned once more, because what a parser writes down may be read otherwise than what it was given.
    return restore(clean_html(inlined).html, template.tags, is_html=True)


def _protected(marked: str) -> str:
    """Make comments of the marks between elements."""
    pieces: list[str] = []
    table: int | None = None  # index of the piece behind the last <table>, while only blanks and marks follow
    for token in tokens(marked):
        piece = marked[token.start : token.end]
        if token.kind is TokenKind.TEXT and not token.is_in_comment:
            piece = MARK.sub(r"<!--\g<0>-->", piece)
            if table is not None and MARK.sub("", marked[token.start : token.end]).strip():
                table = None
        elif table is not None and _is_start(token, "tr") and len(pieces) > table:
            # Parsers add the missing <tbody> right here: behind the condition instead of before it.
            pieces.insert(table, "<tbody>")
            table = None
        elif token.kind is not TokenKind.COMMENT:
            table = None
        pieces.append(piece)
        if _is_start(token, "table"):
            table = len(pieces)
    return "".join(pieces)


def _is_start(token: Token, name: str) -> bool:
    return token.kind is TokenKind.START and token.name == name and not token.is_in_comment

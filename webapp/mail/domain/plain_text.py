"""The text part of a letter, made from its HTML with the tags kept."""

import html
import re

import html2text

from webapp.mail.domain.html_nesting import is_too_deep
from webapp.mail.domain.html_tokens import TokenKind, tokens
from webapp.mail.domain.tags import MARK, TagKind, restore
from webapp.mail.domain.template import Template, parse

LINE_WIDTH = 78

_LEAD = re.compile(r" {0,8}(?:> ){0,20}(?:[*+-] |[0-9]{1,4}\. )?")
_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t\xa0]+$", re.MULTILINE)


def text_from_html(source: str) -> str:
    """Turn HTML with tags into plain text with the same tags.

    Args:
        source: HTML without scripts.
    """
    template = parse(source, is_html=True)
    if is_too_deep(template.marked):  # a fault, but its author may look at the text before putting it right
        return tidy_text(_words_only(template.marked), template)
    converter = html2text.HTML2Text(
        bodywidth=0
    )  # its own wrapping is quadratic and cuts addresses at hyphens
    converter.ignore_tables = True
    converter.ignore_images = True
    converter.unicode_snob = True
    converter.protect_links = True
    lines = converter.handle(template.marked).split("\n")
    return tidy_text("\n".join(wrapped for line in lines for wrapped in _wrapped(line)), template)


def _words_only(marked: str) -> str:
    return "\n".join(
        html.unescape(marked[token.start : token.end]).strip()
        for token in tokens(marked)
        if token.kind is TokenKind.TEXT and not token.is_in_comment
    )


def _wrapped(line: str) -> list[str]:
    """Wrap a line at spaces; quotations keep their sign, list items their indent, preformatted text its width."""
    if len(line) <= LINE_WIDTH or line.startswith("    "):
        return [line]
    found = _LEAD.match(line)
    lead = found[0] if found else ""
    following = lead if ">" in lead else " " * len(lead)
    lines = [lead]
    for word in line[len(lead) :].split(" "):
        if len(lines[-1]) + len(word) <= LINE_WIDTH:
            lines[-1] += f"{word} "
        else:
            lines.append(f"{following}{word} ")
    return lines


def tidy_text(marked: str, template: Template) -> str:
    """Put the tags back into a text, and take away the lines that hold nothing but a condition.

    Args:
        marked: text with the marks of the template.
        template: whose tags they are.
    """
    text = _TRAILING.sub("", marked.replace("\r\n", "\n").replace("\r", "\n"))
    lines: list[str] = []
    glue = ""  # conditions that stood on lines of their own go to the beginning of the next
    is_after_condition = False
    for line in text.split("\n"):
        if _is_condition_only(line, template):
            glue += line.strip()
            is_after_condition = True
        elif is_after_condition and not line:
            is_after_condition = False
        else:
            lines.append(glue + line)
            glue, is_after_condition = "", False
    body = _BLANK_LINES.sub("\n\n", "\n".join(lines).strip("\n"))
    return restore(body + glue, template.tags, is_html=False) + "\n"


def _is_condition_only(line: str, template: Template) -> bool:
    numbers = [int(number) for number in MARK.findall(line)]
    if not numbers or MARK.sub("", line).strip():
        return False
    tags = template.tags
    return all(number < len(tags) and tags[number].kind is not TagKind.VALUE for number in numbers)

"""The text part of a letter, made from its HTML with the tags kept."""

import re

import html2text

from webapp.mail.domain.tags import MARK, TagKind, restore
from webapp.mail.domain.template import Template, parse

LINE_WIDTH = 78

_BLANK_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t\xa0]+$", re.MULTILINE)


def text_from_html(source: str) -> str:
    """Turn HTML with tags into plain text with the same tags.

    Args:
        source: HTML without scripts.
    """
    template = parse(source, is_html=True)
    converter = html2text.HTML2Text(bodywidth=LINE_WIDTH)
    converter.ignore_tables = True
    converter.ignore_images = True
    converter.unicode_snob = True
    converter.protect_links = True
    converter.wrap_links = False
    converter.single_line_break = False
    return tidy_text(converter.handle(template.marked), template)


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

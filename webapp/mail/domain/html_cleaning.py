"""Takes out of a letter only what can act in a reader's program, and keeps every other byte as it is."""

import html
from dataclasses import dataclass

from webapp.mail.domain.html_context import URL_ATTRIBUTES
from webapp.mail.domain.html_tokens import Token, TokenKind, tokens
from webapp.mail.domain.links import can_act
from webapp.mail.domain.tags import MARK

BODY_LIMIT = 1_000_000  # bytes of UTF-8; mail clients clip far earlier, and this bounds the work

# Gone with all that is inside, because inside them nothing is markup that could be judged.
_GONE_WHOLE = frozenset({"script", "iframe", "noembed", "noframes", "xmp", "plaintext", "textarea"})
# Only the tags go; what they enclose stays. Inside svg, math and noscript browsers read by other rules.
_TAGS_GONE = frozenset(
    {"form", "input", "button", "select", "option", "optgroup", "datalist", "output", "keygen", "isindex"}
    | {"object", "embed", "applet", "param", "frame", "frameset", "portal", "fencedframe", "base"}
    | {"svg", "math", "noscript", "template"}
)
_LOADING_LINKS = frozenset(
    {"stylesheet", "import", "preload", "modulepreload", "prefetch", "prerender", "preconnect"}
    | {"dns-prefetch", "manifest", "pingback"}
)
_ATTRIBUTES_GONE = frozenset({"srcdoc", "formaction", "action", "ping", "manifest"})

_WHITE = " \t\n\f\r"
_ENDS_ATTRIBUTE = frozenset(_WHITE + ">")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """HTML that cannot act.

    Args:
        html: what is left.
        removed: the names of what was taken out, each once: elements in angle brackets, attributes bare.
    """

    html: str
    removed: tuple[str, ...]


def clean_html(source: str) -> Cleaned:
    """Remove scripts, handlers, acting links, forms, frames, plug-ins, base and meta refresh.

    Each goes out for one space, so that what stood around it cannot join into something new. Works on HTML
    with marks as well as without.

    Args:
        source: any HTML, whole document or part.
    """
    kept: list[str] = []
    removed: dict[str, None] = {}
    for token in tokens(source):
        if _is_gone(source, token):
            removed[f"<{token.name}>"] = None
            kept.append(" ")
        elif token.kind is TokenKind.START and token.attributes:
            kept.append(_without_acting_attributes(source, token, removed))
        else:
            kept.append(source[token.start : token.end])
    return Cleaned("".join(kept), tuple(removed))


def _is_gone(source: str, token: Token) -> bool:
    if token.kind in (TokenKind.RAW, TokenKind.CAPTION):
        return token.name in _GONE_WHOLE
    if token.kind not in (TokenKind.START, TokenKind.END):
        return False
    if token.name in _GONE_WHOLE or token.name in _TAGS_GONE:
        return True
    if token.name.rpartition(":")[2] == "script":
        return True
    if token.kind is TokenKind.START and token.name == "link":
        relations = _values(source, token, "rel").split()
        return not relations or not _LOADING_LINKS.isdisjoint(relations)
    if token.kind is TokenKind.START and token.name == "meta":
        return "refresh" in _values(source, token, "http-equiv")
    return False


def _values(source: str, token: Token, name: str) -> str:
    """Return what an attribute says, all of them where it stands twice, lower case."""
    return " ".join(
        html.unescape(MARK.sub("", source[attribute.value_start : attribute.value_end])).lower()
        for attribute in token.attributes
        if attribute.name == name
    )


def _without_acting_attributes(source: str, token: Token, removed: dict[str, None]) -> str:
    kept: list[str] = []
    position = token.start
    for attribute in token.attributes:
        name = attribute.name
        is_gone = name.startswith("on") or name in _ATTRIBUTES_GONE
        if not is_gone and name in URL_ATTRIBUTES:
            value = html.unescape(MARK.sub("", source[attribute.value_start : attribute.value_end]))
            is_gone = any(can_act(part) for part in (value, *value.split(",")))
        if is_gone:
            removed[name] = None
            kept.append(source[position : attribute.start].rstrip(_WHITE))
            position = attribute.end
            if source[position : position + 1] not in _ENDS_ATTRIBUTE:
                kept.append(" ")
    kept.append(source[position : token.end])
    return "".join(kept)

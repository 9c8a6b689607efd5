"""How deep the elements of a page lie in one another: bounded, because parsers recurse and would crash."""

from collections import Counter

from webapp.mail.domain.html_tokens import Token, TokenKind, tokens

NESTING_LIMIT = 256  # real newsletters stay below 60

# Elements without an end tag, and those that the next of their kind ends: they do not nest by themselves.
_FLAT = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
    | {"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "html", "head", "body"}
)


class Nesting:
    """Counts open elements while tokens go by; an upper bound rather than what a parser would find."""

    def __init__(self, limit: int = NESTING_LIMIT) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()
        self._depth = 0

    def add(self, token: Token) -> bool:
        """Read the next token; False where it goes too deep."""
        if token.is_in_comment or token.name in _FLAT:
            return True
        if token.kind is TokenKind.START:
            self._open[token.name] += 1
            self._depth += 1
        elif token.kind is TokenKind.END and self._open[token.name]:
            self._open[token.name] -= 1
            self._depth -= 1
        return self._depth <= self._limit


def is_too_deep(html: str) -> bool:
    """Whether a page made of sound parts is deeper than what is safe to give to a parser."""
    nesting = Nesting(2 * NESTING_LIMIT)
    return not all(nesting.add(token) for token in tokens(html))

"""Which mail server a URL leads to, and the same URL with fewer connections."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from webapp.mail.esp.smtp_url import read_smtp_url


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as limits name it, ``host:port``, and how many connections its URL asks for."""

    name: str
    connections: int


def find_server(url: str) -> Server | None:
    """Return the server of a URL; None for carriers that are no mail server.

    Raises:
        OperatorError: it is a mail server's, and faulty.
    """
    if url.partition(":")[0].lower() not in {"smtp", "smtps"}:
        return None
    settings = read_smtp_url(url)
    return Server(f"{settings.host.lower()}:{settings.port}", settings.connections)


def with_connections(url: str, count: int) -> str:
    """Return a mail server's URL that opens so many connections at most."""
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name != "connections"]
    return parts._replace(query=urlencode([*options, ("connections", str(count))])).geturl()

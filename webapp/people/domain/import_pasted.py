"""Pasted addresses: lines, commas and semicolons, bare or as ``Name <address>``."""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

# A quoted part, a part in angle brackets, or any other character; what is quoted hides its commas.
_TOKEN = re.compile(r'"[^"]*"|<[^<>]*>|[^",;<]+|.', re.DOTALL)


def split_entries(line: str) -> list[str]:
    """Return the entries of one line.

    Semicolons part entries, and so do commas; but ``Doe, Jane <jane@x.org>``, as mail programs copy it,
    is one entry: a piece without an address belongs to the named one after it.
    """
    pieces: list[tuple[str, str]] = []  # (text, what ended it)
    held = ""
    for token in _TOKEN.findall(line):
        if token in {",", ";"}:
            pieces.append((held, token))
            held = ""
        else:
            held += token
    pieces.append((held, ""))
    entries: list[str] = []
    before = ""
    for text, end in pieces:
        text = f"{before},{text}" if before else text
        before = ""
        if end == "," and text.strip() and "@" not in text:
            before = text
            continue
        entries.append(text.strip())
    return [part for entry in entries if entry for part in _loosen(entry)]


def _loosen(entry: str) -> list[str]:
    """Return an entry as it is, or its parts where something before the first address is another entry."""
    if "," in entry and "<" not in entry:
        return [part.strip() for part in entry.split(",") if part.strip()]
    words = entry.split()
    if len(words) > 1 and all("@" in word for word in words):
        return words
    return [entry]


def split_named(entry: str) -> tuple[str, str]:
    """Return (address, name) of ``Name <address>``, ``Name address`` or a bare address; the name may be empty."""
    entry = entry.strip()
    if entry.endswith(">") and "<" in entry:
        name, _, address = entry[:-1].rpartition("<")
        name = name.strip()
        if len(name) > 1 and name[0] == name[-1] == '"':
            name = name[1:-1]
        return address.strip(), name.strip()
    name, _, address = entry.rpartition(" ")
    if name and "@" in address and "@" not in name:
        return address, name.strip()
    return entry, ""


def read_pasted(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the entry, [address, name]).

    Args:
        file: UTF-8; stays open.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace")
    number = 0
    try:
        for line in text:
            for entry in split_entries(line):
                number += 1
                yield number, list(split_named(entry))
    finally:
        text.detach()

"""Questions that tests put to a running service or to the system's list of processes."""

import os
from pathlib import Path

import psycopg


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def ask(url: str, question: str) -> object:
    with connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def processes_below(folder: Path) -> list[str]:
    """Return the command lines of living processes that name the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it ended while we were reading
            if str(folder) in command:
                found.append(command)
    return found

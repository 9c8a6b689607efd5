"""Ports on loopback: is one free, and which one was ours the last time."""

import socket
from pathlib import Path

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def next_free_port(first: int, count: int = 100) -> int:
    """Return the first free port from ``first`` on, or any when all ``count`` are taken."""
    for port in range(first, min(first + count, 65536)):
        if is_free(port):
            return port
    return any_free_port()


def remembered_port(file: Path) -> int:
    """Return the port in the file while it is free, else a new one, which is written there."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        port = 0
    if 1024 <= port < 65536 and is_free(port):
        return port
    return new_port(file)


def new_port(file: Path) -> int:
    """Choose another free port and remember it in the file."""
    port = any_free_port()
    file.write_text(f"{port}\n")
    return port

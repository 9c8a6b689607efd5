"""The demo's mail server: takes every letter, delivers none, and keeps the newest ones for the inbox page.

``python -m webapp.demo.sink --host 127.0.0.1 --port 2525 --store letters.sqlite3``

A letter is answered with 250 as soon as it is in the memory of this process, and is written within a fifth of
a second: a process that is killed outright may lose what came in last. Good enough for a demo, and the reason
why it is nothing else. SIGTERM and SIGINT write everything, then stop. It listens on loopback addresses only.
"""

import argparse
import asyncio
import ipaddress
import signal
import sqlite3
import sys
from pathlib import Path

from webapp.demo.sink_desk import Desk
from webapp.demo.sink_protocol import Conversation
from webapp.demo.store import Arrival
from webapp.demo.store_writer import FULL_AT_BYTES, LetterWriter

DEFAULT_KEEP_COUNT = 20_000
_BACKLOG = 512


def main(arguments: list[str] | None = None) -> int:
    """Run the server until it is told to stop.

    Args:
        arguments: the command line without the program's name; None takes that of the process.

    Returns:
        The exit code: 0 stopped as asked, 1 could not listen or write, 2 (raised by argparse) bad arguments.
    """
    options = _parse(arguments)
    try:
        return asyncio.run(_serve(options.host, options.port, options.store, options.keep))
    except (OSError, sqlite3.Error) as error:
        print(f"mail sink: {error}", file=sys.stderr)
        return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m webapp.demo.sink", description="The demo's mail server")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free one")
    parser.add_argument("--store", type=Path, required=True, help="the SQLite file of the letters")
    parser.add_argument("--keep", type=_positive, default=DEFAULT_KEEP_COUNT, help="how many letters stay")
    return parser.parse_args(arguments)


def _loopback(host: str) -> str:
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if not is_loopback:
        raise argparse.ArgumentTypeError(
            f"{host} is not a loopback address; the sink takes mail from anybody"
        )
    return host


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("keep at least one letter")
    return number


async def _serve(host: str, port: int, store: Path, keep_count: int) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    failures: list[Exception] = []

    def fail(error: Exception) -> None:
        failures.append(error)
        loop.call_soon_threadsafe(stop.set)

    def keep(arrival: Arrival) -> None:
        writer.add(arrival)
        if writer.waiting_bytes > FULL_AT_BYTES and not desk.is_behind:
            desk.hold_all()

    def read_on() -> None:
        if desk.is_behind and writer.waiting_bytes < FULL_AT_BYTES // 2:
            desk.release_all()

    def flushed() -> None:
        loop.call_soon_threadsafe(read_on)

    desk = Desk(keep)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: Conversation(desk), host, port, backlog=_BACKLOG)
    try:
        writer = LetterWriter(
            store,
            keep_count=keep_count,
            on_flushed=flushed,
            on_failed=fail,
        )
        try:
            print(
                f"mail sink ready on {host}:{server.sockets[0].getsockname()[1]}, letters in {store}",
                flush=True,
            )
            await stop.wait()
        finally:
            server.close()
            for conversation in list(desk.conversations):
                conversation.say_goodbye()
            await asyncio.to_thread(writer.close)
    finally:
        server.close()
    if failures:
        print(f"mail sink: cannot keep letters: {failures[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

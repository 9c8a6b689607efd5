"""Stands between workers and PostgreSQL, and now and then swallows the answer to a COMMIT that was obeyed.

``python -m tests.faults.database_proxy --port 1 --server 2 --share 0.1 --seed 3``
"""

import argparse
import asyncio
import random
import signal

_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # a simple query, as every commit is sent


class Proxy:
    """Relays sessions.

    Args:
        server: PostgreSQL's port on loopback.
        share: of the COMMITs whose answer nobody gets to see.
        seed: of what is drawn.
    """

    def __init__(self, server: int, share: float, seed: int) -> None:
        self._server = server
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 -- faults have to be drawn again alike

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one session until either side hangs up, or an answer is swallowed."""
        try:
            answers, questions = await asyncio.open_connection("127.0.0.1", self._server)
        except OSError:
            writer.close()
            return
        swallow = asyncio.Event()
        down = asyncio.create_task(self._answer(answers, writer, swallow))
        while data := await _read(reader):
            if data.endswith(_COMMIT) and self._random.random() < self._share:
                swallow.set()
            questions.write(data)
        questions.close()
        await down
        writer.close()

    async def _answer(
        self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter, swallow: asyncio.Event
    ) -> None:
        while data := await _read(answers):
            if swallow.is_set():
                break
            writer.write(data)
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65_536)
    except OSError:
        return b""


async def serve(port: int, proxy: Proxy) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(proxy.relay, "127.0.0.1", port)
    await stop.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server", type=int, required=True)
    parser.add_argument("--share", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.port, Proxy(options.server, options.share, options.seed)))


if __name__ == "__main__":
    main()

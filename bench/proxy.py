"""A road of some length to a mail server: passes bytes on a while later each way, and looks at none of them."""

import argparse
import asyncio


class End(asyncio.Protocol):
    """One end of a connection through the proxy.

    Args:
        seconds: after which bytes arrive at the other end.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and write what has arrived already."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        for data in self._waiting:
            transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Send bytes on their way."""
        if self.other is not None:
            self._loop.call_later(self._seconds, self.other.write, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the other end, as late as everything else."""
        if self.other is not None:
            self._loop.call_later(self._seconds, self.other.close)

    def write(self, data: bytes) -> None:
        """Let bytes arrive."""
        if self._transport is None:
            self._waiting.append(data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Near(End):
    """The end that a client has called; it calls the server.

    Args:
        seconds: as of both ends.
        target: the server's port on loopback.
    """

    def __init__(self, seconds: float, target: int) -> None:
        super().__init__(seconds)
        self.other = far = End(seconds)
        far.other = self
        self._calling = self._loop.create_task(self._loop.create_connection(lambda: far, "127.0.0.1", target))


async def serve(port: int, target: int, seconds: float) -> None:
    """Serve a port of loopback until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Near(seconds, target), "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", type=int, required=True)
    parser.add_argument("--milliseconds", type=float, required=True, help="each way")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.target, options.milliseconds / 1000))


if __name__ == "__main__":
    main()

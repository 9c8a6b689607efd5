"""A road of some length to a mail server: passes bytes on a while later each way, and looks at none of them."""

import argparse
import selectors
import socket
import time
from collections import deque

_BUFFER = 1 << 18
_EARLY = 0.0005  # seconds: waiting is exact to a millisecond, so that what is nearly due goes at once


class Road:
    """The proxy; bytes of all connections travel equally long, so that one line holds them in order.

    Args:
        target: the server's port on loopback.
        seconds: that bytes travel, each way.
    """

    def __init__(self, target: int, seconds: float) -> None:
        self._target, self._seconds = target, seconds
        self._ready = selectors.DefaultSelector()
        self._travelling: deque[tuple[float, socket.socket, bytes]] = deque()

    def serve(self, port: int) -> None:
        """Serve a port of loopback until the process is ended."""
        server = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._ready.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in self._ready.select(self._arrive()):
                if key.data is None:
                    self._open(server.accept()[0])
                elif isinstance(key.fileobj, socket.socket):
                    self._depart(key.fileobj, key.data)

    def _open(self, client: socket.socket) -> None:
        """Call the server for a client."""
        far = socket.create_connection(("127.0.0.1", self._target))
        for one, other in ((client, far), (far, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ready.register(one, selectors.EVENT_READ, other)

    def _depart(self, near: socket.socket, far: socket.socket) -> None:
        """Take bytes in at one end; none is the end of the connection, which travels like everything else."""
        try:
            data = near.recv(_BUFFER)
        except OSError:
            data = b""
        self._travelling.append((time.monotonic() + self._seconds, far, data))
        if not data:
            self._ready.unregister(near)

    def _arrive(self) -> float | None:
        """Let bytes out whose time has come; return the seconds until more have to."""
        while self._travelling:
            left = self._travelling[0][0] - time.monotonic()
            if left > _EARLY:
                return left
            _, far, data = self._travelling.popleft()
            try:
                if data:
                    far.sendall(data)
                else:
                    far.shutdown(socket.SHUT_WR)
            except OSError:
                continue  # that end has gone; the other is told when reading there says so
        return None


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", type=int, required=True)
    parser.add_argument("--milliseconds", type=float, required=True, help="each way")
    options = parser.parse_args()
    Road(options.target, options.milliseconds / 1000).serve(options.port)


if __name__ == "__main__":
    main()

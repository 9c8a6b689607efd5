"""A mail server that costs next to nothing: it counts letters, and keeps none.

``smtp-sink`` reads a letter byte for byte, which costs more than to send one. This one looks for the final dot and
drops the rest, so that one process keeps up with two workers. It can take its time for each letter, be a long way
off, offer no PIPELINING, and count letters to some recipients apart.
"""

import argparse
import heapq
import mmap
import selectors
import socket
import time
from itertools import count
from pathlib import Path

CELLS = (
    5  # letters, first, last; watched letters, last of them; instants in nanoseconds of the monotonic clock
)
_END = b"\r\n.\r\n"
_BUFFER = 1 << 18
EARLY = 0.0005  # seconds: waiting is exact to a millisecond, so that what is nearly due goes at once
_OFFERS = (b"8BITMIME", b"SMTPUTF8", b"ENHANCEDSTATUSCODES")


class Tally:
    """What a sink has counted, shared between it and whoever watches through a mapped file.

    Args:
        path: the file; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8 * CELLS))
        with path.open("r+b") as file:
            self._cells = memoryview(mmap.mmap(file.fileno(), 8 * CELLS)).cast("Q")

    @property
    def letters(self) -> int:
        """Return how many letters were accepted."""
        return self._cells[0]

    @property
    def watched(self) -> int:
        """Return how many of them went to recipients that are watched."""
        return self._cells[3]

    @property
    def watched_at(self) -> float:
        """Return when the last of those came, in seconds of the monotonic clock."""
        return self._cells[4] / 1e9

    def add(self, letters: int, watched: int) -> None:
        """Count letters that were accepted just now."""
        cells, at = self._cells, time.monotonic_ns()
        cells[1] = cells[1] or at
        cells[2] = at
        if watched:
            cells[4] = at
            cells[3] += watched
        cells[0] += letters


class Talk:
    """One connection.

    Args:
        client: its socket.
        sink: to which it belongs.
    """

    def __init__(self, client: socket.socket, sink: "Sink") -> None:
        self.client = client
        self._sink = sink
        self._tail = b""
        self._is_content = False
        self._is_watched = False
        self._due = 0.0  # nothing may be answered before
        self.answer([b"220 sink ESMTP\r\n"])

    def read(self, data: bytes) -> None:
        """Take in bytes, and answer what is complete."""
        data = self._tail + data
        letters = watched = at = 0
        answers: list[bytes] = []
        while True:
            if self._is_content:
                end = data.find(_END, at)
                if end < 0:
                    self._tail = data[max(at, len(data) - len(_END) + 1) :]
                    break
                at = end + len(_END)
                self._is_content = False
                letters, watched = letters + 1, watched + self._is_watched
                if self._sink.seconds:
                    self.answer(answers)
                    self._take_time()
                    answers = []
                answers.append(b"250 2.0.0 Ok\r\n")
                continue
            end = data.find(b"\n", at) + 1
            if not end:
                self._tail = data[at:]
                break
            answers.append(self._obey(data[at:end]))
            at = end
            if answers[-1].startswith(
                b"354"
            ):  # the dot may be all there is, so that its line has to begin somewhere
                data, at = b"\r\n" + data[at:], 0
        if letters:
            self._sink.tally.add(letters, watched)
        self.answer(answers)

    def _obey(self, line: bytes) -> bytes:
        """Return the answer to a command."""
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._is_watched = self._sink.watched != b"" and self._sink.watched in line
            return b"250 2.1.5 Ok\r\n"
        if verb == b"DATA":
            self._is_content = True
            return b"354 End with a dot\r\n"
        if verb == b"EHLO":
            return (
                b"".join(b"250-%b\r\n" % offer for offer in (b"sink", *self._sink.offers)) + b"250 HELP\r\n"
            )
        return b"221 2.0.0 Bye\r\n" if verb == b"QUIT" else b"250 2.1.0 Ok\r\n"

    def _take_time(self) -> None:
        """Work on a letter; what comes after it is answered together with it, as servers do that read ahead."""
        self._due = max(self._due, time.monotonic() + self._sink.away) + self._sink.seconds

    def answer(self, answers: list[bytes]) -> None:
        """Write answers, now or when they are due: after the letter before them, after the way there and back."""
        if not answers:
            return
        now = time.monotonic() if self._sink.is_late else 0.0
        self._due = max(self._due, now + self._sink.away)
        if self._due > now:
            self._sink.later(self._due, self, b"".join(answers))
        else:
            self.write(b"".join(answers))

    def write(self, answers: bytes) -> None:
        """Write answers; they are short, so that they fit into what the machine keeps for a connection."""
        try:
            self.client.send(answers)
        except OSError:
            return  # the client has gone; reading says so, too


class Sink:
    """The server.

    Args:
        tally: where it counts.
        seconds: that each letter takes.
        away: seconds that the way there and back takes.
        offers: extensions that it names.
        watched: part of a recipient's address whose letters are counted apart, empty for none.
    """

    def __init__(
        self, tally: Tally, seconds: float, offers: tuple[bytes, ...], watched: bytes, away: float = 0.0
    ) -> None:
        self.tally, self.seconds, self.offers, self.watched = tally, seconds, offers, watched
        self.away = away
        self.is_late = bool(seconds or away)
        self._late: list[tuple[float, int, Talk, bytes]] = []
        self._numbers = count()

    def later(self, due: float, talk: Talk, answers: bytes) -> None:
        """Keep answers until they are due."""
        heapq.heappush(self._late, (due, next(self._numbers), talk, answers))

    def serve(self, port: int) -> None:
        """Serve a port of loopback until the process is ended."""
        ready = selectors.DefaultSelector()
        server = socket.create_server(("127.0.0.1", port), backlog=1024)
        server.setblocking(False)
        ready.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select(self._patience()):
                talk: Talk | None = key.data
                if talk is None:
                    client, _ = server.accept()
                    client.setblocking(False)
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    ready.register(client, selectors.EVENT_READ, Talk(client, self))
                    continue
                try:
                    data = talk.client.recv(_BUFFER)
                except OSError:
                    data = b""
                if data:
                    talk.read(data)
                else:
                    ready.unregister(talk.client)
                    talk.client.close()

    def _patience(self) -> float | None:
        """Write what is due; return the seconds until more is."""
        while self._late:
            left = self._late[0][0] - time.monotonic()
            if left > EARLY:
                return (round(left * 1000) - 0.5) / 1000  # waiting rounds up; so it is as often early as late
            _, _, talk, answers = heapq.heappop(self._late)
            talk.write(answers)
        return None


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tally", type=Path, required=True)
    parser.add_argument("--milliseconds", type=float, default=0.0)
    parser.add_argument("--away", type=float, default=0.0, help="milliseconds there and back")
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--watch", default="")
    options = parser.parse_args()
    offers = _OFFERS if options.no_pipelining else (b"PIPELINING", *_OFFERS)
    watched, seconds = options.watch.encode(), options.milliseconds / 1000
    sink = Sink(Tally(options.tally), seconds, offers, watched, options.away / 1000)
    sink.serve(options.port)


if __name__ == "__main__":
    main()

"""The mail servers that letters of a bench end at, each with a count of what it really got."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import Processes, wait_for_port
from bench.sink import Tally
from webapp.demo.ports import any_free_port

SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
MOST_CONNECTIONS = 1024
_LAST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PostfixSink:
    """Postfix's ``smtp-sink``, which writes a counter for each letter."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    name: str = "smtp-sink"

    def count(self) -> int:
        """Return how many letters it has accepted since it was started."""
        with self.log.open("rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - _LAST_BYTES, 0))
            found = re.findall(rb"mesg=(\d+)\r", file.read())
        return int(found[-1]) if found else 0


@dataclass(frozen=True, slots=True)
class OwnSink:
    """The bench's own sink."""

    port: int
    process: subprocess.Popen[bytes]
    tally: Tally
    name: str = "bench.sink"

    def count(self) -> int:
        """Return how many letters it has accepted since it was started, those that are watched left out."""
        return self.tally.letters - self.tally.watched


@dataclass(frozen=True, slots=True)
class Server:
    """What kind of mail server is wanted.

    Args:
        is_own: the bench's own sink rather than Postfix's; it costs less, and knows the options below.
        has_pipelining: it is offered.
        milliseconds: that each letter takes (own sink).
        watch: part of a recipient's address whose letters are counted apart (own sink).
        away: milliseconds to it and back (own sink).
    """

    is_own: bool = False
    has_pipelining: bool = True
    milliseconds: float = 0.0
    watch: str = ""
    away: float = 0.0


@dataclass(slots=True)
class Sinks:
    """Starts mail servers.

    Args:
        processes: to which they belong.
        folder: for the files in which they count.
    """

    processes: Processes
    folder: Path
    _number: int = field(default=0)

    def start(self, server: Server) -> PostfixSink | OwnSink:
        """Start a mail server and return when it listens."""
        started = self._start_own(server) if server.is_own or SINK is None else self._start_postfix(server)
        wait_for_port(started.port)
        return started

    def _start_postfix(self, server: Server) -> PostfixSink:
        port = any_free_port()
        command = [SINK or "", "-c", "-m", str(MOST_CONNECTIONS)]
        command += ["-u", "nobody"] if os.geteuid() == 0 else []
        command += [] if server.has_pipelining else ["-p"]
        process = self.processes.start(*command, f"127.0.0.1:{port}", "1000")
        return PostfixSink(port, process, self.processes.log_path(process))

    def _start_own(self, server: Server) -> OwnSink:
        port = any_free_port()
        self._number += 1
        path = self.folder / f"tally-{self._number}"
        tally = Tally(path)
        arguments = ["--port", str(port), "--tally", str(path), "--milliseconds", str(server.milliseconds)]
        arguments += ["--away", str(server.away)]
        arguments += [] if server.has_pipelining else ["--no-pipelining"]
        arguments += ["--watch", server.watch] if server.watch else []
        return OwnSink(port, self.processes.start_module("bench.sink", *arguments), tally)

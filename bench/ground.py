"""What every measurement stands on: services of its own, and for each run a new database and new processes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import create_engine, make_url, text

from bench.processes import Processes
from bench.sinks import Sinks
from webapp.app import create_app
from webapp.core.database import db
from webapp.settings import read_settings

TEMPLATE = "bench_template"
SETTINGS = {
    "PUBLIC_URL": "https://mail.example.org",
    "SECRET_KEY": "of-the-bench-only-0123456789abcdef0123456789",
    "SMTP_URL": "memory:",  # of this process, which sends nothing; workers are told theirs
}


@dataclass(slots=True)
class Run:
    """One run of one measurement.

    Args:
        number: counts from 1.
        letters: how many were asked for.
        environment: settings of all processes.
        app: the application, for pressing Send.
        processes: what runs.
        sinks: starts mail servers.
        faults: sentences about what must not be; each makes the bench fail.
        shots: what several measurements look at, by the number of the run.
    """

    number: int
    letters: int
    environment: dict[str, str]
    app: Flask
    processes: Processes
    sinks: Sinks
    faults: list[str]
    shots: dict[int, Any]


class Ground:
    """Databases for runs, made from one that was brought up to date once.

    Args:
        services: DATABASE_URL and REDIS_URL; the role may make databases.
        folder: for logs and counts.
    """

    def __init__(self, services: Mapping[str, str], folder: Path) -> None:
        self._services = services
        self._folder = folder
        self._made = 0
        self._shots: dict[int, Any] = {}
        self.faults: list[str] = []
        self._administer(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
        app = create_app(read_settings(self._environment(TEMPLATE), services_file=None))
        with app.app_context():
            upgrade(directory=str(app.extensions["migrate"].directory))
            db.engine.dispose()

    def _administer(self, *statements: str) -> None:
        engine = create_engine(make_url(self._services["DATABASE_URL"]), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def _environment(self, database: str) -> dict[str, str]:
        url = make_url(self._services["DATABASE_URL"]).set(database=database)
        return {**self._services, **SETTINGS, "DATABASE_URL": url.render_as_string(hide_password=False)}

    @contextmanager
    def open_run(self, number: int, letters: int) -> Iterator[Run]:
        """Open a run on a database of its own, inside an application context; all its processes end with it."""
        self._made += 1
        name = f"bench_{self._made}"
        self._administer(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        with Redis.from_url(self._services["REDIS_URL"]) as redis:
            redis.flushdb()
        environment = self._environment(name)
        folder = self._folder / name
        folder.mkdir()
        app = create_app(read_settings(environment, services_file=None))
        processes = Processes(environment, folder)
        sinks = Sinks(processes, folder)
        with app.app_context():
            try:
                yield Run(number, letters, environment, app, processes, sinks, self.faults, self._shots)
            finally:
                processes.stop()
                db.session.remove()
                db.engine.dispose()
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

"""The services that the tests talk to: a real PostgreSQL and a real Valkey, new in every run of pytest."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from passlib.context import CryptContext
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.compiled_templates import forget_compiled_templates, share_compiled_templates
from tests.processes import Machinery
from webapp.app import create_app
from webapp.core.database import db
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.services import EmbeddedPostgres, EmbeddedValkey
from webapp.settings import read_settings
from webapp.web.extensions import limiter, security

BROWSER = Path(__file__).parent / "browser"
FAULTS = Path(__file__).parent / "faults"
LONGEST = ("test_compose", "test_tour", "test_watch", "test_journey")  # files of a minute and more

# Passwords are slow to guess on purpose; the tests sign in several hundred times.
QUICK_PASSWORDS = CryptContext(
    schemes=["argon2"], argon2__rounds=1, argon2__memory_cost=64, argon2__parallelism=1
)
FEW = 200  # rows of a table; up to here deleting them is quicker than to truncate


def pytest_configure(config: pytest.Config) -> None:
    """Share compiled templates between the processes of a run; the first of them throws away an earlier run's."""
    if not hasattr(config, "workerinput"):  # what pytest-xdist gives those that share out the tests
        forget_compiled_templates()
    share_compiled_templates()
    gc.set_threshold(50_000, 20, 20)  # by default each thirteenth second went into looking for garbage


def pytest_collection_finish() -> None:
    """Spare the collector what is there to stay: the libraries and the tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last: its driver keeps an event loop running, beside which no other may be started.

    Of these the longest files come first, so that no process waits long for another at the end. The faults come before
    all others, since they mostly wait; first of them the one that adds networks to the machine, at which a browser
    drops what it is loading.
    """
    items.sort(key=place_in_order)


def place_in_order(item: pytest.Item) -> int:
    """Return when a test is run: among its equals a test keeps its place."""
    if not item.path.is_relative_to(BROWSER):
        return -1 - ("host_cut_off" in item.name) if item.path.is_relative_to(FAULTS) else 0
    return 1 + (LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """A folder that the account which runs the services can reach (pytest's own is closed to it when we are root)."""
    folder = make_temporary_folder(find_account())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(services_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL with the empty database ``postroom``; its role may create more (``url_of`` names them).

    Shared by the whole run: a test that stops or kills a server makes one of its own.
    """
    with EmbeddedPostgres(services_folder / "postgres", fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(services_folder: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey, empty at first, shared by the whole run."""
    with EmbeddedValkey(services_folder / "valkey") as server:
        yield server


@pytest.fixture(scope="session")
def services_environment(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> dict[str, str]:
    """The settings that belong to the services; what else an application needs is added by whoever makes one."""
    return {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": valkey.url,
        "PUBLIC_URL": "http://localhost",
        "SECRET_KEY": "for-tests-only-0123456789abcdef0123456789abcdef",
        "POSTROOM_DEMO": "1",
    }


@pytest.fixture(scope="session")
def app(services_environment: dict[str, str]) -> Flask:
    """The application on a migrated database; letters stay in memory unless a test starts real workers."""
    settings = read_settings({**services_environment, "SMTP_URL": "memory:"}, services_file=None)
    app = create_app(settings)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        upgrade(directory=str(app.extensions["migrate"].directory))
    return app


@pytest.fixture
def kept_database(app: Flask) -> Iterator[Session]:
    """The database as the last test left it, inside an application context; nobody is limited in how often they ask.

    Every application that is made switches the limits on again, and the slow hashes of passwords.
    """
    limiter.enabled = False
    security.pwd_context = QUICK_PASSWORDS
    with app.app_context():
        yield db.session()
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def database(kept_database: Session) -> Session:
    """An empty database, inside an application context."""
    empty_database()
    return kept_database


def empty_database() -> None:
    """Empty the database of the application."""
    with db.engine.begin() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        empty(connection)


def empty(connection: Connection) -> None:
    """Empty every table and let every number begin at 1 again.

    To truncate costs two files for a table and one for each of its indexes, whether anything was in it or not;
    most tests leave a handful of rows, and a table whose numbers have not begun has none.
    """
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]  # whoever points at others first
    tables.sort(key=lambda name: name != "email_logs")  # their trigger writes tallies while they are deleted
    counted = {
        table.name
        for table in db.metadata.tables.values()
        if "id" in table.columns and table.columns["id"].identity
    }
    numbers = connection.execute(
        text("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
    )
    last = {str(name).removesuffix("_id_seq"): int(number) for name, number in numbers}
    if max(last.values(), default=0) > FEW:
        connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
        return
    if "host_applications" in last or "events" in last:
        # an application points at an event and an event at its application: one of both has to let go first
        connection.execute(text("UPDATE events SET host_application_id = NULL, previous_event_id = NULL"))
    filled = [table for table in tables if table in last or table not in counted]
    connection.execute(text("".join(f"DELETE FROM {table};" for table in filled)))
    connection.execute(
        text(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
            " FROM pg_sequences WHERE last_value IS NOT NULL"
        )
    )


@pytest.fixture
def machinery(
    app: Flask,
    database: Session,
    valkey: EmbeddedValkey,
    services_environment: dict[str, str],
    tmp_path: Path,
) -> Iterator[Machinery]:
    """Real processes on the test's database: mail sink, workers, ticker, web; started when a test asks."""
    with Machinery(services_environment, tmp_path) as machinery:
        yield machinery

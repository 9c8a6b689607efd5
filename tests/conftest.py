"""The services that the tests talk to: a real PostgreSQL and a real Valkey, new in every run of pytest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.services import EmbeddedPostgres, EmbeddedValkey


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

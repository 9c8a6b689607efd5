"""The ground that faults happen on: a PostgreSQL and a Valkey of the suite's own, migrated, watched, emptied."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from flask_migrate import upgrade

from tests.conftest import QUICK_PASSWORDS, empty
from tests.faults.disk import SmallDisk
from tests.faults.history import forget_moves, watch_moves
from webapp.app import create_app
from webapp.core.database import db
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.services import EmbeddedPostgres, EmbeddedValkey
from webapp.settings import read_settings
from webapp.web.extensions import limiter, security


class Grounds:
    """Services and an application on them, shared by the faults of one process.

    Args:
        keep: leave the folder with all logs when it is over.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self._keep = keep
        self.folder = make_temporary_folder(find_account())
        self.disk = SmallDisk.mount(self.folder / "disk")
        self.postgres = EmbeddedPostgres(
            (self.disk.folder if self.disk else self.folder) / "postgres", fast=True
        )
        self.valkey = EmbeddedValkey(self.folder / "valkey")
        self._count = 0

    def __enter__(self) -> Self:
        self.postgres.start()
        self.valkey.start()
        self.environment = {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "PUBLIC_URL": "http://localhost",
            "SECRET_KEY": "of-the-faults-only-0123456789abcdef0123456789",
            "POSTROOM_DEMO": "1",
        }
        self.app = create_app(read_settings({**self.environment, "SMTP_URL": "memory:"}, services_file=None))
        self.app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
        with self.app.app_context():
            upgrade(directory=str(self.app.extensions["migrate"].directory))
            watch_moves()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.app.app_context():
            db.engine.dispose()
        self.valkey.close()
        self.postgres.close()
        if self.disk is not None:
            self.disk.unmount()
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def clear(self) -> Path:
        """Bring the services back to life, forget all rows, and return a new folder for one fault."""
        limiter.enabled = False
        security.pwd_context = QUICK_PASSWORDS
        for server in (self.postgres, self.valkey):
            if not server.is_running:
                server.start()
        db.session.remove()
        db.engine.dispose()
        with db.engine.begin() as connection:
            empty(connection)
        forget_moves()
        self._count += 1
        folder = self.folder / f"fault-{self._count}"
        folder.mkdir()
        return folder

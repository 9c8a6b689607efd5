"""Build the part of the application that has no pages: what every process runs on."""

import os
import sys
from collections.abc import Callable, Sequence

from flask import Flask

from webapp.core.database import db, ping_when_rested
from webapp.core.errors import OperatorError
from webapp.core.registry import load_all
from webapp.core.tokens import TokenKeys
from webapp.core.vault import Vault
from webapp.core.wake import install_ringer
from webapp.jobs.bell import Bell
from webapp.logs import configure_logs
from webapp.settings import CHECKOUT, Settings, read_settings

MODELS = ("webapp.people.models", "webapp.mail.models", "webapp.programme.models")
SENDING = ("webapp.catalog.segments", "webapp.catalog.merge_fields")
"""What a worker freezes and writes letters with; whatever its chores need beside it, they load themselves."""

CATALOG = (
    *SENDING,
    "webapp.catalog.letter_roles",
    "webapp.catalog.triage",
    "webapp.catalog.rules",
    "webapp.catalog.concerns",
    "webapp.catalog.evidence",
)
CANNOT_LOAD = (
    4  # the status with which a worker of gunicorn tells its master to give up instead of trying again
)

# A host that is cut off in mid-transaction would keep its locks until the database's TCP gives up, which takes hours,
# and would itself wait for an answer for a quarter of an hour (libpq's connection parameters; seconds, milliseconds).
WHEN_CUT_OFF = {
    "options": "-c idle_in_transaction_session_timeout=60s",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def create_base(settings: Settings | None = None, *, catalog: Sequence[str] = CATALOG) -> Flask:
    """Build an application without pages: settings, keys, database, catalog, bell.

    A worker needs nothing else, and of the catalog a part; pages and their libraries would cost each of its
    processes a second of start and tens of megabytes.

    Args:
        settings: what this installation was told; read from the environment when not given.
        catalog: the packages of the catalog that the process needs.

    Returns:
        The application, which has not yet spoken to any service.

    Raises:
        OperatorError: a setting is missing or wrong.
    """
    settings = settings or read_settings(os.environ)
    configure_logs(settings.log_format)
    app = Flask("webapp", root_path=str(CHECKOUT), template_folder="templates", static_folder="static")
    app.config.from_mapping(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_use_lifo": True,  # what is in use stays warm, the rest rests
            "pool_size": 10,
            "max_overflow": 10,
            "connect_args": WHEN_CUT_OFF,
        },
    )
    app.extensions["settings"] = settings
    app.extensions["tokens"] = TokenKeys(settings.secret_keys)
    app.extensions["vault"] = Vault(settings.secret_keys)
    db.init_app(app)
    with app.app_context():
        ping_when_rested(db.engine)
    app.extensions["bell"] = bell = Bell(settings.redis_url)
    install_ringer(app.extensions, bell.ring)
    for package in (*MODELS, *catalog):
        load_all(package)
    return app


def create_or_exit(create: Callable[[], Flask]) -> Flask:
    """Build the application of a process, or end the process with a list of everything that is wrong.

    Args:
        create: builds it from the environment.
    """
    try:
        return create()
    except OperatorError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 -- there is no log yet
        sys.exit(CANNOT_LOAD)

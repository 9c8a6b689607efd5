"""Run migrations against the database of the application that is at hand."""

from alembic import context
from flask import current_app

from webapp.core.database import db

target_metadata = db.metadata


def run() -> None:
    """Migrate on one connection, all in one transaction; a lock lets two releases at once take turns."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7061670)")
            context.run_migrations()


run()

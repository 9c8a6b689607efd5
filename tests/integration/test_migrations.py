"""What the migrations make is what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from webapp.base import create_base
from webapp.core.database import db
from webapp.mail.models.packed import END, NAME, NOTHING, unpack
from webapp.settings import read_settings


def test_models_and_migrations_agree(database: Session) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_a_name_that_is_kept_once_is_written_out_on_the_way_back(
    app: Flask, database: Session, services_environment: dict[str, str]
) -> None:
    url = make_url(services_environment["DATABASE_URL"]).set(database="way_back")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE way_back"))
    told = {**services_environment, "SMTP_URL": "memory:", "DATABASE_URL": url.render_as_string(False)}
    other = create_base(read_settings(told, services_file=None))
    directory = str(app.extensions["migrate"].directory)
    values = text("SELECT merge_values FROM email_logs")
    with other.app_context():
        Migrate(other, db, directory)
        upgrade(directory)
        with db.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO email_logs (shoot_id, seq, person_id, state, name, merge_values)"
                    " VALUES (1, 0, 1, 'pending', 'Zoë O''Hara', :packed)"
                ),
                {"packed": f"Zo\u00eb{END}{NAME}{END}{NOTHING}{END}"},
            )
        downgrade(directory, "0006")
        with db.engine.connect() as connection:
            assert unpack(connection.scalars(values).one()) == ["Zoë", "Zoë O'Hara", None]
        upgrade(directory)
        with db.engine.connect() as connection:
            assert unpack(connection.scalars(values).one()) == ["Zoë", "Zoë O'Hara", None]
        db.engine.dispose()

"""Connections that wait in the pool: those that died meanwhile are never handed out after a rest."""

from sqlalchemy import Engine, create_engine, text

from webapp.core.database import ping_when_rested
from webapp.demo.services import EmbeddedPostgres

PROCESS = text("SELECT pg_backend_pid()")


def process_of(engine: Engine) -> int:
    """Return the number of the server's process at the other end."""
    with engine.connect() as connection:
        return int(connection.execute(PROCESS).scalar_one())


def end(postgres: EmbeddedPostgres, process: int) -> None:
    """End a connection from outside, as a restart of the server does."""
    other = create_engine(postgres.url)
    with other.connect() as connection:
        assert connection.execute(
            text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": process}
        ).scalar_one()
    other.dispose()


def test_a_connection_that_died_while_it_rested_is_replaced(postgres: EmbeddedPostgres) -> None:
    engine = create_engine(postgres.url, pool_size=1, max_overflow=0)
    ping_when_rested(engine, rest=0.0)
    first = process_of(engine)
    assert process_of(engine) == first, "one that lives is kept"
    end(postgres, first)
    assert process_of(engine) != first
    engine.dispose()


def test_one_that_was_used_just_now_is_not_asked(postgres: EmbeddedPostgres) -> None:
    engine = create_engine(postgres.url, pool_size=1, max_overflow=0)
    ping_when_rested(engine, rest=600.0)
    other = create_engine(postgres.url)
    first = process_of(engine)
    with engine.connect(), other.connect() as connection:
        last = text("SELECT query FROM pg_stat_activity WHERE pid = :pid")
        assert connection.execute(last, {"pid": first}).scalar_one() == "ROLLBACK"
    engine.dispose()
    other.dispose()

"""The database as the models see it: one metadata, one naming of constraints, one session."""

import time
from datetime import datetime
from typing import Annotated

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Identity, MetaData, event, func
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table has in common."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)

Id = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
BigInt = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]

PING_AFTER = 1.0  # seconds of rest after which a connection is asked whether it is still there


def ping_when_rested(engine: Engine, rest: float = PING_AFTER) -> None:
    """Let a connection that has rested be asked whether it lives before somebody gets it; a dead one is replaced.

    SQLAlchemy's own pre-ping asks at every turn, which is a round trip for each page and each beat of a delivery.

    Args:
        engine: whose connections; none may be open yet.
        rest: seconds in the pool that need no question.
    """

    def note(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["rests_since"] = time.monotonic()

    def ask(connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - entry.info.get("rests_since", time.monotonic()) <= rest:
            return
        try:
            engine.dialect.do_ping(connection)  # type: ignore[arg-type]  # the driver's connection
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


__all__ = ["Base", "BigInt", "CreatedAt", "Id", "Instant", "db", "ping_when_rested"]

"""Questions about connections to a mail server that are shared out among workers, by leases."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.mail.models.limits import ConnectionShare, Limit

SHARE_LEASE = timedelta(seconds=10)  # renewed every second; a dead worker's connections are soon free


def lock_connection_limit(server: str) -> int | None:
    """Return how many connections to a server are allowed, None for any number; one asker after the other.

    Args:
        server: ``host:port``.
    """
    return db.session.scalar(
        select(Limit.connection_count)
        .where(Limit.kind == "server", Limit.name == server, Limit.connection_count.isnot(None))
        .with_for_update()
    )


def count_other_shares(server: str, owner: str) -> tuple[int, int]:
    """Return how many others have or want connections to a server, and how many they keep; lapsed ones are removed."""
    mine = ConnectionShare.server == server
    db.session.execute(delete(ConnectionShare).where(mine, ConnectionShare.lease_until < func.now()))
    others, kept = db.session.execute(
        select(func.count(), func.coalesce(func.sum(ConnectionShare.connection_count), 0)).where(
            mine, ConnectionShare.owner != owner
        )
    ).one()
    return int(others), int(kept)


def put_share(server: str, owner: str, connection_count: int) -> None:
    """Write down how many connections a worker keeps; 0 says that it waits for some."""
    values = {"connection_count": connection_count, "lease_until": func.now() + SHARE_LEASE}
    db.session.execute(
        insert(ConnectionShare)
        .values(server=server, owner=owner, **values)
        .on_conflict_do_update(index_elements=["server", "owner"], set_=values)
    )


def renew_share(server: str, owner: str) -> None:
    """Keep a worker's connections for as long again."""
    db.session.execute(
        update(ConnectionShare)
        .where(ConnectionShare.server == server, ConnectionShare.owner == owner)
        .values(lease_until=func.now() + SHARE_LEASE)
    )


def drop_share(server: str, owner: str) -> None:
    """Free a worker's connections."""
    db.session.execute(
        delete(ConnectionShare).where(ConnectionShare.server == server, ConnectionShare.owner == owner)
    )

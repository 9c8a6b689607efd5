"""The only commit: what belongs together is written together, and bells ring only after it is durable."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from webapp.core.database import db

_DEPTH = "postroom.depth"
_AFTER = "postroom.after_commit"


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a use case as one transaction, joining the one that is already open.

    Yields:
        The session to work with. The outermost block commits; an exception anywhere undoes everything
        and what was asked for with ``after_commit`` is forgotten.
    """
    session = db.session()
    depth: int = session.info.get(_DEPTH, 0)
    if depth:
        yield session
        return
    session.info[_DEPTH] = 1
    session.info[_AFTER] = {}
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        session.info[_AFTER] = {}
        raise
    finally:
        session.info[_DEPTH] = 0
    for call in session.info.pop(_AFTER, {}).values():
        call()


def after_commit(key: str, call: Callable[[], None]) -> None:
    """Ask for something to be done once the open transaction is durable.

    Args:
        key: what it is; asking twice for the same key does it once.
        call: what to do. It may be lost with the process, so nothing may rest on it.
    """
    session = db.session()
    if session.info.get(_DEPTH, 0):
        session.info[_AFTER][key] = call
    else:
        call()

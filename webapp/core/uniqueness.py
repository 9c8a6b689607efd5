"""What the database keeps unique, said as a sentence: two saves at once must not end in an error page."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from webapp.core.database import db
from webapp.core.errors import StaffError


@contextmanager
def refusing(constraint: str, refusal: StaffError) -> Iterator[None]:
    """Write what the block adds or changes; the breach of a unique constraint becomes a refusal.

    To ask beforehand is not enough, since somebody else may be first in between.

    Args:
        constraint: name of the constraint or unique index.
        refusal: what to raise instead of the database's error.
    """
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as breach:
        if getattr(getattr(breach.orig, "diag", None), "constraint_name", None) != constraint:
            raise
        raise refusal from breach

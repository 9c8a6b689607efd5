"""The layouts that letters are made in: read from files at start, pinned by version when used."""

from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.mail.domain.layouts import Layout, load_layouts
from webapp.mail.models.letter import LayoutVersion

_EXTENSION = "postroom.layouts"


def install_layouts(extensions: dict[str, object], folder: Path) -> None:
    """Read the layouts' files; a broken one keeps Postroom from starting."""
    extensions[_EXTENSION] = load_layouts(folder)


def list_layouts() -> list[Layout]:
    """Return all layouts."""
    layouts: dict[str, Layout] = current_app.extensions[_EXTENSION]
    return list(layouts.values())


def get_layout(key: str) -> Layout:
    """Return the layout of that name as it stands now.

    Raises:
        StaffError: there is none.
    """
    layouts: dict[str, Layout] = current_app.extensions[_EXTENSION]
    if key not in layouts:
        raise StaffError(f"There is no layout “{key[:40]}”. There are: {', '.join(layouts)}.", field="layout")
    return layouts[key]


def pin_layout(layout: Layout) -> LayoutVersion:
    """Return the stored version of a layout, storing it if its words are new; part of the open transaction."""
    query = select(LayoutVersion).where(
        LayoutVersion.key == layout.key, LayoutVersion.checksum == layout.checksum
    )
    stored = db.session.scalar(query)
    if stored is not None:
        return stored
    db.session.execute(
        insert(LayoutVersion)
        .values(key=layout.key, checksum=layout.checksum, source=layout.source)
        .on_conflict_do_nothing()
    )
    return db.session.scalars(query).one()

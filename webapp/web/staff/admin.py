"""Flask-Admin on our own base page; every view is one that a module of this package lists as ``admin_views``."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from flask_admin import Admin, AdminIndexView

from webapp.web.staff.admin_base import ADMIN_THEME


class NoIndex(AdminIndexView):  # type: ignore[misc]  # published without types
    """Flask-Admin's own front page, which nobody is shown: home is ours."""

    def is_accessible(self) -> bool:
        """Say that nobody may."""
        return False


def init_app(app: Flask) -> None:
    """Register the admin views of all pages' modules."""
    admin = Admin(app, name="Postroom", url="/admin", theme=ADMIN_THEME, index_view=NoIndex(url="/admin"))
    package = "webapp.web.staff"
    for module in iter_modules(import_module(package).__path__):
        for view in getattr(import_module(f"{package}.{module.name}"), "admin_views", list)():
            admin.add_view(view)

"""The command line: one file a group; every module's ``group`` is found and registered by itself."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from flask.cli import AppGroup


def init_app(app: Flask) -> None:
    """Register the groups of all modules of this package."""
    for module in iter_modules(__path__):
        group = getattr(import_module(f"{__name__}.{module.name}"), "group", None)
        if isinstance(group, AppGroup):
            app.cli.add_command(group)

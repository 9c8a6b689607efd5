"""Keeps compiled templates on disk, where all processes of a run find them: each would spend seconds on its own."""

from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache

FOLDER = Path(__file__).resolve().parent.parent / ".setup" / "templates"


def share_compiled_templates() -> None:
    """Let every application that is made in this process take its templates from there.

    A template whose source has changed is compiled again.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(str(FOLDER))}


def forget_compiled_templates() -> None:
    """Throw away what an earlier run has kept: how templates are read may have changed, not only what they say."""
    for kept in FOLDER.glob("*.cache"):
        kept.unlink(missing_ok=True)

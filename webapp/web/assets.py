"""Addresses of scripts, styles and icons: all change when one file does, so browsers keep them for good.

What a script imports and what a style sheet refers to lies beside it, under the same changed address: one question
for each file and reader, instead of one for each page.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for

YEAR = 365 * 24 * 60 * 60  # seconds


def digest_folder(folder: Path) -> str:
    """Return a short digest of all files below a folder: their names and what is in them."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _release() -> str:
    """Return the digest of what is served now; while somebody develops, as the files are at this request."""
    kept: dict[str, str] = g.setdefault("assets", {}) if current_app.debug else current_app.extensions
    if "assets_release" not in kept:
        kept["assets_release"] = digest_folder(Path(current_app.static_folder or "static"))
    return kept["assets_release"]


def asset(path: str) -> str:
    """Return the address of a file of ours or of a library, or of a folder of them.

    Args:
        path: below ``static/``.
    """
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("postroom_assets", {})
    key = (request.script_root, path)
    if key not in known or current_app.debug:
        known[key] = url_for("asset", release=_release(), filename=path)
    return known[key]


def send(release: str, filename: str) -> Response:
    """Answer with a file; browsers keep it for a year (RFC 8246) unless it was asked for as that of another release."""
    response = current_app.send_static_file(filename)
    if release == _release() and response.status_code in {200, 304}:
        response.cache_control.no_cache = None
        response.cache_control.public = response.cache_control.immutable = True
        response.cache_control.max_age = YEAR
    return response


def init_app(app: Flask) -> None:
    """Serve the files, and let templates address them with ``asset``."""
    app.add_url_rule(f"{app.static_url_path}/~<release>/<path:filename>", "asset", send)
    app.jinja_env.globals["asset"] = asset

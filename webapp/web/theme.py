"""What every template may use: numbers, times, the script nonce, the badges of states, the menu."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, current_app, g, request
from flask_login import current_user
from markupsafe import Markup

from webapp.core.clock import now
from webapp.web.formats import ago, bar_segments, duration, instant, language, number, plural, spark_points
from webapp.web.security_headers import page_nonce
from webapp.web.staff.navigation import menu, search_targets
from webapp.web.states import badge_of

THEMES = ("light", "dark", "auto")


def reader_zone() -> ZoneInfo:
    """Return the reader's zone: the one they chose, else what the browser tells in a cookie, else UTC."""
    if "reader_zone" not in g:
        known = getattr(current_user, "timezone", None) or unquote(request.cookies.get("zone", ""))
        g.is_zone_guessed = not known
        try:
            g.reader_zone = ZoneInfo(known or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            g.reader_zone = ZoneInfo("UTC")
            g.is_zone_guessed = True
    zone: ZoneInfo = g.reader_zone
    return zone


def reader_theme() -> str:
    """Return ``light``, ``dark`` or ``auto``, as the reader chose."""
    chosen = request.cookies.get("theme") or str(getattr(current_user, "theme", None) or "auto")
    return chosen if chosen in THEMES else "auto"


def when_html(value: datetime | None, *, empty: str = "–") -> Markup | str:
    """Return a ``<time>`` in the reader's zone with the zone shown.

    Args:
        value: an aware instant, or None.
        empty: what stands there when there is none.
    """
    if value is None:
        return empty
    zone = reader_zone()
    return Markup('<time datetime="{}" data-when="{}">{}</time>').format(
        value.isoformat(), "guessed" if g.is_zone_guessed else zone.key, instant(value, zone)
    )


def ago_html(value: datetime | None, *, empty: str = "–") -> Markup | str:
    """Return a ``<time>`` that says how long ago it was and, on pointing, when exactly.

    Args:
        value: an aware instant, or None.
        empty: what stands there when there is none.
    """
    if value is None:
        return empty
    return Markup('<time datetime="{}" data-ago title="{}">{}</time>').format(
        value.isoformat(), instant(value, reader_zone()), ago(value, now())
    )


def has_endpoint(endpoint: str) -> bool:
    """Say whether this application has a page of that name, so that pages can arrive one by one."""
    return endpoint in current_app.view_functions


def is_demo() -> bool:
    """Say whether this is a demo, whose letters go to an inbox page and to nobody."""
    return bool(getattr(current_app.extensions.get("settings"), "is_demo", False))


def _length(value: float | timedelta | None) -> str:
    """Write a length of time with spaces at which no line breaks."""
    return duration(value).replace(" ", "\u00a0")


def _chart_json(value: Any) -> str:
    """Return data for an attribute; the template escapes it."""
    return json.dumps(value, separators=(",", ":"), default=str)


def init_app(app: Flask) -> None:
    """Give the application's templates everything of this module.

    Filters: ``number``, ``when``, ``ago``, ``duration``, ``language``. Functions: ``plural``, ``nonce``,
    ``badge_of``, ``bar_segments``, ``spark_points``, ``has_endpoint``, ``is_demo``, ``reader_theme``,
    ``reader_zone``, ``menu``, ``search_targets``.
    """
    app.jinja_env.filters.update(
        number=number,
        when=when_html,
        ago=ago_html,
        duration=_length,
        plural=plural,
        chart_json=_chart_json,
        language=language,
    )
    app.jinja_env.globals.update(
        plural=plural,
        nonce=page_nonce,
        badge_of=badge_of,
        bar_segments=bar_segments,
        spark_points=spark_points,
        has_endpoint=has_endpoint,
        is_demo=is_demo,
        reader_theme=reader_theme,
        now_utc=now,
        reader_zone=reader_zone,
        menu=menu,
        search_targets=search_targets,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

"""The headers that tell a browser what a page of ours may do, with a nonce for the few scripts in the page.

Content Security Policy level 3; the other headers as the OWASP secure headers project lists them.
"""

import secrets
from collections.abc import Mapping

from flask import Flask, Response, g

Policy = Mapping[str, str]

PAGE: Policy = {
    "default-src": "'self'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self' 'nonce-{nonce}'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""Every page that does not say otherwise."""

EDITOR: Policy = {
    **PAGE,
    # A letter is made of style attributes and shows pictures from anywhere; the editor writes it into a frame
    # that inherits this policy. Scripts stay under the nonce, so what is in the letter still cannot act.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob: https: http:",
}
"""The page with the letter editor: ``g.csp = EDITOR``."""

LETTER: Policy = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data: https: http:",
    "font-src": "https: data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "sandbox": "allow-popups allow-popups-to-escape-sandbox",
}
"""A letter shown in a frame: nothing in it may run, send or frame; links open in a new tab."""

_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


def page_nonce() -> str:
    """Return the nonce of this answer: the same all through one request, another one in the next."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def write_policy(policy: Policy, nonce: str) -> str:
    """Return the value of the Content-Security-Policy header.

    Args:
        policy: directive to sources; ``{nonce}`` in the sources is filled in.
        nonce: of this answer.
    """
    return "; ".join(
        f"{name} {sources}".replace("{nonce}", nonce).strip() for name, sources in policy.items()
    )


def _set_headers(response: Response) -> Response:
    """Put the headers on an answer; a view chooses another policy with ``g.csp``."""
    policy: Policy = g.get("csp") or PAGE
    headers = response.headers
    headers.setdefault("Content-Security-Policy", write_policy(policy, page_nonce()))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", _PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if policy.get("frame-ancestors") == "'none'":
        headers.setdefault("X-Frame-Options", "DENY")
    return response


def init_app(app: Flask) -> None:
    """Send the headers with every answer of the application."""
    app.config.setdefault("SECURITY_SCRIPT_NONCE_KEY", "csp_nonce")
    app.before_request(_make_nonce)
    app.after_request(_set_headers)


def _make_nonce() -> None:
    """Have the nonce there before a template asks, since Flask-Security looks for it in ``g``."""
    page_nonce()

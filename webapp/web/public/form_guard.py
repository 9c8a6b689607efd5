"""What keeps machines off public forms without a riddle: a signed stamp with its age, a trap field, limits."""

import hashlib
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

TRAP = "website"  # people do not see this field; machines fill it in
SOONEST = timedelta(seconds=2)  # nobody fills in a form quicker
LONGEST = timedelta(days=30)  # a tab that stayed open
FORM_LIMIT = 256 * 1024  # bytes of a public form
_FORM = struct.Struct(">Q8s")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a form's hidden token says.

    Args:
        token: as it was sent; names one submission.
        made_at: when the page was made.
    """

    token: str
    made_at: datetime

    def is_hasty(self, now: datetime) -> bool:
        """Say whether it came back quicker than anybody types."""
        return now - self.made_at < SOONEST


def make_stamp(purpose: str, now: datetime) -> str:
    """Return the token of a new form, signed for a purpose."""
    payload = _FORM.pack(int(now.timestamp() * 1000), secrets.token_bytes(8))
    return str(current_app.extensions["tokens"].make(purpose, payload))


def read_stamp(purpose: str, token: str, now: datetime) -> Stamp | None:
    """Return what a token says, None for one that is not ours, or older than a month."""
    payload = current_app.extensions["tokens"].read(purpose, token)
    if payload is None or len(payload) != _FORM.size:
        return None
    made_at = datetime.fromtimestamp(_FORM.unpack(payload)[0] / 1000, UTC)
    return Stamp(token, made_at) if now - made_at < LONGEST else None


def is_trapped() -> bool:
    """Say whether the field that people do not see was filled in."""
    return bool(request.form.get(TRAP, "").strip())


def typed_address() -> str:
    """Return what to count an address's tries by: a hash, since a rate limit's store is no place for addresses."""
    text = request.form.get("address", "").strip().lower()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def keep_small() -> None:
    """Refuse to read a body that cannot be one of our forms; for ``before_request``."""
    request.max_content_length = FORM_LIMIT


def answer_nothing(_error: Exception) -> ResponseReturnValue:
    """Answer an address under which there is nothing, in the visitor's language; for ``register_error_handler``."""
    return render_template("public/nothing.html"), 404


def answer_too_often(_error: Exception) -> ResponseReturnValue:
    """Answer who is too quick where nothing was typed; for ``register_error_handler``."""
    return render_template("public/too_often.html"), 429


def keep_private(response: Response) -> Response:
    """Keep an address that is an authority out of search engines, referrers and caches; for ``after_request``."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response

"""The demo's inbox page: what the demo's mail server took, for people and for browser tests."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import NotFoundError
from webapp.demo.letter_reading import Reading, open_links_outside, read_letter
from webapp.demo.sink_outcomes import PARTS
from webapp.demo.store import LetterStore, StoredLetter

PAGE_LIMIT = 50
SOURCE_LIMIT = 500_000
TABS = {"html": "HTML", "text": "Plain text", "headers": "Headers", "source": "Source"}

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A letter may be looked at, and its links open in a tab of their own; nothing else happens (CSP level 3)."""


def create_inbox(store_path: Path) -> Blueprint:
    """Make the inbox's pages; for applications in demo mode only, since everybody may read every letter.

    Args:
        store_path: the SQLite file that the sink writes; it need not be there yet.

    Returns:
        The blueprint ``demo_inbox`` below ``/demo/inbox``.
    """
    pages = InboxPages(LetterStore(store_path))
    blueprint = Blueprint("demo_inbox", __name__, url_prefix="/demo/inbox")
    blueprint.add_url_rule("", "index", pages.show_list)
    blueprint.add_url_rule("/latest", "latest", pages.give_latest)
    blueprint.add_url_rule("/<int:letter_id>", "letter", pages.show_letter)
    blueprint.add_url_rule("/<int:letter_id>/frame", "frame", pages.show_frame)
    blueprint.add_url_rule("/<int:letter_id>/letter.eml", "download", pages.give_source)
    blueprint.after_request(_forbid_storing)
    return blueprint


class InboxPages:
    """The views, around the store that they read."""

    def __init__(self, store: LetterStore) -> None:
        """Read from this store."""
        self._store = store

    def show_list(self) -> ResponseReturnValue:
        """Show a page of letters, newest first: ``?search= &to= &before=id &live=1``."""
        text = request.args.get("search", "").strip()
        recipient = request.args.get("to", "").strip()
        before_id = request.args.get("before", type=int)
        is_live = request.args.get("live") == "1" and before_id is None
        found = self._store.page(recipient=recipient, text=text, before_id=before_id, limit=PAGE_LIMIT + 1)
        letters, is_more = found[:PAGE_LIMIT], len(found) > PAGE_LIMIT
        wanted = {name: value for name, value in (("search", text), ("to", recipient)) if value}
        pager = {
            "previous_url": _list_url(wanted) if before_id is not None else None,
            "next_url": _list_url({**wanted, "before": letters[-1].id}) if is_more else None,
        }
        return render_template(
            "demo/inbox.html",
            letters=letters,
            search=text,
            recipient=recipient,
            is_live=is_live,
            is_first_page=before_id is None,
            here_url=_list_url({**wanted, **({"live": 1} if is_live else {})}),
            live_url=_list_url({**wanted, **({} if is_live else {"live": 1})}),
            pager=pager,
            accepted_count=self._store.count_accepted(),
            kept_count=self._store.count_kept(),
            parts=PARTS.values(),
        )

    def show_letter(self, letter_id: int) -> ResponseReturnValue:
        """Show one letter: ``?show=html|text|headers|source``."""
        letter, raw = self._find(letter_id)
        reading = read_letter(raw)
        fallback = "html" if reading.html is not None else "text"
        shown = request.args.get("show", fallback)
        shown = shown if shown in TABS else fallback
        return render_template(
            "demo/letter.html",
            letter=letter,
            reading=reading,
            shown=shown,
            tabs=[
                (label, url_for("demo_inbox.letter", letter_id=letter_id, show=key))
                for key, label in TABS.items()
            ],
            current_tab=TABS[shown],
            source=reading.source[:SOURCE_LIMIT],
            is_source_cut=len(reading.source) > SOURCE_LIMIT,
            one_click=reading.one_click_address,
            can_one_click=_is_ours(reading.one_click_address),
        )

    def show_frame(self, letter_id: int) -> ResponseReturnValue:
        """Give the letter's HTML as it came, under a policy of its own in which nothing in it can act."""
        _, raw = self._find(letter_id)
        answer = Response(open_links_outside(read_letter(raw).html or ""), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = FRAME_POLICY
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def give_source(self, letter_id: int) -> ResponseReturnValue:
        """Give the letter exactly as it arrived, as a file for a mail program."""
        _, raw = self._find(letter_id)
        answer = Response(raw, mimetype="message/rfc822")
        answer.headers["Content-Disposition"] = f'attachment; filename="letter-{letter_id}.eml"'
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    def give_latest(self) -> ResponseReturnValue:
        """Give the newest letter as JSON: ``?to= &search= &after=id``; ``letter`` null if there is none."""
        found = self._store.page(recipient=request.args.get("to"), text=request.args.get("search"), limit=1)
        after_id = request.args.get("after", 0, type=int)
        whole = self._store.letter(found[0].id) if found and found[0].id > after_id else None
        return jsonify(
            accepted_count=self._store.count_accepted(),
            letter=None if whole is None else _as_json(whole[0], read_letter(whole[1])),
        )

    def _find(self, letter_id: int) -> tuple[StoredLetter, bytes]:
        found = self._store.letter(letter_id)
        if found is None:
            raise NotFoundError("This letter is not in the inbox: only the newest are kept.")
        return found


def _list_url(query: Mapping[str, str | int]) -> str:
    address = url_for("demo_inbox.index")
    return f"{address}?{urlencode(query)}" if query else address


def _is_ours(address: str | None) -> bool:
    """Answer whether an address leads to this very application: the page offers to POST to no other."""
    if address is None:
        return False
    try:
        return urlsplit(address).netloc == request.host
    except ValueError:
        return False


def _as_json(letter: StoredLetter, reading: Reading) -> dict[str, object]:
    return {
        "id": letter.id,
        "url": url_for("demo_inbox.letter", letter_id=letter.id),
        "received_at": letter.received_at.isoformat(),
        "mail_from": letter.mail_from,
        "rcpt_to": letter.rcpt_to,
        "subject": letter.subject,
        "from": letter.from_header,
        "size": letter.size,
        "headers": [list(header) for header in reading.headers],
        "html": reading.html,
        "text": reading.text,
        "links": [{"label": link.label, "address": link.address} for link in reading.links],
        "one_click": reading.one_click_address,
    }


def _forbid_storing(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""What the pages of applications have in common: filters in the address, scores and states in words."""

from collections.abc import Mapping
from typing import Any

from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.reviewing import VIEW_NAMES, ReviewFilter, SortBy, View

ID = "int(max=9223372036854775807)"  # what fits the column; anything longer is no row of ours

DECISION_BUTTONS = (
    (Decision.ACCEPTED, "Accept"),
    (Decision.WAITLISTED, "Waiting list"),
    (Decision.REJECTED, "Reject"),
    (Decision.UNDECIDED, "Undecided"),
)
REASON_WORDS = {
    "no_address": "nobody knows where to write to",
    "suppressed": "mail to their address came back, or they complained",
    "opted_out": "they opted out",
    "no_link": "their link is missing; ask whoever runs Postroom",
    "changed": "the decision was changed before the letter left",
}
RSVP_WORDS = {
    Rsvp.NONE: "not asked",
    Rsvp.INVITED: "asked",
    Rsvp.YES: "comes",
    Rsvp.NO: "does not come",
    Rsvp.EXPIRED: "did not answer in time",
}
VERB_WORDS = {
    "application.received": "received it",
    "application.letter_missing": "could not write the letter",
    "application.scored": "scored it",
    "application.decided": "decided",
    "application.changed": "changed what was told",
    "application.announced": "told them",
    "application.rsvp": "stored the answer",
    "application.withdrawn": "withdrew it",
}


# What a bar shows of an event's applications: each part with its fill and the views that it is made of.
BAR_PARTS = (
    ("delivered", "Confirmed", (View.CONFIRMED,)),
    ("sent", "Invited", (View.INVITED,)),
    ("uncertain", VIEW_NAMES[View.NOT_TOLD], (View.NOT_TOLD,)),
    ("remaining", VIEW_NAMES[View.TO_REVIEW], (View.TO_REVIEW,)),
    ("skipped", VIEW_NAMES[View.WAITING], (View.WAITING,)),
    ("cancelled", "Not coming", (View.DECLINED, View.NO_ANSWER, View.REJECTED, View.WITHDRAWN)),
)


def bar_parts(counts: Mapping[View, int]) -> list[dict[str, object]]:
    """Return the parts of the bar of an event's applications; they add up to all of them."""
    return [
        {"key": key, "label": label, "count": sum(counts[view] for view in views)}
        for key, label, views in BAR_PARTS
    ]


def read_filter(given: Mapping[str, str]) -> ReviewFilter:
    """Return the filter that an address or a form names; what means nothing is left out."""
    view, sort = given.get("view", ""), given.get("sort", "")
    return ReviewFilter(
        view=View(view) if view in set(View) else None,
        tag=given.get("tag", "").strip()[:60],
        text=given.get("search", "").strip()[:100],
        sort=SortBy(sort) if sort in set(SortBy) else SortBy.NUMBER,
        is_descending=given.get("down", "") == "1",
    )


def write_filter(wanted: ReviewFilter, **changed: Any) -> dict[str, Any]:
    """Return a filter as arguments of an address; those that are left as usual are left out."""
    return {
        "view": wanted.view,
        "tag": wanted.tag or None,
        "search": wanted.text or None,
        "sort": wanted.sort if wanted.sort != SortBy.NUMBER else None,
        "down": 1 if wanted.is_descending else None,
        **changed,
    }


def read_ids(given: str) -> list[int]:
    """Return the ids of a list that a page has written, ``3,7,12``."""
    return [int(part) for part in given.split(",") if part.isascii() and part.isdigit() and len(part) < 19]


def score_words(score: float | None) -> str:
    """Return a mean or deviation with one decimal; a dash where there is none."""
    return "–" if score is None else f"{score:.1f}"

"""The menu of the staff pages, as data: what there is, where it leads and who sees it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app, request, url_for

from webapp.web.staff.access import current_scope, may_open


def anybody() -> bool:
    """Let everybody who is signed in see an item."""
    return True


def administrators() -> bool:
    """Let only administrators see an item."""
    return current_scope().is_administrator


def supporters() -> bool:
    """Let those see an item who see a programme whole."""
    scope = current_scope()
    return scope.is_administrator or bool(scope.programme_ids)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu.

    Args:
        label: what it is called.
        icon: name in ``static/icons.svg``.
        endpoint: where it leads; an item whose endpoint is not registered is left out. Empty for a heading.
        is_for: says whether the person who is signed in may see it.
        children: lines below it.
        also: beginnings of other blueprints' names at whose pages it is marked as the current one, too.
    """

    label: str
    icon: str
    endpoint: str = ""
    is_for: Callable[[], bool] = anybody
    children: tuple["Item", ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line as a page shows it."""

    label: str
    icon: str
    href: str | None
    is_current: bool
    children: list["Line"] = field(default_factory=list)


MENU: list[Item] = [
    Item("Today", "home", "home.index"),
    Item(
        "Mail",
        "letter",
        children=(
            Item("Letters", "letter", "letters.index", also=("letter_", "letters_")),
            Item("Shoots", "send", "shoots.index", also=("shoot_", "shoots_")),
            Item("Log", "list", "log.index"),
            Item("Uncertain letters", "question", "uncertain.index"),
            Item("Templates", "text", "templates.index", also=("template_",)),
            Item("Mail by rule", "repeat", "rules.index", also=("rules_",)),
        ),
    ),
    Item(
        "Received",
        "inbox",
        children=(
            Item(
                "Applications to attend",
                "clipboard",
                "application_list.mine",
                also=("application_", "waves", "forms"),
            ),
            Item(
                "Applications to host",
                "flag",
                "host_applications.index",
                is_for=supporters,
                also=("host_application", "host_decision"),
            ),
            Item("Messages", "speech", "messages.index"),
        ),
    ),
    Item(
        "People",
        "people",
        children=(
            Item("Everybody", "people", "person.index_view", also=("person_",)),
            Item("Memberships", "link", "membership.index_view"),
            Item("Imports", "upload", "imports.index"),
            Item("Newsletters", "news", "newsletters.index", is_for=supporters),
            Item("Opt-outs", "mail-off", "optouts.index"),
        ),
    ),
    Item(
        "Places",
        "calendar",
        children=(
            Item("Events", "calendar", "event.index_view"),
            Item("Programmes", "folder", "programme.index_view", is_for=supporters),
        ),
    ),
    Item(
        "Settings",
        "settings",
        children=(
            Item("Senders", "at", "sender.index_view"),
            Item("Mailboxes", "inbox", "mailboxes.index", is_for=supporters),
            Item("Suppressions", "ban", "suppressions.index", is_for=supporters),
            Item("Limits", "hourglass", "limits.index", is_for=administrators),
            Item("Accounts", "key", "staffuser.index_view", is_for=administrators),
        ),
    ),
]

SEARCHES: list[tuple[str, str]] = [("People", "person.index_view"), ("Letters", "letters.index")]
"""(label, endpoint) of the pages that answer ``?search=``; the first one is what Enter does."""


def _leads_here(item: Item) -> bool:
    """Say whether the current page belongs to an item: the same blueprint, or one that it names."""
    here = request.endpoint or ""
    blueprint = here.rpartition(".")[0]
    return bool(item.endpoint) and (
        blueprint == item.endpoint.rpartition(".")[0] or blueprint.startswith(item.also or ("\0",))
    )


def _line(item: Item) -> Line | None:
    """Return an item as this person sees it on this page, or None when it is not for them."""
    if not item.is_for():
        return None
    children = [line for child in item.children if (line := _line(child))]
    is_there = bool(item.endpoint) and item.endpoint in current_app.view_functions and may_open(item.endpoint)
    if not is_there and not children:
        return None
    return Line(
        label=item.label,
        icon=item.icon,
        href=url_for(item.endpoint) if is_there else None,
        is_current=_leads_here(item),
        children=children,
    )


def menu() -> list[Line]:
    """Return the menu for the person and the page of this request."""
    return [line for item in MENU if (line := _line(item))]


def search_targets() -> list[tuple[str, str]]:
    """Return (label, address) of the pages that can be searched from the top bar."""
    return [
        (label, url_for(endpoint))
        for label, endpoint in SEARCHES
        if endpoint in current_app.view_functions and may_open(endpoint)
    ]

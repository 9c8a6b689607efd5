"""Addresses that name a programme, list or event by its slug: whatever it is called, no other page stands there."""

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from tests import factories
from tests.factories_attend import make_form
from tests.factories_host import make_hosting_programme
from tests.factories_newsletter import make_list
from tests.integration.web.visiting import Visitor

SLUGS = {"slug", "programme_slug", "list_slug"}


def parts_of(rule: Rule) -> list[str]:
    """Return the parts of a route's address between its slashes."""
    return rule.rule.split("/")[1:]


def is_argument(part: str) -> bool:
    return part.startswith("<")


def clashes(rules: list[Rule]) -> Iterator[str]:
    """Yield every pair of routes of which one takes a slug where the other says a word, and both could be meant."""
    for named in rules:
        slugs = [n for n, part in enumerate(parts_of(named)) if part.strip("<>") in SLUGS]
        for other in rules:
            pairs = list(zip(parts_of(named), parts_of(other), strict=False))
            if not slugs or named is other or len(parts_of(named)) != len(parts_of(other)):
                continue
            if any(
                mine != theirs and not is_argument(mine) and not is_argument(theirs) for mine, theirs in pairs
            ):
                continue
            for n in slugs:
                word = parts_of(other)[n]
                if word and (not is_argument(word) or ":" in word):
                    yield f"{named.rule} and {other.rule}: “{word}”"


def test_no_slug_can_hide_a_page(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/static")]
    assert sum(1 for rule in rules if SLUGS & rule.arguments) > 10, (
        "the routes call their slugs otherwise now"
    )
    found = sorted(set(clashes(rules)))
    assert not found, f"give one of each pair another beginning, so that no slug has to be forbidden: {found}"


def test_programmes_may_be_called_what_pages_are_called(app: Flask, database: object) -> None:
    visitor = Visitor(app)
    for word in ("status", "resume", "check", "confirm", "choose", "sent", "new"):
        programme = make_hosting_programme(slug=word, name=f"Programme {word}")
        assert f"Programme {word}" in visitor.get(f"/host/{word}/returning").text
        assert f"Programme {word}" in visitor.get(f"/contact/{word}").text
        assert visitor.get(f"/contact/{word}/sent").status_code == 200
        event = factories.make_event(programme, slug=word)
        make_form(event)
        assert event.name in visitor.get(f"/events/{word}/apply").text
        make_list(programme, slug=word, name=f"List {word}")
        assert f"List {word}" in visitor.get(f"/newsletters/{word}").text
        assert visitor.get(f"/newsletters/{word}/asked").status_code == 200

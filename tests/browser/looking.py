"""What a careful reader would notice on any page: errors in the console, barriers, words cut off."""

import re
from pathlib import Path

from flask import current_app
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.signing_in import signed_in

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
# What could only be less than serious is not looked for: it is a third of the work.
RUN_AXE = """options => {
  const mild = axe._audit.rules.filter((rule) => ["minor", "moderate"].includes(rule.impact));
  if (!options.runOnly) options.rules = Object.fromEntries(mild.map((rule) => [rule.id, { enabled: false }]));
  return axe.run(document, options).then((found) => found.violations);
}"""
# What width and theme can change; names and roles are the same in all of them.
SEEN = (
    "color-contrast",
    "scrollable-region-focusable",
    "link-in-text-block",
    "aria-hidden-focus",
)


def sign_in(page: Page, base: str, email: str) -> None:
    """Let a member of staff have signed in; no page is opened."""
    name, value = signed_in(current_app, email)
    page.context.add_cookies([{"name": name, "value": value, "url": base}])


def sign_in_by_page(page: Page, base: str, email: str) -> None:
    """Sign a member of staff in as they do it themselves."""
    page.goto(f"{base}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def listen(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong on a page: scripts, blocked resources, warnings."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if said.type in {"error", "warning"} else None)
    return heard


def find_barriers(page: Page, *rules: str) -> list[str]:
    """Return what axe finds serious on a page, each with the element; by all of its rules, or by those named."""
    assert AXE.exists(), "axe-core is missing; `make setup` installs it"
    # Added by the debugger, so the page's own policy needs no hole for it.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    # A letter's frame is closed to its page, and so to axe.
    options = {"resultTypes": ["violations"], "iframes": False, **({"runOnly": rules} if rules else {})}
    violations = page.evaluate(RUN_AXE, options)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def find_obstacles(page: Page, widths: tuple[int, ...] = (1280, 390)) -> list[str]:
    """Return what would be in somebody's way on a page: in light at a desk, in the dark on a phone.

    The page is opened once and changes its clothes. Colours hang on the theme and not on the width, the order of
    things on the width and not on the theme, so each of both is looked at, and not each with each; names and roles
    hang on neither and are judged once.
    """
    found = []
    schemes = ("light", "dark")
    for number, width in enumerate(widths):
        scheme = schemes[number % 2]
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).not_to_have_attribute("data-bs-theme", schemes[1 - number % 2])
        found += [
            f"{width} wide, {scheme}: {barrier}" for barrier in find_barriers(page, *(SEEN if number else ()))
        ]
        if is_cut_off(page):
            found.append(f"wider than a window of {width}")
    if len(widths) == 1:
        page.emulate_media(color_scheme="dark")
        found += [f"in the dark: {barrier}" for barrier in find_barriers(page, "color-contrast")]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": widths[0], "height": 900})
    return found


def is_cut_off(page: Page) -> bool:
    """Say whether a page is wider than its window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wide


def is_whole(page: Page, selector: str) -> bool:
    """Say whether nothing of an element has to be scrolled sideways into sight."""
    whole: bool = page.locator(selector).evaluate("it => it.scrollWidth <= it.clientWidth")
    return whole


class Traveller:
    """A member of staff at a screen, who notices whatever a careful reader would.

    Args:
        page: the browser's.
        base: where Postroom is.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.heard = listen(page)

    def look(self, where: str) -> None:
        """Make sure that nothing is in anybody's way on this page."""
        self.page.wait_for_load_state()
        barriers = find_barriers(self.page)
        assert barriers == [], f"{where}: {barriers}"
        assert not is_cut_off(self.page), f"{where} is wider than its window"
        assert self.heard == [], f"{where}: the console says {self.heard}"

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=isinstance(name, str)).click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow a link of the page."""
        self.page.get_by_role("main").get_by_role(
            "link", name=name, exact=isinstance(name, str)
        ).first.click()

    def go(self, step: str) -> None:
        """Go to another step of a letter."""
        self.page.get_by_label("From writing to sending").get_by_role("link", name=step).click()
        expect(self.page).to_have_title(re.compile("Postroom"))

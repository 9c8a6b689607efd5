"""What a writer does on the composer's page, in the words of the tests."""

from playwright.sync_api import FrameLocator, Locator, Page, expect


def write(page: Page, base: str, letter_id: int, query: str = "") -> None:
    """Open a letter and wait until its editors are there."""
    page.goto(f"{base}/letters/{letter_id}{query}")
    expect(page.locator("#composer[data-is-ready]")).to_be_attached(timeout=20_000)


def paper(page: Page, slot: str = "main") -> FrameLocator:
    """Return the sheet of a slot's editor."""
    return page.frame_locator(f"[data-slot={slot}] iframe")


def source(page: Page) -> Locator:
    """Return the box with the HTML of the main slot."""
    return page.locator("#slot-main")


def switch(page: Page, mode: str) -> None:
    """Press “Write” or “HTML” of the main slot."""
    page.locator(f"[data-slot=main] [data-mode={mode}]").click()


def is_visual(page: Page) -> bool:
    """Say whether the main slot is written visually."""
    return page.locator("[data-slot=main] [data-mode=visual]").get_attribute("aria-pressed") == "true"


def saved(page: Page) -> None:
    """Wait until the page says that everything is saved."""
    expect(page.locator("#save-line")).to_contain_text("Saved", timeout=10_000)

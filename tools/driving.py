"""Wait for a page in a browser; shared by the tests, the benchmark and the screenshots."""

from __future__ import annotations

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

STILL = '.stApp[data-test-script-state="notRunning"]'
#: Keys of figures that have not been painted yet.
UNDRAWN = (
    "[...document.querySelectorAll('.ll-plot:not([data-rev])')]"
    ".filter((p) => p.querySelector('.ll-plot-area')).map((p) => p.dataset.key)"
)
ADDRESS_MS = 300  # the address bar is written 200 ms after the last change


def settle(page: Page, *, patience_ms: int = 20_000) -> None:
    """Wait until no script runs, every figure is painted and the address bar is written.

    Raises:
        AssertionError: A figure was not painted in time; the message contains its key.
    """
    page.wait_for_selector(STILL)
    try:
        page.wait_for_function(f"!{UNDRAWN}.length", timeout=patience_ms)
    except PlaywrightTimeout:
        left = page.evaluate(UNDRAWN)
        raise AssertionError(f"figures never painted on {page.url}: {left}") from None
    page.wait_for_timeout(ADDRESS_MS)
    page.wait_for_selector(STILL)

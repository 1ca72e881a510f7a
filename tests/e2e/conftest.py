"""A server, a browser and visitors for the browser tests.

Without a browser the suite is skipped, with a notice at the end of the run; with CI=true it fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.pages import BROKEN
from tools.driving import settle
from tools.serving import CHROMIUM_FLAGS, HOW_TO_GET_A_BROWSER, Server, find_browser, serve

PATIENCE_MS = 30_000
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
_skipped: list[str] = []

#: Streamlit requests these below each page's path first, and then finds them at the root.
PROBE = re.compile(r"/[^/]+/_stcore/(health|host-config)$")

#: Counts frames in which a previously drawn figure is missing.
COUNT_BLANKS = """
window.__blank = 0; window.__frames = 0;
(function watch() {
  window.__frames += 1;
  const plots = [...document.querySelectorAll('.ll-plot[data-rev]')];
  if (window.__drawn && (!plots.length || plots.some((p) => !p.querySelector('.main-svg')))) {
    window.__blank += 1;
  }
  requestAnimationFrame(watch);
})();
"""


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the browser tests to the end; add their mark and time limit."""
    here = os.path.dirname(__file__)  # noqa: PTH120
    own = [item for item in items if str(item.path).startswith(here)]
    for item in own:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(240))
    others = [item for item in items if not str(item.path).startswith(here)]
    items[:] = others + own


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Report prominently that no browser test was run."""
    if _skipped:
        terminalreporter.section("THE BROWSER SUITE WAS SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line(HOW_TO_GET_A_BROWSER)
        terminalreporter.line("Without it, the pages are not tested in a browser.")


# Scope "package", because an open Playwright leaves an event loop running for later tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        if CI:
            pytest.fail(HOW_TO_GET_A_BROWSER)
        _skipped.append("browser")
        pytest.skip(HOW_TO_GET_A_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def lab(browser: Browser) -> Iterator[Server]:
    """Start the app."""
    with serve() as server:
        yield server


@pytest.fixture(scope="package")
def bench_page(browser: Browser) -> Iterator[Server]:
    """Start the test page that contains every element of the frame."""
    with serve("tests/e2e/frame_app.py") as server:
        yield server


class Visitor:
    """A browser context with one page, which records all errors."""

    def __init__(self, browser: Browser, origin: str, **settings: Any) -> None:
        settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US"} | settings
        self.origin = origin
        self.context = browser.new_context(accept_downloads=True, **settings)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(COUNT_BLANKS)
        self.errors: list[str] = []
        self.urls: list[str] = []
        self.dialogs: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        self.page.on("dialog", self._dialog)
        self.context.on("request", lambda request: self.urls.append(request.url))
        self.page.on("websocket", lambda socket: self.urls.append(socket.url))

    def _console(self, message: ConsoleMessage) -> None:
        place = message.location.get("url", "")
        if message.type == "error" and not PROBE.search(place):
            self.errors.append(f"{message.text} ({place})")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, path: str = "/") -> Page:
        """Go to a path of the app and wait until the page has settled."""
        self.page.goto(self.origin + path)
        self.page.wait_for_selector(".ll-choice[data-key=lang]", state="attached")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until no script runs, every figure is drawn and the address bar is written."""
        settle(self.page)

    def outside(self) -> list[str]:
        """Return the requests to other servers."""
        own = (self.origin, self.origin.replace("http", "ws", 1), "data:", "blob:", "about:")
        return [url for url in self.urls if not url.startswith(own)]

    def assert_alive(self) -> None:
        """Assert that the page is drawn and no section of it has failed."""
        text = self.page.locator("body").inner_text()
        assert BROKEN not in text
        assert self.page.locator('[data-testid="stException"]').count() == 0
        assert "Traceback" not in text
        assert self.page.get_by_role("heading", level=1).count() >= 1

    def check(self) -> None:
        """Assert that there was no console error, no dialog and no request to another server."""
        assert self.errors == []
        assert self.dialogs == []
        assert self.outside() == []

    # Common steps of the tests.

    def slider(self, key: str) -> Any:
        """Return the track of a live slider."""
        return self.page.locator(f'.ll-slider[data-key="{key}"] input[type=range]')

    def value(self, key: str) -> float:
        """Return the value of a live slider, from its number box."""
        box = self.page.locator(f'.ll-slider[data-key="{key}"] .ll-slider-box')
        return float(box.input_value())

    def step(self, slider: str, figure: str) -> None:
        """Move a slider by one step and wait until the figure is redrawn."""
        before = self.revision(figure)
        self.slider(slider).focus()
        self.page.keyboard.press("ArrowRight")
        self.page.wait_for_function(
            f"document.querySelector('.ll-plot[data-key={figure}]').dataset.rev > {before}"
        )
        self.settle()

    def revision(self, key: str = "") -> int:
        """Return how often a figure has been painted."""
        where = f'.ll-plot[data-key="{key}"]' if key else ".ll-plot"
        return int(self.page.locator(where).first.get_attribute("data-rev") or 0)

    def figure(self, key: str = "") -> list[dict[str, Any]]:
        """Return the traces of a figure, with typed arrays as lists."""
        return self.page.evaluate(
            """(key) => {
              const where = key ? `.ll-plot[data-key="${key}"]` : '.ll-plot';
              const gd = document.querySelector(`${where} .ll-plot-area`);
              return JSON.parse(JSON.stringify(gd.data,
                (k, v) => ArrayBuffer.isView(v) ? Array.from(v) : v));
            }""",
            key,
        )

    def facts(self) -> dict[str, str]:
        """Return the key figures of the page by label."""
        return self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('.ll-fact')].map((f) =>
              [f.querySelector('span').textContent, f.querySelector('b').textContent]))"""
        )

    def drag(self, key: str, *, steps: int = 40, step_ms: int = 40) -> list[int]:
        """Drag a slider from left to right; return the figure's number of paints at each step.

        The mouse button is still pressed when the last number is read.
        """
        track = self.slider(key)
        track.scroll_into_view_if_needed()
        box = track.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + 4, y)
        self.page.mouse.down()
        counts = []
        for step in range(steps + 1):
            self.page.mouse.move(box["x"] + 4 + (box["width"] - 8) * step / steps, y)
            self.page.wait_for_timeout(step_ms)
            counts.append(self.revision())
        return counts

    def address(self) -> str:
        """Return the URL without the origin."""
        return self.page.url.removeprefix(self.origin)


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Return a function that creates visitors; each one is checked and closed after the test."""
    present: list[Visitor] = []

    def visit(server: Server, **settings: Any) -> Visitor:
        present.append(Visitor(browser, server.url, **settings))
        return present[-1]

    yield visit
    for visitor in present:
        visitor.context.close()
    for visitor in present:
        visitor.check()


@pytest.fixture
def visitor(visitors: Callable[..., Visitor], lab: Server) -> Visitor:
    """Return a visitor of the app."""
    return visitors(lab)


@pytest.fixture
def tester(visitors: Callable[..., Visitor], bench_page: Server) -> Visitor:
    """Return a visitor of the test page."""
    return visitors(bench_page)

"""A server, a browser and visitors for the browser tests.

Without a browser the suite is skipped and says so at the end of the run; with CI=true it fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tools.driving import settle
from tools.serving import CHROMIUM_FLAGS, HOW_TO_GET_A_BROWSER, Server, find_browser, serve

PATIENCE_MS = 30_000
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
_skipped: list[str] = []

#: Streamlit asks for these below each page's own path first and finds them at the root after.
PROBE = re.compile(r"/[^/]+/_stcore/(health|host-config)$")

#: Counts frames in which a figure that has been drawn is gone.
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


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come last and know their mark and time limit."""
    here = os.path.dirname(__file__)  # noqa: PTH120
    own = [item for item in items if str(item.path).startswith(here)]
    for item in own:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(120))
    others = [item for item in items if not str(item.path).startswith(here)]
    items[:] = others + own


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly that nothing was tried in a browser."""
    if _skipped:
        terminalreporter.section("THE BROWSER SUITE WAS SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line(HOW_TO_GET_A_BROWSER)
        terminalreporter.line("Until then nothing says that the pages work in a browser.")


# Scope "package": an open Playwright leaves a running event loop to the tests that follow it.
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
    """The app itself."""
    with serve() as server:
        yield server


@pytest.fixture(scope="package")
def bench_page(browser: Browser) -> Iterator[Server]:
    """The page with one of everything."""
    with serve("tests/e2e/frame_app.py") as server:
        yield server


class Visitor:
    """One browser context with one page, and everything that went wrong in it."""

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
        """Go to a path of the app and wait until its page stands still."""
        self.page.goto(self.origin + path)
        self.page.wait_for_selector(".ll-choice[data-key=lang]", state="attached")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until no script runs, every figure is drawn and the address bar is written."""
        settle(self.page)

    def outside(self) -> list[str]:
        """Requests that did not go to the app's own server."""
        own = (self.origin, self.origin.replace("http", "ws", 1), "data:", "blob:", "about:")
        return [url for url in self.urls if not url.startswith(own)]

    def check(self) -> None:
        """Nothing went wrong: no error in the console, no dialog, no request to elsewhere."""
        assert self.errors == []
        assert self.dialogs == []
        assert self.outside() == []

    # What tests do again and again.

    def slider(self, key: str) -> Any:
        """The track of a live slider."""
        return self.page.locator(f'.ll-slider[data-key="{key}"] input[type=range]')

    def value(self, key: str) -> float:
        """Where a live slider stands, by its number box."""
        box = self.page.locator(f'.ll-slider[data-key="{key}"] .ll-slider-box')
        return float(box.input_value())

    def revision(self, key: str = "") -> int:
        """How often a figure has been painted."""
        where = f'.ll-plot[data-key="{key}"]' if key else ".ll-plot"
        return int(self.page.locator(where).first.get_attribute("data-rev") or 0)

    def figure(self, key: str = "") -> list[dict[str, Any]]:
        """The traces of a figure, typed arrays as lists."""
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
        """The numbers that matter, by their words."""
        return self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('.ll-fact')].map((f) =>
              [f.querySelector('span').textContent, f.querySelector('b').textContent]))"""
        )

    def drag(self, key: str, *, steps: int = 40, step_ms: int = 40) -> list[int]:
        """Drag a slider from its left to its right end; the figure's count of paints at each step.

        The button is still down when the last count is taken.
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
        """The address bar without the origin."""
        return self.page.url.removeprefix(self.origin)


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; each is checked and sent home at the end of the test."""
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
    """A visitor of the app."""
    return visitors(lab)


@pytest.fixture
def tester(visitors: Callable[..., Visitor], bench_page: Server) -> Visitor:
    """A visitor of the page with one of everything."""
    return visitors(bench_page)

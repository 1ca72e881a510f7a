"""Measure the app in headless Chromium: slider latency, updates while dragging, first paint."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from bench.figures import Figure, quantile
from tools.driving import settle
from tools.serving import CHROMIUM_FLAGS, Server
from tools.site import registered

#: Records when the first figure is painted, by the page's clock (0 = start of the navigation).
WATCH = """
(function watch() {
  const plot = document.querySelector('.ll-plot[data-rev]');
  if (plot) requestAnimationFrame(() => { window.__first = performance.now(); });
  else requestAnimationFrame(watch);
})();
"""

#: Presses keys on a slider, one at a time; returns the milliseconds until the figure is repainted.
STEPS = """
async ([key, count]) => {
  const range = document.querySelector(`[data-key="${key}"] input[type=range]`);
  const plots = () => [...document.querySelectorAll('.ll-plot[data-rev]')];
  const rev = () => plots().map((p) => p.dataset.rev).join();
  const raf = () => new Promise((done) => requestAnimationFrame(() => done()));
  const taken = [];
  let name = 'ArrowRight';
  for (let i = 0; i < count; i++) {
    if (Number(range.value) >= Number(range.max)) name = 'ArrowLeft';
    if (Number(range.value) <= Number(range.min)) name = 'ArrowRight';
    const before = rev();
    range.focus();
    const start = performance.now();
    const press = { key: name, bubbles: true, cancelable: true };
    range.dispatchEvent(new KeyboardEvent('keydown', press));
    while (rev() === before && performance.now() - start < 2000) await raf();
    await raf();
    taken.push(rev() === before ? null : performance.now() - start);
    await new Promise((done) => setTimeout(done, 60));
  }
  return taken;
}
"""

#: The first slider or stepper of the open view that the visitor can move; "" if there is none.
FIRST = """
() => {
  const shown = (e) => e.getClientRects().length > 0;
  const found = [...document.querySelectorAll('.ll-slider, .ll-stepper')].find(
    (e) => shown(e) && e.querySelector('input[type=range]:enabled') && Number(
      e.querySelector('input[type=range]').max) > Number(e.querySelector('input[type=range]').min));
  return found && document.querySelector('.ll-plot[data-rev]') ? found.dataset.key : '';
}
"""

#: Drags a slider to a new position every frame; returns repaints per second and blank frames.
DRAG = """
async ([key, ms]) => {
  const range = document.querySelector(`[data-key="${key}"] input[type=range]`);
  const plot = document.querySelector('.ll-plot[data-rev]');
  const raf = () => new Promise((done) => requestAnimationFrame(() => done()));
  const start = performance.now();
  let last = plot.dataset.rev, paints = 0, blanks = 0;
  for (let i = 0; performance.now() - start < ms; i++) {
    const share = Math.abs(((i % 400) / 200) - 1);
    range.value = Number(range.min) + share * (range.max - range.min);
    range.dispatchEvent(new Event('input', { bubbles: true }));
    await raf();
    if (plot.dataset.rev !== last) { last = plot.dataset.rev; paints += 1; }
    if (!plot.isConnected || !plot.querySelector('.main-svg')) blanks += 1;
  }
  return [paints / (ms / 1000), blanks];
}
"""


#: The slider of a page's main figure, if it is not the first one on the page.
MAIN = {"language_model": "lm_at", "tokenizers": "tok_step"}

SCREEN: Any = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US"}

#: Page loads before the browser is warm: it caches compiled scripts from the third load on.
WARMING = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A page in a state, and the slider to move ("" = the first one)."""

    name: str
    path: str
    key: str = ""
    barred: bool = False


def places() -> list[Place]:
    """Return the sampling page with each source of logits, then every other page."""
    sampling = [
        Place("sampling, table", "/sampling?source=table", "T", barred=True),
        Place("sampling, model", "/sampling", "T"),
    ]
    others = [page for page in registered() if page.topic != "sampling"]
    return sampling + [Place(page.topic, page.path, MAIN.get(page.topic, "")) for page in others]


def stranger(browser: Browser) -> BrowserContext:
    """Return a context with a laptop's screen and an empty cache, like a private window."""
    return _watched(browser.new_context(**SCREEN))


@contextmanager
def regular(playwright: Playwright, path: str) -> Generator[BrowserContext]:
    """Open a context with a profile on disk, which the browser needs to cache compiled scripts."""
    with TemporaryDirectory(prefix="logit-lab-profile-") as folder:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=path, args=list(CHROMIUM_FLAGS), **SCREEN
        )
        yield _watched(context)
        context.close()


def _watched(context: BrowserContext) -> BrowserContext:
    """Make all pages of the context record their first paint."""
    context.set_default_timeout(60_000)
    context.add_init_script(WATCH)
    return context


def cold_start(browser: Browser, server: Server) -> Figure:
    """Measure from the server's start to the first figure in a browser with an empty cache."""
    context = stranger(browser)
    page = context.new_page()
    page.goto(f"{server.url}/sampling?source=table")
    page.wait_for_function("window.__first !== undefined")
    taken = time.perf_counter() - server.started
    context.close()
    return Figure("start", "cold start to first paint", taken, "s")


def page_figures(
    context: BrowserContext, server: Server, place: Place, quick: bool
) -> list[Figure]:
    """Measure first paint and slider latency of one page in a browser with a warm cache."""
    figures = [_first_paint(context, server, place, loads=2 if quick else 5)]
    page = context.new_page()
    try:
        page.goto(server.url + place.path)
        page.wait_for_selector(".ll-choice[data-key=lang]", state="attached")
        settle(page, patience_ms=60_000)
        page.wait_for_timeout(1000)
        figures += _slider(page, place, steps=20 if quick else 60, drag_ms=1500 if quick else 3000)
    except (PlaywrightError, AssertionError) as error:
        # If one page does not open, the others are still measured.
        print(f"{place.name}: {str(error).splitlines()[0]}", file=sys.stderr)
        figures.append(Figure(place.name, "could not be measured", None, "", 0))
    finally:
        page.close()
    return figures


def view_figures(
    context: BrowserContext, server: Server, topic: str, path: str, quick: bool
) -> Generator[Figure]:
    """Measure the first slider of every view of a page: median and p95, both with a limit."""
    page = context.new_page()
    page.goto(server.url + path)
    page.wait_for_selector(".ll-choice[data-key=lang]", state="attached")
    settle(page, patience_ms=60_000)
    tabs = page.locator(".ll-choice-tabs [data-value]")
    names = [tab.get_attribute("data-value") or "" for tab in tabs.all()] or [""]
    for name in names:
        if name:
            page.locator(f'.ll-choice-tabs [data-value="{name}"]').click()
        settle(page, patience_ms=60_000)
        page.wait_for_timeout(700)
        key = page.evaluate(FIRST)
        if not key:
            continue
        page.evaluate(STEPS, [key, 5])
        taken: list[Any] = page.evaluate(STEPS, [key, 20 if quick else 40])
        painted = [value for value in taken if value is not None]
        if len(painted) < 0.7 * len(taken):
            continue  # The slider does not drive a figure; chips and tables repaint faster.
        median, late = quantile(painted, 0.5), quantile(painted, 0.95)
        group = f"{topic}, {name}" if name else topic
        yield Figure(group, f"{key} → painted, median", median, "ms", 50)
        yield Figure(group, f"{key} → painted, p95 ÷ median", late / median, "×", 1.5)
    page.close()


def _first_paint(context: BrowserContext, server: Server, place: Place, loads: int) -> Figure:
    taken = []
    for _repetition in range(WARMING + loads):
        page = context.new_page()
        page.goto(server.url + place.path)
        try:
            page.wait_for_function("window.__first !== undefined", timeout=30_000)
            taken.append(page.evaluate("window.__first") / 1000)
        except PlaywrightError:
            taken.clear()
            break
        finally:
            page.close()
    warm = taken[WARMING:]
    return Figure(place.name, "first paint", quantile(warm, 0.5) if warm else None, "s", 1.5)


def _slider(page: Page, place: Place, *, steps: int, drag_ms: int) -> list[Figure]:
    key = place.key or page.evaluate(FIRST)
    if not key:
        return []
    rate = 15.0 if place.barred else None
    page.evaluate(STEPS, [key, 5])
    taken: list[Any] = page.evaluate(STEPS, [key, steps])
    painted = [value for value in taken if value is not None]
    some = len(painted) >= 0.7 * len(taken)  # Otherwise the slider does not drive the figure.
    rates, blanks = page.evaluate(DRAG, [key, drag_ms])
    return [
        Figure(
            place.name, f"{key} → painted, median", quantile(painted, 0.5) if some else None,
            "ms", 50,
        ),
        Figure(place.name, f"{key} → painted, p95", quantile(painted, 0.95) if some else None),
        Figure(place.name, "updates while dragging", rates, "1/s", rate, "least"),
        Figure(place.name, "blank frames", blanks, "", 0),
    ]  # fmt: skip

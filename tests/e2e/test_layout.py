"""Every view on every screen: figure and first control visible, no label cut, nothing too wide."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage

from tests import pages
from tests.e2e.conftest import Visitor
from tools.driving import STILL, UNDRAWN
from tools.site import registered

pytestmark = pytest.mark.views

TOPICS = [page.topic for page in registered()]
FIT_MS = 180  # figures are fitted 120 ms after the layout has settled
POLL_MS = 70

#: Finds the first control of the rail, the main figure, truncated labels and overflowing elements.
MEASURE = """
() => {
  const seen = (e) => e && e.getClientRects().length > 0;
  const box = (e) => {
    const r = e.getBoundingClientRect();
    return [r.left, r.top, r.right, r.bottom];
  };
  const rail = document.querySelector('.st-key-ll_rail');
  const control = rail && [...rail.querySelectorAll(
    '.ll-slider, .ll-choice, .ll-text, .ll-bars, .stButton, .stExpander')].find(seen);
  const figure = document.querySelector('.st-key-ll_figure');
  const cut = [];
  const areas = ['figure', 'second'].map((name) => `.st-key-ll_${name} .ll-plot-area`).join();
  for (const area of document.querySelectorAll(areas)) {
    if (!seen(area)) continue;
    const limit = area.getBoundingClientRect();
    const slack = 3;
    for (const text of area.querySelectorAll('text')) {
      const shown = getComputedStyle(text).opacity !== '0' && !text.closest('defs, .hoverlayer');
      if (!text.textContent.trim() || !shown) continue;
      const r = text.getBoundingClientRect();
      if (!r.width) continue;
      const clip = text.closest('[clip-path]');
      if (clip && clip !== text && text.closest('.trace, .points')) continue;
      if (r.left < limit.left - slack || r.right > limit.right + slack ||
          r.top < limit.top - slack || r.bottom > limit.bottom + slack) {
        cut.push(`${area.closest('.ll-plot').dataset.key}: ${text.textContent.slice(0, 40)}`);
      }
    }
  }
  return {
    control: control ? box(control) : null,
    figure: figure && figure.clientHeight > 20 ? box(figure) : null,
    cut,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    scrolled: document.querySelector('[data-testid="stMain"]').scrollTop,
  };
}
"""


@cache
def views(topic: str) -> list[str]:
    return [view.name for view in pages.describe(topic).views]


def resize(page: BrowserPage, width: int, height: int) -> dict[str, Any]:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(FIT_MS)
    before, seen = None, page.evaluate(MEASURE)
    for _ in range(20):
        if seen == before:
            break
        page.wait_for_timeout(POLL_MS)
        before, seen = seen, page.evaluate(MEASURE)
    return seen


def open_view(page: BrowserPage, topic: str, name: str) -> None:
    """Choose a view's tab and wait until its figures are drawn."""
    if len(views(topic)) > 1:
        page.locator(f'.ll-choice-tabs [data-value="{name}"]').click()
        page.wait_for_function(
            "(name) => new URL(location.href).searchParams.get(name[0]) === name[1] || name[2]",
            arg=[f"{topic}_view", name, name == views(topic)[0]],
        )
        page.wait_for_selector(STILL)
        page.wait_for_function(f"!{UNDRAWN}.length")


def complaints(seen: dict[str, Any], width: int, height: int, figure_share: float) -> list[str]:
    """Return the layout problems on one screen."""
    place = f"{width}x{height}"
    found = [f"{place}: cut label {text}" for text in seen["cut"]]
    if seen["wide"] > 0:
        found.append(f"{place}: {seen['wide']} px too wide")
    if seen["figure"] is None:
        return [*found, f"{place}: no figure"]
    _left, top, _right, bottom = seen["figure"]
    shown = (min(bottom, height) - max(top, 0)) / (bottom - top)
    if shown < figure_share - 0.005:
        found.append(f"{place}: {shown:.0%} of the figure is on the first screen")
    if seen["control"] is None:
        found.append(f"{place}: no control in the rail")
    elif not 0 <= seen["control"][1] <= height - 30:
        found.append(f"{place}: the first control begins at {seen['control'][1]:.0f}")
    return found


def walk(
    visitor: Visitor, topic: str, sizes: dict[tuple[int, int], float], query: str
) -> list[str]:
    """Return the layout problems of all views of a page on each screen."""
    first = next(iter(sizes))
    names = views(topic)
    entry = next(page for page in registered() if page.topic == topic)
    page = visitor.open(f"{entry.path}?{query}")
    assert page.locator('[data-testid="stSidebarNavLink"]').count() == len(TOPICS)
    found = []
    for name in names:
        page.set_viewport_size({"width": first[0], "height": first[1]})
        open_view(page, topic, name)
        visitor.assert_alive()
        assert page.locator(".ll-problem").all_inner_texts() == []
        page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)")
        for (width, height), share in sizes.items():
            seen = resize(page, width, height)
            if share:
                found += [f"{name} {line}" for line in complaints(seen, width, height, share)]
            elif seen["wide"] > 0:
                found.append(f"{name} {width}x{height}: {seen['wide']} px too wide")
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_on_a_laptop_a_phone_and_a_tablet(
    visitors: Callable[..., Visitor], lab, topic: str
) -> None:
    sizes = {(1440, 900): 1.0, (820, 1180): 0.0, (390, 844): 0.6, (320, 640): 0.0}
    assert walk(visitors(lab), topic, sizes, "") == []


@pytest.mark.parametrize("topic", TOPICS)
def test_on_projectors(visitors: Callable[..., Visitor], lab, topic: str) -> None:
    sizes = {(1280, 720): 1.0, (1920, 1080): 1.0}
    assert walk(visitors(lab), topic, sizes, "present=1") == []

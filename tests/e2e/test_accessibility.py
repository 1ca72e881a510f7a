"""Accessibility of every view: axe, keyboard focus, reduced motion, forced colors, print."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import Visitor
from tests.e2e.test_layout import open_view, views
from tools.site import registered

pytestmark = pytest.mark.views

TOPICS = [page.topic for page in registered()]
PATHS = {page.topic: page.path for page in registered()}
#: The dark page differs from the light one in its colors only.
OPTIONS = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}

#: Whether the focused element has a visible focus indicator (an outline or a ring).
FOCUSED = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const look = (element) => {
    const s = getComputedStyle(element);
    const next = element.nextElementSibling;
    const after = next && getComputedStyle(next);
    const lined = (style) =>
      style && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return lined(s) || lined(after) || s.boxShadow !== 'none';
  };
  const name = e.getAttribute('aria-label') || e.textContent.trim().slice(0, 30) || e.tagName;
  return { name, seen: Boolean(look(e) || (e.parentElement && look(e.parentElement))) };
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("topic", TOPICS)
def test_axe_finds_nothing_serious(
    visitors: Callable[..., Visitor], lab, topic: str, scheme: str
) -> None:
    visitor = visitors(lab, color_scheme=scheme)
    page = visitor.open(PATHS[topic])
    found = []
    for name in views(topic):
        open_view(page, topic, name)
        for violation in Axe().run(page, options=OPTIONS[scheme]).response["violations"]:
            if violation["impact"] in ("critical", "serious"):
                places = [node["html"][:160] for node in violation["nodes"][:3]]
                found.append(f"{name}: {violation['id']}: {violation['help']}: {places}")
    assert found == []


@pytest.mark.parametrize("topic", TOPICS)
def test_the_keyboard_focus_is_always_visible(visitor: Visitor, topic: str) -> None:
    page = visitor.open(PATHS[topic])
    unseen, stops = [], 0
    for _ in range(45):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            continue
        stops += 1
        unseen += [] if focused["seen"] else [focused["name"]]
    assert stops > 15
    assert unseen == []


def test_language_and_title_follow_the_page_and_the_view(visitor: Visitor) -> None:
    page = visitor.open("/entropy?entropy_view=coin")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "A coin · Entropy and KL · Logit Lab"
    page.get_by_role("tab", name="Three outcomes").click()
    visitor.settle()
    assert page.title() == "Three outcomes · Entropy and KL · Logit Lab"
    page.locator('.ll-choice[data-key="lang"] [data-value="zh"]').click()
    page.wait_for_function("document.documentElement.lang === 'zh-Hans'")


def test_reduced_motion_is_respected(visitors: Callable[..., Visitor], lab) -> None:
    visitor = visitors(lab, reduced_motion="reduce")
    page = visitor.open("/entropy")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('[class^="ll-"]')].filter((e) =>
          parseFloat(getComputedStyle(e).transitionDuration) > 0).length"""
    )
    assert moving == 0


def test_forced_colors_keep_selections_visible(visitors: Callable[..., Visitor], lab) -> None:
    page = visitors(lab, forced_colors="active").open("/entropy")
    chosen = page.locator('.ll-choice [aria-checked="true"]').first
    assert chosen.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


def test_a_printed_page_is_light_and_without_controls(
    visitors: Callable[..., Visitor], lab
) -> None:
    visitor = visitors(lab, color_scheme="dark")
    page = visitor.open("/entropy")
    page.emulate_media(media="print")
    for hidden in (".st-key-ll_rail", ".ll-examples", '[data-testid="stSidebar"]'):
        assert not page.locator(hidden).first.is_visible(), hidden
    for shown in (".st-key-ll_figure .ll-bars", ".ll-facts", ".st-key-ll_head h1"):
        assert page.locator(shown).first.is_visible(), shown
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert ground == "rgb(255, 255, 255)"

"""The app's pages in a real browser: pages open, links restore states, values match `core`."""

from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
import torch

from charts.theme import PALETTE
from core.sampling import SamplingParams, sampling_trace
from tests.e2e.conftest import Visitor
from tests.pages import NASTY, NONSENSE, Registered, describe, registered
from tools.serving import Server

#: The table source needs no model: four tokens and their probabilities.
TABLE = [0.664, 0.199, 0.105, 0.032]
LINK = "/sampling?source=table&T={T}&k={k}&p={p}&min_p=0"

PAGES = pytest.mark.parametrize("page", registered(), ids=lambda page: page.topic)


def by_core(temperature: float, k: int = 0, p: float = 1.0) -> list[float]:
    """Return the final distribution of the table, largest first, computed by `core`."""
    params = SamplingParams(temperature=temperature, top_k=k, top_p=p)
    return sampling_trace(torch.log(torch.tensor(TABLE)), params).probs.tolist()


def by_plot(visitor: Visitor) -> list[float]:
    """Return the final distribution in the main figure."""
    (final,) = [t for t in visitor.figure("distribution") if t.get("name") == "after the filters"]
    return final["x"]


# Every view is opened in test_layout.py.
@PAGES
def test_a_page_tolerates_invalid_parameters(visitor: Visitor, page: Registered) -> None:
    keys = [control.key for control in describe(page.topic).all_controls()]
    values = [value for value in NONSENSE if value != "\0"] + [NASTY["script"]]
    query = "&".join(f"{key}={quote(values[i % len(values)])}" for i, key in enumerate(keys))
    visitor.open(f"{page.path}?{query}&lang=xx&present=2&zzz=1")
    visitor.assert_alive()
    assert visitor.dialogs == []


@PAGES
def test_a_page_in_the_dark_in_chinese_on_a_phone(
    visitors: Callable[..., Visitor], lab: Server, page: Registered
) -> None:
    visitor = visitors(
        lab, color_scheme="dark", locale="zh-CN", viewport={"width": 390, "height": 844}
    )
    shown = visitor.open(page.path)
    visitor.assert_alive()
    ground = shown.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    dark = PALETTE["@paper"]["dark"]
    assert ground == f"rgb({', '.join(str(int(dark[i : i + 2], 16)) for i in (1, 3, 5))})"
    assert "导出与分享" in shown.locator("body").inner_text()
    wide = shown.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than the phone"


def test_the_distribution_follows_the_slider_and_matches_core(visitor: Visitor) -> None:
    page = visitor.open(LINK.format(T=0.7, k=3, p=0.8))
    np.testing.assert_allclose(by_plot(visitor), by_core(0.7, 3, 0.8), atol=1e-6)
    before = visitor.revision("distribution")
    page.evaluate("window.__drawn = true; window.__blank = 0")
    counts = visitor.drag("T", steps=30)
    assert counts[-1] - before >= 6, f"paints during the drag: {counts}"
    page.mouse.up()
    page.wait_for_timeout(400)
    visitor.settle()
    assert page.evaluate("window.__blank") == 0
    assert visitor.value("T") == 5
    np.testing.assert_allclose(by_plot(visitor), by_core(5, 3, 0.8), atol=1e-6)


def test_a_link_gives_a_second_visitor_the_same_state(
    visitors: Callable[..., Visitor], lab: Server
) -> None:
    first = visitors(lab)
    page = first.open(LINK.format(T=1, k=0, p=1))
    for key in ("T", "k", "min_p"):
        first.slider(key).focus()
        page.keyboard.press("PageUp")
    page.wait_for_timeout(200)
    first.settle()
    link = first.address()
    assert "T=1.1" in link
    second = visitors(lab)
    second.open(link)
    assert second.address() == link
    assert by_plot(second) == by_plot(first)
    assert second.facts() == first.facts()
    for key in ("T", "min_p"):
        assert second.value(key) == first.value(key)


def test_two_visitors_do_not_share_state(visitors: Callable[..., Visitor], lab: Server) -> None:
    first, second = visitors(lab), visitors(lab)
    first.open(LINK.format(T=1, k=0, p=1))
    second.open(LINK.format(T=2, k=0, p=1))
    first.slider("T").focus()
    first.page.keyboard.press("PageUp")
    first.page.wait_for_timeout(300)
    first.settle()
    assert first.value("T") == pytest.approx(1.1)
    assert second.value("T") == 2
    np.testing.assert_allclose(by_plot(second), by_core(2), atol=1e-6)
    np.testing.assert_allclose(by_plot(first), by_core(1.1), atol=1e-6)


def test_the_language_changes_and_stays(visitor: Visitor) -> None:
    page = visitor.open(LINK.format(T=0.7, k=3, p=0.8))
    before = by_plot_x(visitor)
    page.get_by_role("radio", name="简体中文").click()
    page.get_by_text("试一试").first.wait_for()
    visitor.settle()
    assert "lang=zh" in visitor.address()
    assert visitor.value("T") == 0.7
    assert by_plot_x(visitor) == before
    if len(registered()) > 1:
        page.locator('[data-testid="stSidebarNavLink"]').first.click()
        page.wait_for_timeout(500)
        visitor.settle()
        assert "导出与分享" in page.locator("body").inner_text()
    page.get_by_role("radio", name="English").click()
    page.get_by_text("Try this").first.wait_for()
    visitor.settle()


def by_plot_x(visitor: Visitor) -> list[list[float]]:
    """Return the bars of the main figure, regardless of their names."""
    return [t["x"] for t in visitor.figure("distribution") if t["type"] == "bar"]


def test_presenter_mode_hides_prose_and_escape_ends_it(visitor: Visitor) -> None:
    page = visitor.open(LINK.format(T=0.7, k=3, p=0.8))
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    usual = page.evaluate(size)
    visitor.open(LINK.format(T=0.7, k=3, p=0.8) + "&present=1")
    assert page.evaluate(size) > usual
    assert not page.locator('[data-testid="stSidebar"]').is_visible()
    assert page.get_by_text("Try this").count() == 0
    np.testing.assert_allclose(by_plot(visitor), by_core(0.7, 3, 0.8), atol=1e-6)
    page.keyboard.press("Escape")
    page.get_by_text("Try this").wait_for()
    visitor.settle()
    assert "present" not in visitor.address()
    assert page.evaluate(size) == usual


# The first page, and the pages with the most controls.
@pytest.mark.parametrize("path", ["/", "/sampling", "/attention", "/moe"])
def test_on_a_projector_the_main_figure_is_whole_on_the_first_screen(
    visitor: Visitor, path: str
) -> None:
    browser = visitor.page
    browser.set_viewport_size({"width": 1280, "height": 720})
    visitor.open(f"{path}?present=1")
    # Figures are fitted once the elements above them are drawn.
    browser.wait_for_function(
        "[...document.querySelectorAll('.ll-plot-area')].some(e => "
        "e.getBoundingClientRect().height > 150 && e.getBoundingClientRect().bottom <= 740)",
        timeout=5000,
    )


def test_the_state_survives_a_visit_to_another_page(visitor: Visitor) -> None:
    titles = {page.topic: page.title for page in registered()}
    page = visitor.open(LINK.format(T=2.5, k=3, p=0.8))
    page.get_by_role("link", name=titles["entropy"]).click()
    page.wait_for_url("**/entropy*")
    page.wait_for_timeout(300)
    visitor.settle()
    visitor.assert_alive()
    page.get_by_role("link", name=titles["sampling"]).click()
    page.wait_for_selector('.ll-slider[data-key="T"]')
    page.wait_for_timeout(300)
    visitor.settle()
    assert visitor.value("T") == 2.5
    np.testing.assert_allclose(by_plot(visitor), by_core(2.5, 3, 0.8), atol=1e-6)
    assert "T=2.5" in visitor.address()


def test_script_in_the_table_is_drawn_as_text(visitor: Visitor) -> None:
    rows = "<img src=x onerror=alert(1)> 0.5, <b>bold</b> 0.3, <script>alert(2)</script> 0.2"
    page = visitor.open(f"/sampling?source=table&p=1&table={quote(rows)}")
    assert page.locator(".ll-plot img, .ll-plot script, .ll-fact img").count() == 0
    drawn = page.locator('.ll-plot[data-key="distribution"] .ytick text').all_text_contents()
    assert "<b>bold</b>" in drawn
    assert visitor.dialogs == []


def test_the_home_pages_name_redirects_home_with_its_state(visitor: Visitor) -> None:
    visitor.open("/home?home_layer=7")
    assert visitor.value("home_layer") == 7
    assert visitor.address().startswith("/?")


def test_a_link_to_the_sampling_sandbox_at_the_root_opens_it(visitor: Visitor) -> None:
    visitor.open("/?source=table&T=2.5&lang=en")
    assert visitor.value("T") == 2.5
    assert visitor.address().startswith("/sampling?")


def test_a_text_goes_along_to_other_pages(visitor: Visitor) -> None:
    page = visitor.open("/?home_text=Rain%20falls%20on%20the")

    def take_along(topic: str, name: str) -> None:
        page.get_by_text("Take this text along").click()
        page.locator('[class*="_along"]').get_by_role("button", name=name).click()
        page.wait_for_url(f"**/{topic}*")
        visitor.settle()

    take_along("tokenizers", "Tokenizer merge stepper")
    assert "tok_real=Rain+falls+on+the" in visitor.address()
    take_along("sampling", "Sampling sandbox")
    assert "prompt=Rain+falls+on+the" in visitor.address()

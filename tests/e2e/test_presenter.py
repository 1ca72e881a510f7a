"""Presenter mode: toolbar, keys of a presentation remote, black screen, pointer, QR code, exit."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.conftest import Visitor

OPEN = "/entropy?present=1&entropy_view=coin"


def tab(visitor: Visitor) -> str:
    return visitor.page.locator('.ll-choice-tabs [aria-selected="true"]').inner_text()


def test_a_presentation_remote_goes_through_the_views_and_their_steps(visitor: Visitor) -> None:
    page = visitor.open(OPEN)
    page.keyboard.press("PageDown")
    page.wait_for_function("document.title.startsWith('Three outcomes')")
    page.keyboard.press("PageUp")
    page.wait_for_function("document.title.startsWith('A coin')")
    page.keyboard.press("Space")
    page.wait_for_function("document.title.startsWith('Three outcomes')")
    visitor.settle()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.title.startsWith('Fit a Gaussian')")
    visitor.settle()
    page.locator(".ll-stepper").wait_for()
    page.keyboard.press("PageDown")
    page.wait_for_function("document.querySelector('.ll-step-where').textContent.includes('41')")
    assert tab(visitor) == "Fit a Gaussian"


def test_black_screen_pointer_and_code(visitor: Visitor) -> None:
    page = visitor.open(OPEN)
    page.keyboard.press("b")
    assert page.locator(".ll-cover-black").is_visible()
    page.keyboard.press("b")
    assert page.locator(".ll-cover").count() == 0
    page.keyboard.press("l")
    page.mouse.move(300, 300)
    assert page.locator(".ll-pointer").is_visible()
    page.keyboard.press("l")
    assert page.locator(".ll-pointer").count() == 0
    page.keyboard.press("q")
    image = page.locator(".ll-cover-code img")
    image.wait_for()
    page.wait_for_function("document.querySelector('.ll-cover-code img').naturalWidth > 50")
    assert "present" not in (image.get_attribute("alt") or "")
    assert "entropy_view=coin" in (image.get_attribute("alt") or "")
    page.locator(".ll-cover").click()
    assert page.locator(".ll-cover").count() == 0


def test_escape_exits_even_from_a_text_box(visitor: Visitor) -> None:
    page = visitor.open("/entropy?present=1&ent_src=letters")
    page.locator('.ll-text[data-key="ent_tp"] textarea').click()
    page.keyboard.press("b")
    assert page.locator(".ll-cover").count() == 0, "a typed letter is not a command"
    page.keyboard.press("Escape")
    page.wait_for_selector(".ll-presenter", state="detached")


def test_a_touch_screen_can_exit(visitors: Callable[..., Visitor], lab) -> None:
    visitor = visitors(lab, has_touch=True)
    page = visitor.open(OPEN)
    page.get_by_role("button", name="End presenting").tap()
    page.wait_for_selector(".ll-presenter", state="detached")
    visitor.settle()
    assert "present" not in visitor.address()


def test_the_bar_leads_to_another_page(visitor: Visitor) -> None:
    page = visitor.open(OPEN)
    pages = page.locator(".ll-presenter select")
    names = pages.locator("option").all_inner_texts()
    assert len(names) >= 8
    pages.select_option(label="MoE routing")
    page.wait_for_url("**/moe*")
    page.wait_for_selector(".ll-presenter")


def test_a_question_fills_the_screen_until_an_arrow_key_reveals_the_answer(
    visitor: Visitor,
) -> None:
    page = visitor.open(OPEN)
    page.keyboard.press("p")
    card = page.locator(".ll-question.ll-open")
    card.wait_for()
    assert page.viewport_size
    assert card.bounding_box() == {"x": 0, "y": 0} | page.viewport_size
    visitor.settle()
    page.keyboard.press("ArrowRight")
    page.locator(".ll-verdict").wait_for()
    assert "The answer is A." in page.locator(".ll-verdict").inner_text()
    assert page.locator(".ll-open").count() == 0
    page.wait_for_function("location.search.includes('entropy_answer=shown')")
    page.keyboard.press("p")
    card.wait_for()
    page.locator(".ll-answer").nth(0).click()
    page.locator(".ll-verdict").wait_for()
    assert "Not quite. The answer is B." in page.locator(".ll-verdict").inner_text()

"""The address bar holds the state; deliberate actions add history entries, slider steps do not."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from tests.e2e.conftest import Visitor
from tools.serving import free_port, serve


def entries(visitor: Visitor) -> int:
    return visitor.page.evaluate("history.length")


def test_an_action_adds_one_history_entry_and_slider_steps_add_none(visitor: Visitor) -> None:
    page = visitor.open("/entropy?entropy_view=coin")
    before = entries(visitor)
    visitor.slider("ent_coin").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    visitor.settle()
    assert "ent_coin=0.62" in visitor.address()
    assert entries(visitor) == before
    page.get_by_role("tab", name="Three outcomes").click()
    visitor.settle()
    assert "entropy_view=simplex" in visitor.address()
    assert entries(visitor) == before + 1
    page.get_by_role("button", name="Zipf").click()
    page.wait_for_timeout(300)
    visitor.settle()
    assert "ent_n=10" in visitor.address()
    assert entries(visitor) == before + 2


def test_back_undoes_one_action_at_a_time(visitor: Visitor) -> None:
    page = visitor.open("/entropy?entropy_view=coin")
    visitor.slider("ent_coin").focus()
    page.keyboard.press("ArrowRight")
    visitor.settle()
    page.get_by_role("button", name="Zipf").click()
    page.wait_for_selector('.ll-bars[data-key], .ll-plot[data-key="ent_bars10"]')
    visitor.settle()
    page.go_back()
    page.wait_for_selector('.ll-slider[data-key="ent_coin"]')
    visitor.settle()
    assert visitor.value("ent_coin") == 0.51
    assert "ent_coin=0.51" in visitor.address()
    assert "ent_n" not in visitor.address()
    page.go_forward()
    page.wait_for_selector('.ll-plot[data-key="ent_bars10"]')
    visitor.settle()
    assert "ent_n=10" in visitor.address()


def test_back_undoes_the_choice_of_an_option(visitor: Visitor) -> None:
    page = visitor.open("/activations?activations_view=curves")
    before = entries(visitor)
    choice = page.locator('.st-key-ll_rail .ll-choice [role="radio"][aria-checked="false"]').first
    name = choice.get_attribute("data-value")
    choice.click()
    page.wait_for_function("(n) => location.search.includes(n)", arg=name)
    visitor.settle()
    assert entries(visitor) == before + 1
    page.go_back()
    page.wait_for_function("(n) => !location.search.includes(n)", arg=name)
    visitor.settle()
    checked = page.locator(f'.st-key-ll_rail .ll-choice [role="radio"][data-value="{name}"]')
    assert checked.get_attribute("aria-checked") == "false"


def test_the_note_of_an_example_stays_while_a_control_moves(visitor: Visitor) -> None:
    page = visitor.open("/entropy")
    page.get_by_role("button", name="Skewed").click()
    lesson = page.locator(".ll-lesson", has_text="half as likely")
    lesson.wait_for()
    visitor.settle()
    visitor.slider("ent_n").focus()
    page.keyboard.press("ArrowLeft")
    visitor.settle()
    assert lesson.is_visible()
    assert page.locator('.ll-example[aria-pressed="true"]').inner_text() == "Skewed"


def test_try_this_scrolls_to_the_figure(visitor: Visitor) -> None:
    page = visitor.open("/entropy")
    button = page.get_by_role("button", name="Overconfidence")
    button.scroll_into_view_if_needed()
    button.click()
    page.locator(".ll-lesson", has_text="Overconfidence").wait_for()
    visitor.settle()
    page.wait_for_timeout(900)
    box = page.locator(".st-key-ll_figure").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 901


def test_the_state_survives_a_lost_connection(visitor: Visitor) -> None:
    page = visitor.open("/entropy?entropy_view=coin&ent_coin=0.3")
    visitor.slider("ent_coin").focus()
    page.keyboard.press("ArrowRight")
    visitor.settle()
    address = visitor.address()
    page.reload()
    page.wait_for_selector('.ll-slider[data-key="ent_coin"]')
    visitor.settle()
    assert visitor.address() == address
    assert visitor.value("ent_coin") == 0.31


def test_a_restarted_server_gives_the_state_back(visitors: Callable[..., Visitor]) -> None:
    port = free_port()
    with serve(port=port) as server:
        visitor = visitors(server)
        page = visitor.open("/entropy?entropy_view=coin&ent_coin=0.3")
        visitor.slider("ent_coin").focus()
        page.keyboard.press("ArrowRight")
        visitor.settle()
        address = parse_qs(urlsplit(page.url).query)
        server.process.terminate()
        server.process.wait(20)
    with serve(port=port):
        page.wait_for_function(
            "fetch(location.origin + '/_stcore/health').then((r) => r.ok, () => false)"
        )
        page.reload()
        page.wait_for_selector('.ll-slider[data-key="ent_coin"]')
        visitor.settle()
        before = visitor.revision("ent_curve")
        visitor.slider("ent_coin").focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function(
            f"document.querySelector('.ll-plot[data-key=ent_curve]').dataset.rev > {before}"
        )
        visitor.settle()
        visitor.errors.clear()  # the browser says that the server was gone, as it was
        assert address == {"entropy_view": ["coin"], "ent_coin": ["0.31"]}
        assert visitor.value("ent_coin") == 0.3
        page.close()

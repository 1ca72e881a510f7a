"""The frame in a real browser: live controls, plots, chips, stepper, export."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import Visitor
from tests.frame.test_wire import EXPECTED, READER, SAMPLE
from tests.pages import BROKEN, NASTY
from ui.wire import pack


def test_the_plot_follows_the_pointer_while_the_button_is_down(tester: Visitor) -> None:
    page = tester.open("/")
    before = tester.revision("line")
    page.evaluate("window.__drawn = true; window.__blank = 0; window.__frames = 0")
    counts = tester.drag("x", steps=30)
    assert counts[-1] - before >= 8, f"paints during the drag: {counts}"
    assert len(set(counts[:20])) > 3, "it must move during the drag, not only at the end"
    page.mouse.up()
    tester.page.wait_for_timeout(400)
    assert page.evaluate("window.__frames") > 20
    assert page.evaluate("window.__blank") == 0, "frames without a figure"


def test_a_formula_follows_the_pointer_while_the_button_is_down(tester: Visitor) -> None:
    page = tester.open("/")
    formula = page.locator(".ll-formula .katex-html")
    formula.wait_for()
    assert "1.00" in formula.inner_text()
    assert page.locator(".ll-formula math").count() == 1, "the MathML for screen readers"
    index, base = (
        page.locator(f".ll-formula {part}").first.evaluate("e => getComputedStyle(e).fontSize")
        for part in (".msupsub .sizing > .mord", ".katex-html")
    )
    assert float(index[:-2]) < 0.8 * float(base[:-2]), "the page has KaTeX's styles"
    page.evaluate(
        """() => {
          window.__formulas = new Set();
          new MutationObserver(() =>
            window.__formulas.add(document.querySelector(".ll-formula .katex-html").innerText)
          ).observe(document.querySelector(".ll-formula"), { childList: true, subtree: true });
        }"""
    )
    tester.drag("x", steps=30)
    assert page.evaluate("window.__formulas.size") > 3, (
        "it must move during the drag, not only at the end"
    )
    page.mouse.up()


def test_the_plot_shows_what_python_computed(tester: Visitor) -> None:
    tester.open("/?x=2.5")
    (line,) = tester.figure("line")
    assert line["x"] == list(range(50))
    np.testing.assert_allclose(line["y"], 2.5 * np.arange(50), rtol=1e-6)
    assert tester.facts()["factor"] == "2.50"
    label = tester.page.locator('.ll-plot[data-key="line"] [role=img]').get_attribute("aria-label")
    assert label == "A line from 0 to 122.5"


def test_a_slider_by_keyboard_and_by_number(tester: Visitor) -> None:
    page = tester.open("/")
    track = tester.slider("x")
    track.focus()
    for key, value in [
        ("ArrowRight", 1.01), ("ArrowUp", 1.02), ("ArrowLeft", 1.01), ("PageUp", 1.11),
        ("PageDown", 1.01), ("Home", 0.0), ("ArrowLeft", 0.0), ("ArrowRight", 0.01),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert tester.value("x") == pytest.approx(value), key
    tester.settle()
    assert tester.facts()["factor"] == "0.01"
    assert tester.address() == "/?x=0.01"
    box = page.locator('.ll-slider[data-key="x"] .ll-slider-box')
    for typed, value in [("3,5", 3.5), ("99", 5), ("-1", 0), ("abc", 0), ("", 0), ("1e0", 1)]:
        box.fill(typed)
        box.press("Enter")
        tester.settle()
        assert tester.value("x") == pytest.approx(value), typed
    assert tester.facts()["factor"] == "1.00"
    assert tester.address() == "/", "the URL omits controls at their defaults"


def test_a_reply_does_not_overwrite_a_number_being_typed(tester: Visitor) -> None:
    page = tester.open("/")
    box = page.locator('.ll-slider[data-key="x"] .ll-slider-box')
    box.fill("2")
    box.press("Enter")
    tester.settle()
    box.fill("3.7")
    page.evaluate(
        """() => {
          const other = document.querySelector('.ll-slider[data-key="n"] input[type=range]');
          other.value = 900;
          other.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    tester.settle()
    assert box.input_value() == "3.7"


def test_a_logarithmic_slider_reaches_its_ends_and_every_number(tester: Visitor) -> None:
    page = tester.open("/")
    track = tester.slider("n")
    track.focus()
    page.keyboard.press("Home")
    tester.settle()
    box = page.locator('.ll-slider[data-key="n"] .ll-slider-box')
    assert box.input_value() == "off"
    assert tester.facts()["count"] == "0"
    page.keyboard.press("ArrowRight")
    tester.settle()
    assert tester.facts()["count"] == "1"
    page.keyboard.press("End")
    tester.settle()
    assert tester.facts()["count"] == "49152"
    box.fill("7")
    box.press("Enter")
    tester.settle()
    assert tester.facts()["count"] == "7"
    assert "n=7" in tester.address()


def test_zoom_survives_an_update_and_a_double_click_ends_it(tester: Visitor) -> None:
    page = tester.open("/")
    area = page.locator('.ll-plot[data-key="line"] .nsewdrag').first
    box = area.bounding_box()
    assert box is not None
    read = "document.querySelector('[data-key=line] .ll-plot-area')._fullLayout.xaxis.range"
    first = page.evaluate(read)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1], steps=4)
    page.mouse.move(middle[0] - 120, middle[1], steps=4)
    page.mouse.up()
    page.wait_for_timeout(300)
    moved = page.evaluate(read)
    assert moved[0] > first[0] + 1, "dragging the figure pans it"
    before = tester.revision("line")
    tester.slider("x").focus()
    page.keyboard.press("PageUp")
    page.wait_for_function(
        f"Number(document.querySelector('.ll-plot[data-key=line]').dataset.rev) > {before}"
    )
    tester.settle()
    assert page.evaluate(read) == moved
    page.mouse.dblclick(*middle)
    page.wait_for_timeout(400)
    assert page.evaluate(read)[0] == pytest.approx(first[0], abs=0.5)


def test_the_element_of_a_plot_is_kept(tester: Visitor) -> None:
    page = tester.open("/")
    page.evaluate("document.querySelector('[data-key=line] .ll-plot-area').__mine = 7")
    tester.slider("x").focus()
    page.keyboard.press("PageUp")
    tester.settle()
    assert page.evaluate("document.querySelector('[data-key=line] .ll-plot-area').__mine") == 7


def test_the_arrow_keys_step_unless_the_focus_needs_them(tester: Visitor) -> None:
    page = tester.open("/?frame_view=steps")
    body = page.locator("body")
    for key, step in [
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 6), ("ArrowRight", 6),
        ("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1),
    ]:  # fmt: skip
        body.press(key)
        page.wait_for_timeout(60)
        assert page.locator(".ll-step-where").inner_text() == f"step {step} of 6", key
    tester.settle()
    assert tester.facts()["step"] == "1"
    assert "step=1" in tester.address()
    page.locator(".ll-text textarea").press("ArrowRight")
    page.wait_for_timeout(300)
    assert page.locator(".ll-step-where").inner_text() == "step 1 of 6"
    page.get_by_role("button", name="Last step").click()
    tester.settle()
    assert tester.facts()["step"] == "6"


def test_playing_stops_at_the_end(tester: Visitor) -> None:
    page = tester.open("/?frame_view=steps&step=4")
    page.get_by_role("button", name="Play or pause").click()
    page.wait_for_selector('.ll-step-play[aria-pressed="true"]')
    page.wait_for_function("document.querySelector('.ll-step-where').textContent.includes('6 of')")
    page.wait_for_selector('.ll-step-play[aria-pressed="false"]')
    tester.settle()
    assert tester.facts()["step"] == "6"


def test_choices_by_mouse_and_keyboard(tester: Visitor) -> None:
    page = tester.open("/")
    page.get_by_role("radio", name="Second").click()
    tester.settle()
    assert tester.facts()["kind"] == "b"
    page.keyboard.press("ArrowRight")
    tester.settle()
    assert tester.facts()["kind"] == "c"
    assert "kind=c" in tester.address()


@pytest.mark.parametrize("name", ["script", "plotly tags", "direction", "family", "markdown"])
def test_what_a_visitor_types_shows_as_text(tester: Visitor, name: str) -> None:
    text = NASTY[name]
    page = tester.open("/")
    page.locator('.ll-text[data-key="words"] textarea').fill(text)
    page.wait_for_timeout(500)
    tester.settle()
    pieces = text.split(" ")[:7]
    chips = page.locator('.ll-tokens[data-key="strip"] .ll-token')
    assert chips.count() == len(pieces)
    if name in ("script", "plotly tags", "family"):
        assert chips.first.inner_text() == pieces[0]
        ticks = page.locator('.ll-plot[data-key="bars"] .xtick text')
        assert ticks.first.text_content() == pieces[0]
    assert page.locator(".ll-tokens img, .ll-tokens script, .ll-plot a, .ll-plot img").count() == 0
    assert page.locator('.ll-text[data-key="words"] textarea').input_value() == text
    assert BROKEN not in page.locator("body").inner_text()
    assert tester.dialogs == []


def test_a_link_with_script_in_it_is_only_text(tester: Visitor) -> None:
    page = tester.open(
        "/?words=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&x=%3Cscript%3E&lang=%22%3E"
    )
    page.wait_for_timeout(300)
    assert page.locator('.ll-text[data-key="words"] textarea').input_value() == (
        "<img src=x onerror=alert(1)>"
    )
    assert tester.value("x") == 1


def test_clicks_on_bars_and_chips_reach_python(tester: Visitor) -> None:
    page = tester.open("/?words=one%20three%20fifteen")
    page.locator(".ll-token").nth(2).click()
    tester.settle()
    assert tester.facts()["clicked chip"] == "2"
    bars = page.locator('.ll-plot[data-key="bars"] .bars .point')
    box = bars.nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(150)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(200)
    tester.settle()
    assert tester.facts()["clicked bar"] == "1"


def test_the_popover_of_a_chip_opens_and_closes_by_keyboard(tester: Visitor) -> None:
    page = tester.open("/?words=one%20three%20fifteen")
    box, chip = page.locator(".ll-detail"), page.locator(".ll-token").first
    assert box.is_hidden()
    chip.focus()
    page.keyboard.press("Enter")
    box.wait_for(state="visible")
    over, under = box.bounding_box(), chip.bounding_box()
    assert over is not None
    assert under is not None
    assert over["y"] >= under["y"] + under["height"] or over["y"] + over["height"] <= under["y"]
    page.keyboard.press("Escape")
    assert box.is_hidden()
    page.keyboard.press("Enter")  # the focus is still on the chip, whose popover was closed
    assert box.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "b"
    page.keyboard.press("Enter")
    tester.settle()
    assert tester.facts()["picked"] == "1"


def test_scenarios_move_controls_and_address(tester: Visitor) -> None:
    page = tester.open("/")
    page.get_by_role("button", name="double", exact=True).click()
    page.wait_for_timeout(300)
    tester.settle()
    assert tester.value("x") == 2
    assert tester.facts()["factor"] == "2.00"
    assert "x=2" in tester.address()


def test_a_failing_view_shows_a_message_and_recovers(tester: Visitor, bench_page) -> None:
    page = tester.open("/?words=secret-words")
    page.get_by_role("button", name="break", exact=True).click()
    page.wait_for_selector(".ll-problem")
    assert BROKEN in page.locator(".ll-problem").inner_text()
    assert "RuntimeError" in bench_page.output()
    assert "secret-words" not in bench_page.output()
    page.get_by_role("button", name="Try 1", exact=True).click()
    page.wait_for_selector(".ll-problem", state="detached")
    tester.settle()
    assert tester.facts()["factor"] == "1.00"


def test_figures_can_be_exported(tester: Visitor, tmp_path: Path) -> None:
    page = tester.open("/?x=2.5")
    tools = page.locator('.ll-plot[data-key="line"] .ll-plot-tools')
    files: dict[str, Path] = {}
    for name in ("PNG", "SVG", "HTML"):
        page.locator('.ll-plot[data-key="line"]').hover()
        with page.expect_download() as arrived:
            tools.get_by_text(name, exact=True).click()
        files[name] = tmp_path / arrived.value.suggested_filename
        arrived.value.save_as(files[name])
    assert [path.name for path in files.values()] == [
        "logit-lab-line.png", "logit-lab-line.svg", "logit-lab-line.html",
    ]  # fmt: skip
    assert files["PNG"].read_bytes().startswith(b"\x89PNG")
    assert files["PNG"].stat().st_size > 5000
    assert "<svg" in files["SVG"].read_text(encoding="utf-8")[:200]
    assert "position" in files["SVG"].read_text(encoding="utf-8")
    alone = tester.context.new_page()
    requests: list[str] = []
    alone.on("request", lambda request: requests.append(request.url))
    alone.goto(files["HTML"].as_uri())
    alone.wait_for_selector(".main-svg")
    assert alone.evaluate("document.getElementById('f').data[0].y[49]") == pytest.approx(122.5)
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    tester.urls = [url for url in tester.urls if not url.startswith("file:")]


def take(tester: Visitor, label: str, folder: Path) -> str:
    """Return the file of a download button as text."""
    with tester.page.expect_download(timeout=8000) as arrived:
        tester.page.get_by_role("button", name=label, exact=True).click()
    path = folder / arrived.value.suggested_filename
    arrived.value.save_as(path)
    return path.read_text(encoding="utf-8-sig")


def test_a_table_can_be_exported(tester: Visitor, tmp_path: Path) -> None:
    tester.open("/")
    assert take(tester, "Fixed table", tmp_path) == "a,b\n1,'=2\n"


def test_an_exported_table_has_the_current_state(tester: Visitor, tmp_path: Path) -> None:
    tester.open("/?x=2.5")
    assert take(tester, "Table", tmp_path) == "x\n2.5\n"


def test_the_link_is_copied(tester: Visitor) -> None:
    tester.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = tester.open("/?x=2.5")
    page.locator(".ll-button", has_text="Copy the link").click()
    page.wait_for_selector(".ll-button:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == f"{tester.origin}/?x=2.5"


def test_controls_are_named_for_a_screen_reader(tester: Visitor) -> None:
    page = tester.open("/")
    assert page.get_by_role("slider", name="Factor").count() == 1
    assert page.get_by_role("textbox", name="Words").count() == 1
    assert page.get_by_role("radiogroup", name="Kind").count() == 1
    assert page.get_by_role("img", name="A line from 0 to 49.0").count() == 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll(
            '.ll-slider input, .ll-text textarea, .ll-plot button, .ll-stepper button')]
          .filter((e) => !e.getAttribute('aria-label')).length"""
    )
    assert unnamed == 0


def test_the_browser_decodes_messages(tester: Visitor) -> None:
    page = tester.open("/")
    source = re.search(r"/lab/[0-9a-f]{8}/", "\n".join(tester.urls))
    assert source is not None
    text = base64.b64encode(pack(SAMPLE)).decode()
    got = page.evaluate(
        f"""async () => {{
          const {{ unpack }} = await import("{source[0]}wire.js");
          {READER}
          return read(unpack, {json.dumps(text)});
        }}"""
    )
    assert got == EXPECTED


def test_own_files_are_compressed_and_cached_and_nothing_else_is_served(tester: Visitor) -> None:
    page = tester.open("/")
    base = re.search(r"/lab/[0-9a-f]{8}/", "\n".join(tester.urls))
    assert base is not None
    answer = page.request.get(f"{tester.origin}{base[0]}plotly.min.js")
    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert page.request.get(f"{tester.origin}{base[0]}katex.js").status == 200
    for name in ("nothing.js", "..%2f..%2fapp.py", "%2e%2e%2fassets.py", "lab.css%00.js", "app.py"):
        assert page.request.get(f"{tester.origin}{base[0]}{name}").status in (400, 404), name

"""The FlashAttention page in process: every view, clicks, questions, numbers against torch."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import pytest
import torch

from core.flash_attention import attention_traffic, measuring
from core.lm import LanguageModel
from pages.flash_attention import inputs, process
from tests import pages

VIEWS = ("tiles", "overflow", "traffic", "measured")
TYPED = {"flash_source": "typed", "flash_q": "1\n1", "flash_k": "0\n1.0986123", "flash_v": "0\n4"}


def opened(**state: object) -> Any:
    return pages.open_page("flash_attention", state=state or None)


def text_of(at: Any) -> str:
    shown = re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))
    return shown.replace("−", "-").replace("&#x27;", "'")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("present", ["0", "1"])
def test_every_view_opens(view: str, present: str) -> None:
    at = opened(flash_attention_view=view, present=present)
    pages.assert_whole(at)
    assert not pages.sentences(at)
    assert pages.keys(at, "plot")


def test_typed_numbers_give_the_example_by_hand() -> None:
    at = opened(**TYPED, flash_key_tile=1, flash_query_tile=1, flash_tile=1)
    shown = text_of(at)
    assert "“2” sees its first keys: m = 0.00, and α = 0" in shown
    assert "differs from plain softmax by up to 3.0" in shown
    assert "1 of 4 tiles are masked entirely and are skipped" in shown
    pages.put(at, {"flash_tile": 2})
    rise = "from 0.00 to 1.10, so the earlier sums are scaled by α = e^(0.00 - 1.10) = 0.333"
    assert rise in text_of(at)
    assert r"0.3333\cdot 1.0000 + 1.0000 = 1.3333" in pages.formulas(at)[0]


def test_a_click_goes_to_the_tile_and_writes_the_weight() -> None:
    at = opened(**TYPED, flash_key_tile=1, flash_query_tile=1, flash_tile=0)
    pages.click(at, "flash_tiles", {"curve": 0, "point": [1, 1], "x": 1, "y": 1})
    pages.assert_whole(at)
    assert at.session_state["flash_tile"] == 2
    assert "“2” → “2”: s = q·k/√d = 1.10" in text_of(at)
    assert "its weight is e^(1.10 - 1.10) / 1.33 = 0.750" in text_of(at)
    pages.put(at, {"flash_query_tile": 2, "flash_tile": 0})
    pages.click(at, "flash_tiles", {"curve": 0, "point": [1, 0], "x": 0, "y": 1})
    assert (at.session_state["flash_tile"], at.session_state["flash_row"]) == (0, 2)
    for x, y in ((1, 0), (None, 0), ("x", []), (1e300, -5), (float("nan"), 1)):
        pages.click(at, "flash_tiles", {"curve": 0, "point": [0, 1], "x": x, "y": y})
        pages.assert_whole(at)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"flash_q": ""}, "q: type 1 to 16 rows of 1 to 8 numbers."),
        ({"flash_k": "1 2\n3"}, "k: type equally many numbers in every row."),
        ({"flash_v": "1\nx"}, "v: “x” is not a number from −100 to 100."),
        ({"flash_v": "1\nnan"}, "v: “nan” is not a number from −100 to 100."),
        ({"flash_v": "1"}, "q is 2×1, k is 2×1 and v is 1×1"),
    ],
)
def test_typed_nonsense_gets_a_sentence(typed: dict[str, str], sentence: str) -> None:
    at = opened(**TYPED | typed)
    pages.assert_whole(at)
    assert sentence in pages.sentences(at)[0]


def test_the_problem_is_told_in_each_visitors_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "type" in str(inputs.typed("", "1", "1", "en"))
    monkeypatch.setattr(inputs, "_", lambda text: "请输入 {rows} {columns}")
    assert "请输入" in str(inputs.typed("", "1", "1", "zh"))
    assert "type" in str(inputs.typed("", "1", "1", "en"))


@pytest.mark.model
def test_the_models_tiles_end_at_its_own_output(language_model: LanguageModel) -> None:
    at = opened(flash_tile=99)
    ids = language_model.encode("When Mary and John went to the store, John gave")
    oracle = language_model.trace(ids, keep=["head_outputs"]).head_outputs[10, 8, -1]
    exact, running, distance = pages.spec(at, "flash_running")["data"]
    assert torch.tensor(exact["y"]) == pytest.approx(oracle, abs=1e-5)
    assert torch.tensor(running["y"]) == pytest.approx(oracle, abs=1e-5)
    assert distance["y"][-1] < 1e-5 < distance["y"][0]
    before = running["y"]
    pages.put(at, {"flash_order": 5})
    assert pages.spec(at, "flash_running")["data"][1]["y"] == pytest.approx(before, abs=1e-5)
    pages.put(at, {"flash_slip": "1"})
    assert pages.spec(at, "flash_running")["data"][2]["y"][-1] > 0.01
    assert "the sum ℓ is right, but the output is not" in text_of(at)
    pages.put(at, {"flash_key_tile": 1})
    assert "With one key per tile the mistake has no effect" in text_of(at)
    assert pages.spec(at, "flash_running")["data"][2]["y"][-1] < 1e-5


@pytest.mark.model
@pytest.mark.parametrize("name", list(pages.NASTY))
def test_any_text(name: str) -> None:
    at = opened(flash_text=pages.NASTY[name])
    pages.assert_whole(at)
    pages.put(at, {"flash_attention_view": "overflow"})
    pages.assert_whole(at)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"flash_factor": 1.0}, "e^1.10 still fits into float16"),
        ({"flash_factor": 30.0}, "exceeds float16's largest number 65,504 and becomes ∞"),
        ({"flash_offset": -60.0}, "is 0 in float16. 0/0 is NaN: 2 of 2 weights are NaN"),
        ({"flash_offset": 10.0, "flash_k": "1\n1"}, "finite in float16, but their sum is ∞"),
        ({"flash_factor": 30.0, "flash_format": "bfloat16"}, "still fits into bfloat16"),
    ],
)
def test_every_outcome_of_the_softmax_is_told(state: dict[str, object], said: str) -> None:
    at = opened(flash_attention_view="overflow", **TYPED | state)
    pages.assert_whole(at)
    assert said in text_of(at)
    drawn = pages.spec(at, "flash_weights")["data"]
    assert len(drawn[3]["x"]) == {"NaN: 2": 2, "becomes ∞": 1}.get(said[-7:], len(drawn[3]["x"]))
    exact, safe = drawn[0]["y"], drawn[2]["y"]
    assert safe == pytest.approx(exact, abs=0.01)


def test_a_click_writes_a_tokens_arithmetic() -> None:
    at = opened(flash_attention_view="overflow", **TYPED, flash_factor=30.0)
    pages.click(at, "flash_exponents", {"curve": 0, "point": 1, "x": 1, "y": 33.0})
    assert "“2”: s = 32.97. Nothing subtracted: e^s = ∞, weight NaN" in text_of(at)
    assert "weight 1.00. Exact: 1.00" in text_of(at)


def test_scores_that_leave_the_format_get_a_sentence() -> None:
    large = TYPED | {"flash_q": "100\n100", "flash_k": "100\n100"}
    at = opened(flash_attention_view="overflow", **large, flash_factor=100.0)
    pages.assert_whole(at)
    assert pages.sentences(at) == ["scores must be finite numbers of float16; use smaller numbers."]


def test_the_traffic_is_that_of_core() -> None:
    at = opened(flash_attention_view="traffic", flash_length=1024, flash_card="2")
    flash = attention_traffic(1024, 64, "flash", 192 * 1024 // 2)
    marks = pages.spec(at, "flash_moved")["data"][2]
    assert marks["y"][1] == pytest.approx(flash.bytes / 1e6)
    assert f"{2 * (4 * 1024**2 + 4 * 1024 * 64) / 2**20:.2f} MiB" in text_of(at)
    assert "the memory's bandwidth limits both kinds of attention" in text_of(at)
    assert "printed, but recomputing gives 25.23 GB" in text_of(at)
    pages.put(at, {"flash_against": "tile"})
    assert pages.spec(at, "flash_moved")["data"][2]["x"] == [384, 384] != marks["x"]
    pages.put(at, {"flash_length": 4096})
    assert "the memory's bandwidth limits standard attention, and arithmetic limits" in text_of(at)
    pages.put(at, {"flash_dim": "256", "flash_card": "1", "flash_length": 8192})
    large = [
        attention_traffic(8192, 256, kind, 96 * 1024 // 2).bytes for kind in ("standard", "flash")
    ]
    assert large[1] > 3 * large[0]
    assert f"FlashAttention moves more bytes, {large[1] / large[0]:.2f} times as many" in text_of(
        at
    )


def test_what_the_page_says_of_tile_sizes_and_heads_is_so() -> None:
    # "Twice as many keys per tile need half as many passes over q and the output."
    for tile in (16, 64, 256):
        one, two = (
            attention_traffic(4096, 64, "flash", 256 * n).column_tiles for n in (tile, 2 * tile)
        )
        assert one == 2 * two
    # "for long texts its line is parallel to that of standard attention"
    ratios = [
        attention_traffic(n, 64).bytes / attention_traffic(n, 64, "flash").bytes
        for n in (32_768, 131_072)
    ]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.02)


@pytest.mark.parametrize(
    ("which", "expected", "why"),
    [
        (0, "C. about quadruples", "the tiles of keys grow from 43 to 86"),
        (1, "A. is the same, up to rounding", "which is float32's rounding"),
        (2, "C. NaN", "exceeds float16's largest number 65,504"),
    ],
)
@pytest.mark.model
def test_questions_are_answered_by_core(which: int, expected: str, why: str) -> None:
    at = opened(flash_attention_view="traffic")
    at.button(key=f"flash_attention_experiment_{which}").click().run()
    pages.trigger(at, "flash_attention_question", "answer", "reveal")
    pages.assert_whole(at)
    shown = pages.message(at, "flash_attention_question")
    assert shown["verdict"] == f"The answer is {expected}"
    assert why in shown["why"]


@pytest.fixture
def without_process(monkeypatch: pytest.MonkeyPatch) -> Generator[list[Any]]:
    asked: list[Any] = []

    def ask(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        if request["length"] == 256:
            return {"error": "no memory"}
        seconds = request["length"] * (2e-6 if request["kernel"] == "plain" else 1e-6)
        return {
            "kernel": request["kernel"],
            "length": request["length"],
            "seconds": seconds,
            "peak_bytes": 1000 * request["length"],
            "runs": 3,
        }

    monkeypatch.setattr(process, "_ask", ask)
    process._kept.clear()
    yield asked
    process._kept.clear()


def test_a_measurement_fills_the_figure_and_serves_others(without_process: list[Any]) -> None:
    at = opened(flash_attention_view="measured")
    assert "Press Measure" in text_of(at)
    run = at.session_state["flash_measure·run"][1]
    run.start()
    for _attempt in range(200):
        run.wait(1)
        if run.done:
            break
    at.run()
    pages.assert_whole(at)
    lines = pages.spec(at, "flash_measured")["data"]
    device, _format = measuring.device_of_measurement()
    for line, kernel in zip(lines[::2], measuring.KERNELS, strict=True):
        lengths = [n for n in measuring.lengths_to_measure(kernel, device) if n != 256]
        assert line["x"] == lengths
    assert "plain ÷ fused = 2.0" in text_of(at)
    assert "could not be measured for 256 tokens: no memory" in " ".join(pages.sentences(at))
    asked = len(without_process)
    assert isinstance(process.measured(("plain", 128, 64, True)), measuring.Measured)
    assert len(without_process) == asked, "another visitor gets the same result"
    rows = pages.download(at, "flash_attention", "measured.csv")[1]
    assert rows[0][:3] == ["plain", "128", str(128 * 2e-6)]


def test_the_process_measures() -> None:
    found = process.measured(("fused", 128, 32, False))
    assert isinstance(found, measuring.Measured), found
    assert found.seconds > 0
    assert process._process is not None
    process._process.communicate()  # closes its input, so it ends
    assert process._process.returncode == 0


@pytest.mark.parametrize("which", range(3))
def test_pitfalls_are_shown_by_running_them(which: int) -> None:
    at = opened(flash_attention_view="traffic")
    before = len(pages.blocks(at))
    at.session_state[f"flash_attention_pitfall_{which}"] = True
    at.run()
    pages.assert_whole(at)
    assert len(pages.blocks(at)) > before

"""The positions page in process: every view, clicks, and numbers from other sources."""

from __future__ import annotations

import math
import re
from unittest import mock

import pytest
import torch

from charts.format import number
from core import positions as core
from pages.positions import others
from pages.positions.vectors import only_pair, vectors
from tests import pages
from ui import Notice, models

VIEWS = ("turn", "score", "waves", "decay", "pairings", "extend", "others")
VIEW = "positions_view"


def opened(view: str = "turn", **state: object):
    return pages.open_page("positions", state={VIEW: view, **state})


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))


def named(at, key: str, name: str) -> dict:
    (found,) = [trace for trace in pages.spec(at, key)["data"] if trace.get("name") == name]
    return found


def test_every_view_opens_and_describes_its_figures() -> None:
    at = opened()
    for view, beside in [*((view, "") for view in VIEWS), ("turn", "matrix"), ("score", "curve")]:
        pages.put(at, {VIEW: view, "rope_beside": beside, "rope_shown": beside})
        pages.assert_whole(at)
        assert pages.keys(at, "plot")
        for key in pages.keys(at, "plot"):
            assert len(pages.message(at, key)["alt"]) > 20


def test_the_arrow_stands_at_the_angle_of_its_position() -> None:
    at = opened(rope_m=12, rope_pair=2)
    now = named(at, "pos_arrow", "now")
    assert now["x"][1] == pytest.approx(math.cos(1.2), abs=1e-5)
    assert now["y"][1] == pytest.approx(math.sin(1.2), abs=1e-5)
    assert "0.362" in pages.formulas(at)[0]
    assert "1.200" in text_of(at)


def test_a_click_on_a_clock_chooses_its_pair() -> None:
    at = opened()
    pages.click(at, "pos_clocks", {"curve": 4, "point": 5, "x": 1, "y": 1})
    pages.assert_whole(at)
    assert at.session_state["rope_pair"] == 5
    pages.put(at, {"rope_beside": "matrix"})
    pages.click(at, "pos_matrix", {"curve": 0, "point": [4, 4], "x": 4, "y": 4})
    assert at.session_state["rope_pair"] == 2
    pages.put(at, {"rope_beside": "clocks"})
    pages.click(at, "pos_clocks", {"curve": 4, "point": None})
    pages.click(at, "pos_clocks", {"curve": 4, "point": 10**9})
    pages.assert_whole(at)


def score_now(at) -> float:
    marker = [t for t in pages.spec(at, "pos_curve")["data"] if t["mode"] == "markers"]
    return marker[0]["y"][0]


def test_the_score_changes_only_if_one_position_moves_alone() -> None:
    at = opened("score", rope_q=20, rope_k=12, rope_shown="curve")
    before = score_now(at)
    for shift in (1, 100, 100_000):
        pages.send(at, "rope_both", shift, seq=shift)
        assert score_now(at) == pytest.approx(before, abs=1e-3)
    pages.send(at, "rope_q", 23)
    assert abs(score_now(at) - before) > 0.1
    pages.assert_whole(at)


def test_the_plane_of_scores_does_not_change_when_both_move() -> None:
    at = opened("score", rope_q=20, rope_k=12)
    stripes, point = pages.spec(at, "pos_plane")["data"]
    assert (point["y"], point["x"]) == ([20], [12])
    pages.send(at, "rope_both", 5000)
    moved, point = pages.spec(at, "pos_plane")["data"]
    assert (point["y"], point["x"]) == ([5020], [5012])
    before, after = torch.tensor(stripes["z"]), torch.tensor(moved["z"])
    assert torch.allclose(before, after, atol=1e-3)
    assert float(before[20, 12]) == pytest.approx(float(before[28, 20]), abs=1e-3)


def test_a_click_on_the_plane_puts_q_and_k_there() -> None:
    at = opened("score", rope_both=5000)
    pages.click(at, "pos_plane", {"curve": 0, "point": [31, 7], "x": 5007, "y": 5031})
    pages.assert_whole(at)
    assert (at.session_state["rope_q"], at.session_state["rope_k"]) == (31, 7)
    point = pages.spec(at, "pos_plane")["data"][1]
    assert (point["y"], point["x"]) == ([5031], [5007])
    for x, y in ((None, 5), ("7", 7), (math.nan, 3), (1e300, -1e300)):
        pages.click(at, "pos_plane", {"curve": 0, "point": 0, "x": x, "y": y})
        pages.assert_whole(at)
    assert 0 <= at.session_state["rope_q"] <= 47


def test_the_score_writes_the_chosen_pairs_arithmetic() -> None:
    at = opened("score", rope_q=20, rope_k=12, rope_pair=1, rope_both=100)
    q, k = vectors("random", 16, 1)
    theta = 10_000 ** (-2 / 16)
    turned = [
        complex(x[2], x[3]) * complex(math.cos(m * theta), math.sin(m * theta))
        for x, m in ((q, 120), (k, 112))
    ]
    term = (turned[0] * turned[1].conjugate()).real
    formula = pages.formulas(at)[0]
    assert formula.endswith(f"= {term:.3f}")
    assert f"({turned[0].real:.3f})" in formula
    assert f"(m − n)θ = {8 * theta:.3f}" in text_of(at)
    pages.put(at, {"rope_shown": "curve"})
    pages.click(at, "pos_curve", {"curve": 2, "point": 0, "x": -5, "y": 0.0})
    assert at.session_state["rope_q"] == 7, "k stays at 12"


def test_a_click_on_a_wavelength_writes_its_arithmetic() -> None:
    at = opened("waves", rope_len=2048)
    pages.click(at, "pos_waves", {"curve": 1, "point": 3, "x": 3, "y": 5.0})
    pages.assert_whole(at)
    assert at.session_state["rope_wpair"] == 3
    wavelength = 2 * math.pi * 10_000 ** (6 / 64)
    shown = text_of(at)
    assert f"Pair 3 needs {wavelength:.1f} tokens for one turn" in shown
    assert f"completes {2048 / wavelength:.0f} turns" in shown
    assert f"={10_000 ** (-6 / 64):.4f}," in pages.formulas(at)[0]
    for x in (None, "3", math.nan, 1e300):
        pages.click(at, "pos_waves", {"curve": 0, "point": 0, "x": x})
        pages.assert_whole(at)


def test_a_click_on_a_component_writes_its_arithmetic() -> None:
    at = opened("pairings", rope_pm=3, rope_ph="8")
    pages.click(at, "pos_vectors", {"curve": 0, "point": [2, 5], "x": 5, "y": 2})
    pages.assert_whole(at)
    assert (at.session_state["rope_way"], at.session_state["rope_index"]) == ("half", 5)
    q = vectors("random", 8, 1)[0]
    angle = 3 * 10_000 ** (-2 / 8)  # index 5 of 8 is the second component of pair 1
    value = float(q[3]) * math.cos(angle) + float(q[2]) * math.sin(angle)
    assert pages.formulas(at)[0].endswith(f"={value:.3f}")
    shown = pages.spec(at, "pos_vectors")["data"][0]["z"]
    assert float(shown[2][5]) == pytest.approx(value, abs=1e-5)
    for x, y in ((None, 2), (1, "2"), (math.nan, math.nan), (1e300, 4), (2, 0), (2, [1])):
        pages.click(at, "pos_vectors", {"curve": 0, "point": 0, "x": x, "y": y})
        pages.assert_whole(at)


@pytest.mark.parametrize("scheme", ["learned", "sinusoidal", "rope", "alibi"])
def test_a_click_on_a_score_of_any_scheme_writes_its_arithmetic(scheme: str) -> None:
    at = opened("others", rope_pic=scheme)
    pages.click(at, "pos_picture", {"curve": 0, "point": [30, 7], "x": 7, "y": 30})
    pages.assert_whole(at)
    assert (at.session_state["rope_cm"], at.session_state["rope_cn"]) == (30, 7)
    score = float(pages.spec(at, "pos_picture")["data"][0]["z"][30][7])
    shown = text_of(at).replace("−", "-")
    assert "m = 30, n = 7" in shown
    assert number(score) in shown
    if scheme == "alibi":
        assert f"8.00 - 0.0625 · 23 = {8 - 23 / 16:.2f}" in shown
    if scheme == "learned":
        pages.click(at, "pos_picture", {"curve": 0, "point": [60, 7], "x": 7, "y": 60})
        assert "the table has 48 rows, so there is no score" in text_of(at)
    for x in (None, "1", math.nan, 1e300, -1e300):
        pages.click(at, "pos_picture", {"curve": 0, "point": 0, "x": x, "y": x})
        pages.assert_whole(at)


def test_the_numbers_in_the_examples_are_so() -> None:
    assert int((core.pair_clocks(64, 300).wavelengths < 300).sum()) == 14
    assert core.pair_clocks(128, 4096).never_full == 18
    assert core.pair_clocks(128, 8192, 500_000).never_full == 29
    assert [core.pair_clocks(64, 32_768, base).never_full for base in (1e4, 1e6)] == [2, 12]


def test_the_bound_is_said_to_be_larger_than_the_sum_that_it_bounds() -> None:
    at = opened("decay")
    found = re.search(r"complex sum \(([\d.]+)\) by ([\d.]+), ([\d.]+) times", text_of(at))
    assert found is not None
    amplitude, bound, ratio = map(float, found.groups())
    theta = 10_000 ** (-torch.arange(0, 64, 2, dtype=torch.float64) / 64)
    terms = torch.polar(torch.ones(32, dtype=torch.float64), 256 * theta)
    assert amplitude == pytest.approx(float(terms.sum().abs()) / 32, rel=1e-2)
    assert bound == pytest.approx(float(terms.cumsum(0).abs().sum()) / 32, rel=1e-2)
    assert ratio == pytest.approx(bound / amplitude, rel=0.05)


def test_one_pair_alone_is_a_cosine() -> None:
    at = opened("score", rope_qk="pair", rope_shown="curve", rope_pair=0, rope_q=7, rope_k=2)
    assert score_now(at) == pytest.approx(2 * math.cos(5), abs=1e-4)


def test_head_sizes_and_pairs_at_their_ends() -> None:
    for view in ("turn", "score"):
        at = opened(view, rope_m=8192, rope_base=10, rope_beside="matrix")
        for size in ("4", "8", "16", "64"):
            for chosen in (0, 63):
                pages.put(at, {"rope_d": size, "rope_pair": chosen})
                pages.assert_whole(at)
                assert at.session_state["rope_pair"] == min(chosen, int(size) // 2 - 1)


def test_a_link_holds_the_state() -> None:
    at = pages.open_page(
        "positions", query={VIEW: "waves", "rope_base": "500000", "rope_dim": "128"}
    )
    expected = 2 * math.pi * 500_000 ** (126 / 128)
    assert f"{expected:,.0f}" in text_of(at)


def test_wavelengths_of_the_paper() -> None:
    at = opened("waves", rope_len=2048)
    assert "11 / 32" in text_of(at)
    assert f"{2 * math.pi * 10_000 ** (62 / 64):,.0f}" in text_of(at)


def test_scalings_are_those_of_transformers() -> None:
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.llama.configuration_llama import LlamaConfig

    at = opened("extend", rope_factor=8, rope_orig=8192, rope_base=500_000, rope_dim="128")
    pages.assert_whole(at)
    config = LlamaConfig(
        hidden_size=128, num_attention_heads=1, max_position_embeddings=131_072,
        rope_parameters={
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
            "rope_theta": 500_000.0,
        },
    )  # fmt: skip
    theirs, _factor = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    plain = 500_000 ** -(torch.arange(0, 128, 2) / 128)
    ours = torch.tensor(named(at, "pos_slowed", "Llama 3")["y"])
    assert torch.allclose(ours.float(), theirs / plain, atol=1e-4)


def test_a_mistake_is_called_correct_in_both_and_wrong_in_one() -> None:
    at = opened("pairings")
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", " ".join(pages.blocks(at)))
    verdicts = {
        cells[0]: cells[4] for row in rows if len(cells := re.findall(r"<td[^>]*>(.*?)</td>", row))
    }
    assert verdicts["adjacent"] == verdicts["half-split"] == "correct"
    assert verdicts["concatenated"].startswith("correct, but only")
    assert "(0, 4), (1, 5), …" in text_of(at)
    assert text_of(at).count("≈ 0") == 6
    assert verdicts["concatenated in q only"] == verdicts["mismatched tables"] == "wrong"


def test_a_learned_table_says_how_many_tokens_have_no_row() -> None:
    at = opened("others", rope_T=96, rope_rows=32)
    assert re.search(r"64 tokens\s+without a row", text_of(at))


def test_every_pitfall_opens() -> None:
    at = opened()
    boxes = [box.proto.id for box in at.expander if box.label != "How it is computed"]
    assert len(boxes) == 7
    for i in range(7):
        at.session_state[f"positions_pitfall_{i}"] = True
    at.run()
    pages.assert_whole(at)


def test_presenting_and_chinese_draw_every_view() -> None:
    at = pages.open_page("positions", query={"present": "1", "lang": "zh"})
    for view in VIEWS:
        pages.put(at, {VIEW: view})
        pages.assert_whole(at)


def test_downloads_hold_cores_numbers() -> None:
    at = opened()

    def columns(filename: str) -> dict[str, list[str]]:
        header, rows = pages.download(at, "positions", filename)
        return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))

    pairs = columns("rope-pairs.csv")
    assert len(pairs["pair"]) == 32
    assert float(pairs["wavelength, tokens"][0]) == pytest.approx(2 * math.pi)
    assert {float(x) for x in pairs["relative frequency, linear"]} == {0.25}
    scores = columns("rope-distance.csv")
    terms = [[float(x) for x in scores[f"term of pair {i}"]] for i in range(8)]
    total = [sum(row) for row in zip(*terms, strict=True)]
    assert total == pytest.approx([float(x) for x in scores["q·k"]], abs=1e-4)
    schemes = columns("positions-schemes.csv")
    assert schemes["learned table"].count("") == 64 - 48
    assert [float(x) for x in schemes["none"]] == pytest.approx([8.0] * 64)


def test_downloads_follow_controls_of_views_that_are_not_open() -> None:
    at = opened("turn", rope_dim="16", rope_T=5)
    assert len(pages.download(at, "positions", "rope-pairs.csv")[1]) == 8
    assert len(pages.download(at, "positions", "positions-schemes.csv")[1]) == 5


def test_dynamic_scaling_follows_the_text_and_unchosen_ones_are_left_out() -> None:
    at = opened("extend", rope_kinds="dynamic", rope_orig=2048, rope_now=4096, rope_dim="16")
    assert len(pages.spec(at, "pos_slowed")["data"]) == 1
    assert named(at, "pos_slowed", "dynamic NTK")["y"][-1] == pytest.approx(1 / 5)
    pages.put(at, {"rope_now": 1024})
    assert named(at, "pos_slowed", "dynamic NTK")["y"] == pytest.approx([1.0] * 8)


def test_vectors_depend_on_the_seed_and_one_pair_keeps_nothing_else() -> None:
    one, again = (vectors("random", 10, 3)[0] for _time in range(2))
    other = vectors("random", 10, 4)[0]
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    kept = only_pair(one, 2)
    assert torch.equal(kept[4:6], one[4:6])
    assert int((kept != 0).sum()) == 2
    assert others.slope_of(8) == pytest.approx(2**-8)


def test_the_pair_has_the_bounds_of_the_open_view() -> None:
    at = opened("turn", rope_pair=63)
    assert at.session_state["rope_pair"] == 7
    at = pages.open_page("positions", query={VIEW: "model", "rope_pair": "20"})
    assert at.session_state["rope_pair"] == 20


@pytest.mark.model
def test_the_models_head_attends_to_the_previous_token_only_with_rope() -> None:
    at = opened("model", rope_side="distance")
    pages.assert_whole(at)
    figure = "pos_text_distance"
    rope, none = (named(at, figure, f"{name} RoPE")["y"] for name in ("with", "without"))
    assert int(rope[:8].argmax()) == 1
    assert rope[1] - rope[0] > 2 > none[1] - none[0]


@pytest.mark.model
def test_the_previous_token_head_is_one_and_its_band_is_visible() -> None:
    at = opened("model")
    weights = torch.tensor(pages.spec(at, "pos_weights_rope")["data"][0]["z"])
    share = float(weights.diagonal(-1).mean())
    assert share == pytest.approx(0.81, abs=0.005), "as the example says"
    assert "81.2 %" in text_of(at)
    pages.put(at, {"rope_side": "before", "rope_drawn": "scores"})
    scores = torch.tensor(pages.spec(at, "pos_text_none")["data"][0]["z"])
    without = float(scores.nan_to_num(nan=-math.inf).softmax(-1).diagonal(-1).mean())
    assert without == pytest.approx(0.11, abs=0.005), "as the example says"
    cells = pages.spec(at, "pos_text_rope")["data"][0]
    band = torch.tensor(cells["z"]).diagonal(-1)
    assert float(band[1:].mean()) > 0.5 * cells["zmax"], "not the background's color"


@pytest.mark.model
def test_a_click_on_a_cell_writes_its_arithmetic() -> None:
    from core.lm import load_language_model

    at = opened("model", rope_text="One two three four five", rope_layer=5, rope_head=7)
    pages.click(at, "pos_weights_rope", {"curve": 0, "point": [3, 1], "x": 1, "y": 3})
    pages.assert_whole(at)
    assert (at.session_state["rope_token"], at.session_state["rope_key"]) == (3, 1)
    model = load_language_model()
    trace = model.trace(model.encode("One two three four five"), [5], ["scores"])
    row = trace.scores[0, 7][3, :4].double()
    (formula,) = pages.formulas(at)
    assert f"={float(row[1]):.2f}," in formula
    assert float(formula.rpartition("=")[2]) == pytest.approx(float(row.softmax(0)[1]), rel=1e-3)
    frame = pages.spec(at, "pos_text_rope")["layout"]["shapes"][1]
    assert (frame["x0"], frame["y0"]) == (0.5, 2.5)
    for x, y in ((None, 2), ("1", 1), (math.nan, 3), (1e300, -1e300), (-5, 99)):
        pages.click(at, "pos_text_rope", {"curve": 0, "point": 0, "x": x, "y": y})
        pages.assert_whole(at)
    pages.put(at, {"rope_drawn": "q"})
    pages.click(at, "pos_vectors_rope", {"curve": 0, "point": 0, "x": 9, "y": 2})
    assert at.session_state["rope_token"] == 2


@pytest.mark.model
def test_an_empty_text_is_asked_for_and_not_replaced() -> None:
    at = opened("model", rope_text="")
    pages.assert_whole(at)
    assert not pages.keys(at, "plot")
    assert "Type a text" in text_of(at)
    assert pages.message(at, "pos_chips")["tokens"] == []
    pages.put(at, {"rope_text": "One two"})
    assert len(pages.keys(at, "plot")) == 2


@pytest.mark.model
def test_scores_are_the_models_own() -> None:
    from core.lm import load_language_model

    at = opened("model", rope_layer=5, rope_head=7, rope_text="One two three four five")
    model = load_language_model()
    trace = model.trace(model.encode("One two three four five"), [5], ["scores"])
    shown = torch.tensor(pages.spec(at, "pos_text_rope")["data"][0]["z"])
    visible = ~shown.isnan()
    assert torch.equal(visible, torch.ones(5, 5, dtype=torch.bool).tril())
    assert torch.allclose(shown[visible], trace.scores[0, 7][visible], atol=1e-3)


@pytest.mark.model
@pytest.mark.parametrize("drawn", ["q", "k"])
def test_vectors_are_the_models_own_and_those_of_core_after_rotation(drawn: str) -> None:
    from core.attention import kv_head_of_query
    from core.lm import load_language_model

    text, layer, head = "One two three four five", 5, 7
    at = opened(
        "model", rope_layer=layer, rope_head=head, rope_text=text, rope_drawn=drawn, rope_pair=3,
    )  # fmt: skip
    pages.assert_whole(at)
    model = load_language_model()
    kept = model.trace(model.encode(text), [layer], ["queries", "keys"])
    of_head = kv_head_of_query(model.config.num_heads, model.config.num_kv_heads)[head]
    vectors = kept.queries[0, head] if drawn == "q" else kept.keys[0, of_head]
    rotated = core.apply_rope(vectors, range(len(vectors)), model.config.rope_base)
    for figure, want in (("pos_vectors_none", vectors), ("pos_vectors_rope", rotated)):
        shown = torch.tensor(pages.spec(at, figure)["data"][0]["z"])
        assert torch.allclose(shown, want, atol=1e-3)
    pages.put(at, {"rope_side": "pair"})
    after = named(at, "pos_text_pair", "after (larger: later in the text)")
    assert after["x"] == pytest.approx(rotated[:, 6].tolist(), abs=1e-3)


@pytest.mark.model
def test_any_text_for_the_model() -> None:
    at = opened("model", rope_side="row")
    for text in pages.NASTY.values():
        pages.put(at, {"rope_text": text})
        pages.assert_whole(at)
    pages.put(at, {"rope_text": pages.NASTY["script"]})
    assert "<script>" not in " ".join(pages.blocks(at))


@pytest.mark.model
def test_every_second_figure_of_the_model_and_a_long_text() -> None:
    at = opened("model", rope_layer=99, rope_head=99)
    assert (at.session_state["rope_layer"], at.session_state["rope_head"]) == (29, 8)
    for side in ("weights", "distance", "row", "pair", "before"):
        pages.assert_whole(pages.put(at, {"rope_side": side, "rope_pair": 99}))
        assert len(pages.keys(at, "plot")) == 2
    assert at.session_state["rope_pair"] == 31
    pages.assert_whole(pages.put(at, {"rope_token": 10**6, "rope_text": "word " * 300}))
    assert at.session_state["rope_token"] == 95
    assert pages.sentences(at), "the text was cut"


@pytest.mark.model
def test_a_click_on_a_chip_chooses_the_query() -> None:
    at = opened("model", rope_text="One two three four five", rope_side="row")
    pages.click(at, "pos_chips", 3)
    pages.assert_whole(at)
    assert len(named(at, "pos_text_row", "with RoPE")["y"]) == 4
    assert pages.message(at, "positions_address")["parameters"]["rope_token"] == "3"
    pages.put(at, {"rope_token": -1, "rope_text": "One two three"})
    assert len(named(at, "pos_text_row", "with RoPE")["y"]) == 3, "the last token"


@pytest.mark.model
def test_the_encoders_own_table() -> None:
    at = opened("others", rope_table="trained", rope_pic="learned", rope_raw="1")
    pages.assert_whole(at)
    assert len(pages.spec(at, "pos_picture")["data"][0]["z"][0]) == 384


def test_a_missing_model_is_a_sentence() -> None:
    with mock.patch.object(models, "language_model", side_effect=Notice("no model here")):
        at = opened("model")
        pages.assert_whole(at)
        assert pages.sentences(at) == ["no model here"]
        pages.put(at, {VIEW: "turn"})
        assert not pages.sentences(at)

"""Figures of the attention page: valid for Plotly, and their numbers are core's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import charts.attention as charts
from charts.attention.block import Block, written
from charts.attention.marks import runs
from core.attention import (
    KNOWN_SHAPES,
    MASK_PITFALLS,
    MaskPlan,
    ModelShape,
    MultiHeadSelfAttention,
    architecture_masks,
    attention,
    attention_spectrum,
    causal_mask,
    combine_masks,
    explain_cell,
    prediction_shift,
    scale_study,
)
from tests.charts_helper import assert_valid

WORDS = ["the", "<b>cat</b>", "chased", "a", "mouse"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def view() -> charts.HandView:
    """Two sentences of 5 words, 3 heads of size 2; the second head is looked at."""
    layer = MultiHeadSelfAttention(6, 3, generator=seeded(1))
    x = torch.randn(2, 5, 6, generator=seeded(2))
    mask = combine_masks(MaskPlan(causal=True, lengths=[5, 3]), 5).combined
    with torch.no_grad():
        trace = layer(x, mask, [True, True, False])
    matrices = (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj)
    q, k, v, out = (m.weight.detach().T for m in matrices)
    return charts.HandView(trace, WORDS, 1, 1, charts.Projections(q, k, v, out))


def blocks(lines: list) -> list[Block]:
    return [item for line in lines for item in line if isinstance(item, Block)]


def by_title(lines: list, title: str) -> Block:
    return next(block for block in blocks(lines) if block.title == title)


def hover_of(lines: list, title: str, row: int, column: int) -> str:
    block = by_title(lines, title)
    assert block.hover is not None
    return block.hover(row, column, float(block.values[row, column]))


@pytest.mark.parametrize("stage", charts.stage_keys(True))
def test_every_stage_is_valid(view, stage):
    lines = charts.hand_lines(view, stage)
    assert_valid(charts.board(lines))
    assert 150 <= charts.board_size(lines).height <= 520


def test_the_whole_way_shows_cores_numbers(view):
    lines = charts.hand_lines(view, "all")
    trace = view.trace
    for title, expected in {
        "X": trace.x[1],
        "Q": trace.q[1, 1],
        "K": trace.k[1, 1],
        "V": trace.v[1, 1],
        "scores Q·Kᵀ/√d": trace.scores[1, 1],
        "weights": trace.weights[1, 1],
        "head H1": trace.head_output[1, 1],
        "output": trace.output[1],
    }.items():
        torch.testing.assert_close(by_title(lines, title).values, expected)
    assert by_title(lines, "Q").shape == "[2,3,5,2]"
    assert by_title(lines, "weights").shape == "[2,3,5,5]"
    assert by_title(lines, "X").shape == "[2,5,6]"


def test_projection_is_x_times_the_heads_columns(view):
    first, *rest = blocks(charts.hand_lines(view, "project"))
    q_matrix, k_matrix, v_matrix, q, k, v = rest
    for matrix, product in ((q_matrix, q), (k_matrix, k), (v_matrix, v)):
        torch.testing.assert_close(first.values @ matrix.values, product.values)


def test_output_is_the_merged_heads_times_the_last_matrix(view):
    merged, matrix, out = blocks(charts.hand_lines(view, "output"))
    torch.testing.assert_close(merged.values @ matrix.values, out.values)
    assert bool((merged.values[:, 4:] == 0).all()), "the third head is off"


def test_a_cells_arithmetic_is_spelled_out(view):
    cell = explain_cell(view.trace, 2, 1, (1, 1))
    hover = hover_of(charts.hand_lines(view, "all"), "weights", 2, 1)
    assert f"{cell.weight:.3f}" in hover
    assert f"{cell.row_sum:.2f}" in hover
    scores = hover_of(charts.hand_lines(view, "all"), "scores Q·Kᵀ/√d", 2, 1)
    assert f"{cell.score:.2f}".replace("-", "−") in scores
    assert scores.count("·") >= 2, "a product for each of the head's two numbers"


def test_hovers_are_made_only_when_wanted(view):
    lines = charts.hand_lines(view, "all")
    drawn = [trace.get("name") for trace in charts.board(lines)["data"]]
    at = drawn.index("weight")
    weights = charts.board(lines)["data"][at]
    assert hover_of(lines, "weights", 2, 1) in weights["hovertext"][2]
    bare = charts.board(lines, hovers=False)
    assert_valid(bare)
    assert all("hovertext" not in trace for trace in bare["data"])
    torch.testing.assert_close(bare["data"][at]["z"], weights["z"], equal_nan=True)


def test_the_hover_text_of_a_masked_cell_says_so(view):
    lines = charts.hand_lines(view, "mask")
    (values,) = [t for t in charts.board(lines)["data"] if t["type"] == "heatmap"]
    masked = view.trace.masked_scores[1, 1] == -math.inf
    texts = [text for row in values["hovertext"] for text in row]
    assert sum("masked: −∞" in text for text in texts) == int(masked.sum()) > 0


def test_lines_between_the_cells_of_every_matrix(view):
    lines = charts.hand_lines(view, "scores")
    between, plain = charts.board(lines)["layout"]["shapes"]
    shapes = [block.values.shape for block in blocks(lines)]
    assert between["path"].count("V") == sum(columns - 1 for _rows, columns in shapes)
    assert between["path"].count("H") == sum(rows - 1 for rows, _columns in shapes)
    assert plain["path"].count("Z") == len(shapes)


def test_a_wide_matrix_is_cut_and_says_so():
    layer = MultiHeadSelfAttention(32, 8, generator=seeded(1))
    with torch.no_grad():
        trace = layer(torch.randn(1, 5, 32, generator=seeded(2)))
    matrices = (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj)
    wide = charts.HandView(
        trace, WORDS, 0, 0, charts.Projections(*(m.weight.detach().T for m in matrices))
    )
    lines = charts.hand_lines(wide, "all")
    for title, whole in {"X": trace.x, "output": trace.output}.items():
        block = by_title(lines, title)
        assert block.shape == "[1,5,32], 12 of 32 columns"
        torch.testing.assert_close(block.values, whole[0, :, :12])
    assert blocks(charts.hand_lines(wide, "project"))[0].values.shape == (5, 32)


@pytest.mark.parametrize("columns", [1, 3, 30])
def test_a_board_is_wide_enough_for_its_names(columns):
    wide = Block(torch.zeros(2, columns), "<b>a name of some length</b>", "[2]")
    lines = [[wide, Block(torch.zeros(2, 40), "next")]]
    units = max(24, columns + 1 + 40)
    width = charts.board_size(lines).least_width
    assert (width - 60) / units * (columns + 1) >= 21 * 7.4 - 1, (
        "21 letters; the markup is not written"
    )
    assert width == 60 + max(17, math.ceil(155 / (columns + 1))) * units


def test_rows_are_as_tall_as_their_words():
    tall = Block(torch.zeros(60, 3), "tall")
    assert charts.board_size([[tall]], most=300).height == 18 * 62
    assert charts.board_size([[Block(torch.zeros(9, 3), "low")]]).height == 30 * 11


def test_cells_without_numbers_may_be_narrower():
    cells = torch.zeros(2, 40)
    masks, values = ([[Block(cells, "a", scale=scale)]] for scale in ("mask", "value"))
    assert charts.board_size(masks).least_width == 60 + 13 * 40
    assert charts.board_size(values).least_width == 60 + 17 * 40


def test_words_of_a_visitor_are_escaped(view):
    spec = charts.board(charts.hand_lines(view, "softmax"))
    shown = str(spec["layout"]["yaxis"]["ticktext"]) + str(spec["layout"]["annotations"])
    shown += str([(trace.get("hovertext"), trace.get("text")) for trace in spec["data"]])
    assert "<b>cat" not in shown
    assert "&lt;b&gt;cat" in shown


def test_masked_cells_are_blank_and_hatched(view):
    spec = charts.board(charts.hand_lines(view, "softmax"))
    weights = spec["data"][[t.get("name") for t in spec["data"]].index("weight")]
    kept = int((~torch.isnan(weights["z"])).sum())
    assert kept == int((view.trace.masked_scores[1, 1] > -math.inf).sum())
    hatch = next(t for t in spec["data"] if t.get("fillpattern"))
    xs, ys = hatch["x"], hatch["y"]
    area = sum((xs[i + 1] - xs[i]) * (ys[i + 2] - ys[i]) for i in range(0, len(xs), 6))
    assert area == 2 * (25 - kept), "both matrices of the stage hatch what they mask"


def test_given_matrices_have_no_projection(view):
    q = torch.tensor([[[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]])
    plain = charts.HandView(attention(q, q, q), ["1", "2", "3"])
    assert charts.stage_keys(False) == ["all", "scores", "mask", "softmax", "mix"]
    for stage in charts.stage_keys(False):
        assert_valid(charts.board(charts.hand_lines(plain, stage)))
    with pytest.raises(ValueError, match="MultiHeadSelfAttention"):
        charts.hand_lines(plain, "output")


def test_no_numbers_in_many_cells():
    small, large = Block(torch.zeros(20, 20), "a"), Block(torch.zeros(21, 20), "a")
    assert "texttemplate" in charts.board([[small]])["data"][0]
    assert "texttemplate" not in charts.board([[large]])["data"][0]
    assert "texttemplate" not in charts.board([[small]], numbers=False)["data"][0]


def test_numbers_as_cells_write_them():
    assert written(-1.26) == "−1.3"
    assert written(-0.01) == "0.0"
    assert written(-math.inf) == "−∞"
    assert written(math.nan) == "NaN"
    assert written(0.256, "weight") == ".26"
    assert written(1.0, "weight") == "1"
    assert written(0.9997, "weight") == ">.99"
    assert written(0.0004, "weight") == "<.01"
    assert written(0.0, "weight") == "0"
    assert written(12.7) == "13"


def test_runs():
    assert runs([True, True, False, True]) == [(0, 2), (3, 4)]
    assert runs([]) == []
    assert runs([False]) == []


# --- masks ---


def run_of(way: str, mask: torch.Tensor):
    q, k, v = (torch.randn(1, 1, 5, 3, generator=seeded(i)) for i in range(3))
    return attention(q, k, v, mask) if way == "right" else MASK_PITFALLS[way](q, k, v, mask)


@pytest.mark.parametrize("way", ["right", *MASK_PITFALLS])
def test_masks_beside_their_weights(way):
    plan = MaskPlan(causal=True, window=3, prefix=2, lengths=[3], side="left")
    masks = combine_masks(plan, 5)
    trace = run_of(way, masks.combined)
    lines = charts.mask_lines(masks, trace, WORDS)
    assert_valid(charts.board(lines))
    names = [block.title for block in blocks(lines)]
    assert names == ["combined mask", "weights", "causal", "prefix", "window", "padding"]
    both = by_title(lines, "combined mask")
    assert both.masked is not None
    assert torch.equal(~both.masked, masks.combined[0, 0])
    sums = by_title(lines, "weights").ends
    assert sums[0] == {"minus_infinity": "Σ NaN", "right": "Σ 0"}.get(way, sums[0])


def test_a_masked_cell_can_be_pointed_at_and_a_leak_says_so():
    masks = combine_masks(MaskPlan(causal=True), 5)
    lines = charts.mask_lines(masks, run_of("right", masks.combined), WORDS)
    masked = hover_of(lines, "weights", 1, 3)
    assert masked.startswith("<b>&lt;b&gt;cat&lt;/b&gt; → a</b><br>masked<br>q · k = ")
    assert masked.endswith("masked: the score becomes −∞<br>e^(−∞) = 0 → 0")
    assert hover_of(lines, "mask", 1, 3) == "masked"
    assert hover_of(lines, "mask", 3, 1) == "allowed"
    wrong = charts.mask_lines(masks, run_of("zero", masks.combined), WORDS)
    assert "masked, but weight 0." in hover_of(wrong, "weights", 1, 3)
    empty = combine_masks(MaskPlan(causal=True, lengths=[4], side="left"), 5)
    broken = charts.mask_lines(empty, run_of("minus_infinity", empty.combined), WORDS)
    assert "masked, but weight NaN" in hover_of(broken, "weights", 0, 0)
    assert hover_of(broken, "weights", 0, 0).endswith("0 ∕ 0 = NaN")
    for trace in charts.board(lines)["data"][:2]:
        assert trace["type"] == "heatmap"
        assert trace.get("hoverongaps", True), "else blank cells have no hover text"


def test_one_mask_alone_is_drawn_once():
    masks = combine_masks(MaskPlan(causal=True), 5)
    lines = charts.mask_lines(masks, run_of("right", masks.combined), WORDS)
    assert [block.title for block in blocks(lines)] == ["mask", "weights"]


def test_a_leak_keeps_its_color_under_the_hatch():
    allowed = causal_mask(5)
    lines = charts.compare_lines(
        run_of("right", allowed), run_of("zero", allowed), allowed, ("right", "wrong")
    )
    right, wrong = blocks(lines)
    assert right.leaks is not None
    assert wrong.leaks is not None
    assert not bool(right.leaks.any())
    assert torch.equal(wrong.leaks, ~allowed)
    spec = charts.board(lines)
    assert_valid(spec)
    z = next(t for t in spec["data"] if t["type"] == "heatmap")["z"]
    assert int((~torch.isnan(z)).sum()) == 15 + 25


def test_architectures():
    source, target = WORDS, ["die", "Katze", "!"]
    runs = []
    for name in ("encoder", "decoder", "prefix", "encoder-decoder"):
        writes = name == "encoder-decoder"
        masks = architecture_masks(name, 3 if writes else 5, 5, prefix=2)
        traces = []
        for field in ("encoder_self", "decoder_self", "cross"):
            mask = getattr(masks, field)
            if mask is not None:
                q = torch.randn(mask.shape[0], 2, generator=seeded())
                k = torch.randn(mask.shape[1], 2, generator=seeded(1))
                traces.append((field, attention(q, k, k, mask)))
        runs.append((masks, traces))
    lines = charts.architecture_lines(runs, source, target)
    spec = charts.board(lines)
    assert_valid(spec)
    texts = next(t for t in spec["data"] if t.get("mode") == "text")
    heading = next(i for i, text in enumerate(texts["text"]) if "the encoder reads" in text)
    second = next(i for i, text in enumerate(texts["text"]) if text.startswith("<b>encoder self"))
    assert texts["x"][heading] == 0
    assert max(texts["y"][:3]) < texts["y"][heading] < texts["y"][second]
    without = charts.board_size([lines[0], lines[2]])
    assert charts.board_size(lines, 9999).least_height > without.least_height
    shapes = [tuple(block.values.shape) for block in blocks(lines)]
    assert shapes == [(5, 5), (5, 5), (5, 5), (5, 5), (3, 3), (3, 5)]
    assert [block.shape.split()[0] for block in blocks(lines)] == [
        "25",
        "15",
        "16",
        "25",
        "6",
        "15",
    ]


# --- real heads ---


def weights_of(T: int, causal: bool = True) -> torch.Tensor:
    scores = torch.randn(3, T, T, generator=seeded())
    q = torch.eye(T)
    mask = causal_mask(T) if causal else None
    return torch.stack([attention(s, q, q, mask, scale=1.0).weights for s in scores])


def test_small_thumbnails_are_roots_of_the_weights():
    weights = weights_of(7)
    thumbs = charts.thumbnails(weights, causal=True)
    assert thumbs.shape == (3, 7, 7)
    shown = causal_mask(7)
    torch.testing.assert_close(thumbs[:, shown] ** 2, weights[:, shown])
    assert bool(thumbs[:, ~shown].isnan().all())


def test_large_thumbnails_keep_a_thin_diagonal():
    thumbs = charts.thumbnails(torch.eye(101)[None], causal=True)
    assert thumbs.shape == (1, 32, 32)
    assert bool((thumbs[0].diagonal() == 1).all())
    assert bool(thumbs[0].triu(2).nan_to_num().eq(0).all())
    assert bool(thumbs[0, 0, 5:].isnan().all())


def test_tiles_are_shares_of_the_end():
    tiles = charts.tiles(torch.tensor([[0.0, 1.0], [2.0, 4.0]]), 4.0)
    assert tiles.flatten().tolist() == [0, 0.25, 0.5, 1.0]


@pytest.mark.parametrize("T", [1, 5, 47])
def test_a_heads_heatmap(T):
    weights = weights_of(T)[0]
    spec = charts.head_heatmap(weights, [f"<{i}>" for i in range(T)], True, T - 1)
    assert_valid(spec)
    trace = spec["data"][0]
    shown = causal_mask(T)
    if T > charts.LABELED:
        np.testing.assert_allclose(trace["customdata"][shown], weights[shown], atol=1e-6)
    np.testing.assert_allclose(trace["z"][shown] ** 2, weights[shown], atol=1e-6)
    assert bool(trace["z"][~shown].isnan().all())
    assert ("hovertext" in trace) == (T <= charts.LABELED)
    bare = charts.head_heatmap(weights, ["w"] * T, True, 0, 0, hovers=False)
    assert_valid(bare)
    assert not {"hovertext", "customdata"} & set(bare["data"][0])
    assert trace["z"].dtype == torch.float32


def test_lines_are_the_weights_from_two_hundredths_on():
    weights = torch.tensor([[1.0, 0.0], [0.01, 0.99]])
    spec = charts.head_lines(weights, ["a", "b"], 0, None)
    assert_valid(spec)
    drawn = [
        (trace["y"][i], trace["y"][i + 1])
        for trace in spec["data"]
        if trace["mode"] == "lines"
        for i in range(0, len(trace["y"]), 3)
    ]
    assert drawn == [(0, 0), (1, 1)]
    levels = charts.head_lines(torch.tensor([[0.25, 0.75], [0.1, 0.9]]), ["a", "b"], 0, None)[
        "data"
    ]
    assert [len(t["y"]) // 3 for t in levels if t["mode"] == "lines"] == [0, 1, 1, 0, 2]
    only = charts.head_lines(weights, ["a", "b"], 0, 1)["data"]
    assert sum(len(t["y"]) for t in only if t["mode"] == "lines") == 3


def test_lines_of_a_long_text_are_a_part_of_it():
    spec = charts.head_lines(weights_of(53)[0], [str(i) for i in range(53)], 20, 30)
    assert_valid(spec)
    assert spec["data"][-1]["text"][0] == "20"
    assert len(spec["data"][-1]["text"]) == charts.LINED


# --- spectra, scale, sharing ---


def test_spectra():
    causal = attention_spectrum(weights_of(7)[None])
    both = attention_spectrum(weights_of(5, causal=False)[None])
    spec = charts.spectra(causal, both, 0)
    assert_valid(spec)
    band, median, *_encoder, layer = spec["data"]
    values = causal.singular_values.flatten(0, 1).numpy().clip(1e-9)
    np.testing.assert_allclose(median["y"], np.quantile(values, 0.5, axis=0), rtol=1e-5)
    np.testing.assert_allclose(band["y"][:7], np.quantile(values, 0.9, axis=0), rtol=1e-5)
    np.testing.assert_allclose(band["y"][7:].flip(0), np.quantile(values, 0.1, axis=0), rtol=1e-5)
    assert len(layer["y"]) == 3 * 8, "three lines of 7 values, each followed by a gap"
    plain = charts.spectra(causal, both)
    assert_valid(plain)
    assert [len(trace["y"]) for trace in plain["data"]] == [14, 7, 10, 5, 0]
    ranks = charts.effective_ranks(causal, both)
    assert_valid(ranks)
    np.testing.assert_allclose(
        ranks["data"][0]["y"], causal.effective_rank.flatten() / 7, rtol=1e-6
    )
    assert ranks["data"][0]["customdata"].tolist() == [[0, 0], [0, 1], [0, 2]]


def test_scale_lines():
    study = scale_study((2, 7, 101), 11, seeded())
    spec = charts.scale_lines(study)
    assert_valid(spec)
    np.testing.assert_allclose(spec["data"][1]["y"], study.unscaled_entropy)


@pytest.mark.parametrize(("heads", "shared"), [(9, 3), (7, 7), (71, 1)])
def test_sharing(heads, shared):
    spec = charts.sharing(heads, shared)
    assert_valid(spec)
    assert len(spec["data"]) == shared + 2
    assert len(spec["data"][-2]["x"]) == heads
    assert sum(len(trace["x"]) // 3 for trace in spec["data"][:shared]) == heads


def test_cache_sizes():
    spec = charts.cache_sizes(KNOWN_SHAPES, KNOWN_SHAPES[0], 2, 1000)
    assert_valid(spec)
    sizes = dict(
        zip(spec["layout"]["yaxis"]["ticktext"], spec["data"][0]["x"].tolist(), strict=True)
    )
    assert sizes["GPT-2"] == 36_864_000
    assert sizes["Llama-2-7B"] == 524_288_000
    assert sizes["Llama-3-8B"] == 131_072_000
    assert spec["data"][0]["marker"]["color"].count("@p") == 1
    own = ModelShape("<own>", 2, 3, 1, 5, "here")
    more = charts.cache_sizes(KNOWN_SHAPES, own, 4, 7)
    assert_valid(more)
    assert more["layout"]["yaxis"]["ticktext"][-1] == "&lt;own&gt;"
    assert more["data"][0]["x"][-1] == 2 * 2 * 1 * 5 * 4 * 7


# --- arithmetic, clicks ---


def test_a_clicked_cell_is_found_and_its_arithmetic_written(view):
    lines = charts.hand_lines(view, "softmax", (3, 1))
    spec = charts.board(lines)
    traces = {trace.get("name"): trace for trace in spec["data"]}
    weights = traces["weight"]
    place = (weights["x0"] + 1, weights["y0"] + 3)  # the center of row 3, column 1
    assert charts.cell_at(lines, *place) == ("weights", 3, 1)
    assert charts.cell_at(lines, -5, 1) is None
    assert charts.cell_at(lines, None, "x") is None
    said = charts.cell_text(lines, "weights", 3, 1)
    q, k = view.trace.q[1, 1, 3].double(), view.trace.k[1, 1, 1].double()
    row = view.trace.masked_scores[1, 1, 3].double()
    powers = (row - row.max()).exp()
    share = f"{float(powers[1] / powers.sum()):.3f}"
    assert said.startswith("a → <b>cat</b>: q · k = ")
    assert f"= {float(q @ k):.2f}".replace("-", "−") in said
    assert f"∕ {float(powers.sum()):.2f} = {share}" in said
    assert charts.cell_text(lines, "weights", 9, 9) == ""
    outlines = [shape for shape in spec["layout"]["shapes"] if shape["line"]["color"] == "@ink"]
    assert outlines[0]["path"].count("M") == 2, "in the masked scores and in the weights"


def test_every_matrix_of_every_stage_can_be_clicked(view):
    for stage in charts.stage_keys(True):
        for block in blocks(charts.hand_lines(view, stage)):
            assert block.name, (stage, block.title)
            assert charts.cell_text([[block]], block.name, 0, 0), (stage, block.title)


@pytest.mark.parametrize("way", ["right", *MASK_PITFALLS])
def test_the_steps_end_in_the_weight(way):
    """The last number of the written steps is the weight, for correct attention and mistakes."""
    masks = combine_masks(MaskPlan(causal=True, lengths=[3], side="left"), 5)
    trace = run_of(way, masks.combined)
    for query in range(5):
        for key in range(5):
            last = charts.arithmetic(trace, query, key, (0, 0))[-1]
            weight = charts.weight_text(float(trace.weights[0, 0, query, key]))
            assert last.endswith(weight) or (weight == "0" and last.endswith("to 0")), last


def test_weights_and_sums_that_are_not_exact_are_not_written_as_if():
    assert [charts.weight_text(w) for w in (0.0, 1e-5, 0.5, 0.99996, 1.0)] == [
        "0", "<0.001", "0.500", ">0.999", "1",
    ]  # fmt: skip
    assert charts.weight_text(math.nan) == "NaN"
    assert charts.sum_text(0.9999995) == "1"
    assert charts.sum_text(0.997) == "0.997"


def test_nan_rows_are_crossed_and_not_hatched_like_masked_ones():
    empty = combine_masks(MaskPlan(causal=True, lengths=[3], side="left"), 5)
    lines = charts.mask_lines(empty, run_of("minus_infinity", empty.combined), WORDS)
    block = by_title(lines, "weights")
    assert block.broken is not None
    assert block.masked is not None
    assert block.broken.any(dim=1).tolist() == [True, True, False, False, False]
    assert not bool((block.broken & block.masked).any())
    spec = charts.board(lines)
    assert_valid(spec)
    labels = next(trace for trace in spec["data"] if trace.get("mode") == "text")
    assert labels["text"].count("NaN") == 10
    assert sum(t.get("fillpattern", {}).get("shape") == "x" for t in spec["data"]) == 1


# --- one sentence per stage ---


@pytest.mark.parametrize("stage", charts.stage_keys(True))
def test_every_stage_has_a_sentence_with_its_numbers(view, stage):
    said = charts.stage_sentence(view, stage)
    spread = view.trace.scores[1, 1].numpy().std()
    query = view.trace.weights[1, 1, 4]
    expected = {
        "all": f"“mouse”, attends most to “{WORDS[int(query.argmax())]}”",
        "project": "x of 6 numbers",
        "scores": f"standard deviation is {spread:.3f}",
        "mask": f"{int((view.trace.masked_scores[1, 1] == -math.inf).sum())} of 25 cells",
        "softmax": f"is {float(query.max()):.3f}, on",
        "mix": f"{float(query.max()):.3f} × V[{WORDS[int(query.argmax())]}] + ",
        "output": "Switched off: H2",
    }[stage]
    assert expected in said


def test_the_spread_of_the_scores_is_computed_not_claimed(view):
    scaled, plain = charts.score_spread(view)
    scores = (view.trace.q[1, 1] @ view.trace.k[1, 1].T).numpy()
    assert plain == pytest.approx(float(scores.std()), rel=1e-5)
    assert scaled == pytest.approx(float(scores.std()) / 2**0.5, rel=1e-5)


# --- several heads, ablation ---


def test_an_overlay_shows_each_cell_in_the_color_of_its_largest_weight():
    weights = weights_of(5)
    spec = charts.heads_overlay(list(weights), WORDS, True, 2, 1)
    assert_valid(spec)
    stack = np.stack([trace["z"].numpy() for trace in spec["data"]])
    drawn = ~np.isnan(stack)
    shown = causal_mask(5).numpy()
    assert (drawn.sum(axis=0) == shown).all(), "one head per allowed cell"
    np.testing.assert_array_equal(drawn.argmax(axis=0)[shown], weights.argmax(dim=0)[shown])
    np.testing.assert_allclose(
        np.nan_to_num(stack).max(axis=0)[shown] ** 2, weights.amax(dim=0)[shown], atol=1e-6
    )
    colors = [trace["colorscale"][1][1] for trace in spec["data"]]
    assert len(set(colors)) == 3


def test_dumbbells_join_the_probabilities_before_and_after():
    before, after = torch.randn(50, generator=seeded()), torch.randn(50, generator=seeded(1))
    shift = prediction_shift(before, after, charts.SHOWN)
    names = [f"<{i}>" for i in shift.ids]
    spec = charts.dumbbells(shift, names)
    assert_valid(spec)
    line, first, second = spec["data"]
    p, q = before.double().softmax(0), after.double().softmax(0)
    np.testing.assert_allclose(first["x"], p[list(shift.ids)], rtol=1e-5)
    np.testing.assert_allclose(second["x"], q[list(shift.ids)], rtol=1e-5)
    np.testing.assert_allclose(line["x"][0::3], first["x"], rtol=1e-6)
    np.testing.assert_allclose(line["x"][1::3], second["x"], rtol=1e-6)

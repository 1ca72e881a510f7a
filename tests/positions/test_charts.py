"""The positions page's figures: accepted by Plotly, and showing core's numbers."""

from __future__ import annotations

import math

import pytest
import torch

from charts import positions as charts
from charts.positions.curves import _thousands
from charts.positions.rotation import reach_step
from core import positions as core
from tests.charts_helper import assert_valid


def vectors(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    q, k = torch.randn(2, size, generator=torch.Generator().manual_seed(7))
    return q, k


def named(spec: dict, name: str) -> dict:
    """The one trace with this name."""
    (found,) = [trace for trace in spec["data"] if trace.get("name") == name]
    return found


@pytest.mark.parametrize("position", [0, 1, 23])
def test_arrow_ends_at_the_rotated_point(position: int) -> None:
    places = range(max(0, position - 5), position + 1)
    cos, sin = core.rope_tables(places, 6)
    spec = charts.arrow(cos[:, 1], sin[:, 1], 1, completed=position > 20)
    assert_valid(spec)
    now = named(spec, "now")
    rotated = core.apply_rope(torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]), [position])[0]
    assert [now["x"][1], now["y"][1]] == pytest.approx(rotated[2:4].tolist(), abs=1e-6)
    assert len(named(spec, "earlier positions")["marker"]["opacity"]) == len(places) - 1
    assert "pair 1" in spec["layout"]["xaxis"]["title"]["text"]


@pytest.mark.parametrize("size", [2, 4, 8, 14, 16, 64])
def test_clocks_hands_point_where_the_pairs_do(size: int) -> None:
    position, pairs = 7, size // 2
    cos, sin = core.rope_tables([position], size)
    result = core.pair_clocks(size, position)
    spec = charts.clocks(result, cos[0], sin[0], position, pairs - 1)
    assert_valid(spec)
    hands = [named(spec, "less than one turn"), named(spec, "at least one turn")]
    assert "tokens" in spec["layout"]["xaxis"]["title"]["text"]
    assert [len(hand["x"]) // 3 for hand in hands] == [
        int((result.wavelengths >= position).sum()),
        int((result.wavelengths < position).sum()),
    ]
    x, y = hands[1]["x"], hands[1]["y"]  # pair 0, one turn in 6.28 tokens
    assert math.atan2(float(y[1] - y[0]), float(x[1] - x[0])) == pytest.approx(7 - 2 * math.pi)
    centers = spec["data"][-1]
    assert len(centers["x"]) == pairs, "a click on the last trace's point i chooses pair i"
    assert len({(float(a), float(b)) for a, b in zip(centers["x"], centers["y"], strict=True)}) == (
        pairs
    )


@pytest.mark.parametrize("position", [3, 300])
def test_a_completed_pair_has_the_same_color_in_every_figure(position: int) -> None:
    result = core.pair_clocks(8, position)
    cos, sin = core.rope_tables([position], 8)
    waves, clocks = charts.waves(result, position, 0), charts.clocks(result, cos[0], sin[0], 3, 1)
    completed = bool(result.turns[1] > 1)
    arrow = charts.arrow(cos[:, 1], sin[:, 1], 1, completed=completed)
    dots = named(waves, "at least one turn" if completed else "less than one turn")
    hands = named(clocks, "at least one turn" if completed else "less than one turn")
    other = named(clocks, "less than one turn" if completed else "at least one turn")
    color = named(arrow, "now")["line"]["color"]
    assert 1 in dots["x"].tolist()
    assert color == dots["marker"]["color"] == hands["line"]["color"]
    assert color != other["line"]["color"]


def test_matrix_is_cores_and_frames_the_pair() -> None:
    rotation = core.rotation_matrix(3, core.rope_frequencies(6))
    spec = charts.matrix(rotation, 2)
    assert_valid(spec)
    assert torch.equal(spec["data"][0]["z"], rotation)
    assert spec["layout"]["shapes"][0]["x0"] == 3.5


def test_two_arrows_keep_within_the_axes() -> None:
    q, k = vectors(2)
    result = core.rope_score(q, k, 5, 3)
    spec = charts.two_arrows((q, k), (result.q_rotated, result.k_rotated), 0)
    assert_valid(spec)
    reach = spec["layout"]["xaxis"]["range"][1]
    assert max(float(q.norm()), float(k.norm())) < reach
    assert named(spec, "k rotated")["x"][1] == pytest.approx(float(result.k_rotated[0]))


@pytest.mark.parametrize(("reach", "step"), [(1.25, 0.5), (3.0, 1.0), (11.0, 5.0), (0.5, 0.2)])
def test_ticks_of_round_axes(reach: float, step: float) -> None:
    assert reach_step(reach) == pytest.approx(step)


def test_plane_and_curve_show_the_same_score() -> None:
    q, k = vectors(10)
    scores = core.compare_pairings(q, k, range(100, 111)).scores["interleaved"]
    offsets = torch.arange(-10.0, 11)
    curve = core.score_by_offset(q, k, offsets)
    plane = charts.plane(scores, 100, (107, 104))
    assert_valid(plane)
    line = charts.by_distance(offsets, curve, curve / 5, (3, float(curve[13])), 1.0)
    assert_valid(line)
    assert float(plane["data"][0]["z"][7, 4]) == pytest.approx(float(curve[13]), abs=1e-4)
    assert named(line, "now")["y"][0] == pytest.approx(float(curve[13]))
    assert plane["layout"]["yaxis"]["range"] == [110.5, 99.5]
    low, high = line["layout"]["yaxis"]["range"]
    assert low < float(curve.min())
    assert float(curve.max()) < high


def test_a_flat_score_still_has_an_axis() -> None:
    zero = torch.zeros(3)
    spec = charts.by_distance(torch.arange(-1.0, 2), zero, zero, (0, 0.0), 0.0)
    assert_valid(spec)
    low, high = spec["layout"]["yaxis"]["range"]
    assert low < 0 < high
    assert_valid(charts.plane(torch.zeros(3, 3), 0, (0, 0)))


def test_waves_split_at_the_length_of_the_text() -> None:
    result = core.pair_clocks(64, 2048)
    spec = charts.waves(result, 2048, 7, core.pair_clocks(64, 2048, 500.0))
    assert_valid(spec)
    assert len(named(spec, "less than one turn")["x"]) == 11
    assert len(named(spec, "at least one turn")["x"]) == 21
    ring = named(spec, "pair 7")
    assert (ring["x"], ring["y"]) == ([7], [pytest.approx(2 * math.pi * 10_000 ** (14 / 64))])
    assert spec["layout"]["shapes"][0]["y0"] == 2048
    assert float(named(spec, "at least one turn")["y"][0]) == pytest.approx(2 * math.pi)


@pytest.mark.parametrize(("power", "label"), [(3, "1k"), (5, "100k"), (6, "1M"), (9, "1G")])
def test_large_powers_are_short(power: int, label: str) -> None:
    assert _thousands(power) == label


def test_decay_shows_the_curves_and_the_bound_over_the_quantity_that_it_bounds() -> None:
    generator = torch.Generator().manual_seed(1)
    result = core.score_decay(14, range(0, 50, 7), generator, samples=11)
    spec = charts.decay(result)
    assert_valid(spec)
    assert torch.equal(named(spec, "expected mean")["y"], result.expected)
    assert torch.equal(named(spec, "measured mean")["y"], result.measured_mean)
    bound = named(spec, "RoFormer's upper bound")
    bounded = named(spec, "the quantity that it bounds")
    assert bound["yaxis"] == bounded["yaxis"] == "y2"
    assert bool((bound["y"] >= bounded["y"]).all())
    assert bool((bound["y"] >= named(spec, "expected mean")["y"].abs()).all())


def test_decay_keeps_a_noisy_measurement_in_sight() -> None:
    highest = lowest = 0.0
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        result = core.score_decay(14, range(50), generator, mean=0.1, samples=2)
        low, high = charts.decay(result)["layout"]["yaxis"]["range"]
        assert low < float(result.measured_mean.min())
        assert float(result.measured_mean.max()) < high
        lowest = min(lowest, float(result.measured_mean.min()))
        highest = max(highest, float(result.measured_mean.max()))
    assert lowest < -0.6, "the usual axis would cut it off below"
    assert highest > 1.4, "and above"


def test_scaled_marks_the_factor_and_the_unseen_pairs() -> None:
    plain = core.rope_frequencies(16, dtype=torch.float64)
    ratios = {
        kind: core.rope_frequencies(16, scaling=core.RopeScaling(kind, 4.0), dtype=torch.float64)
        / plain
        for kind in core.ROPE_SCALINGS
    }
    spec = charts.scaled(ratios, 4.0, 5)
    assert_valid(spec)
    assert named(spec, "linear")["y"].tolist() == pytest.approx([0.25] * 8)
    assert float(named(spec, "NTK")["y"][-1]) == pytest.approx(0.25)
    line, area = spec["layout"]["shapes"]
    assert (line["y0"], area["x0"]) == (0.25, 4.5)
    low = 10 ** spec["layout"]["yaxis"]["range"][0]
    assert low < min(float(ratio.min()) for ratio in ratios.values())
    assert_valid(charts.scaled({}, 2.0, 1))
    assert len(charts.scaled(ratios, 4.0, 8)["layout"]["annotations"]) == 1
    assert_valid(charts.near(torch.arange(8.0), {"": plain, **ratios}))


@pytest.mark.parametrize("size", [4, 8, 16, 22])
def test_vectors_name_the_number_in_every_cell(size: int) -> None:
    q, k = vectors(size)
    result = core.compare_pairings(q, k, range(5))
    spec = charts.vectors(q, result, 3, ("concatenated", 2))
    assert_valid(spec)
    frame = spec["layout"]["shapes"][0]
    assert (frame["x0"] + frame["x1"], frame["y0"] + frame["y1"]) == (4, 6), "column 2, row 3"
    cells = spec["data"][0]
    assert cells["text"][1][:3] == ["a0", "b0", "a1"]
    assert cells["text"][2][:2] == ["a0", "a1"]
    assert cells["text"][2][size // 2] == "b0"
    assert torch.equal(cells["z"][0], q)
    # A cell of the half-split row holds the number that its name has in the adjacent row.
    adjacent = dict(zip(cells["text"][1], cells["z"][1].tolist(), strict=True))
    for name, value in zip(cells["text"][2], cells["z"][2].tolist(), strict=True):
        assert value == pytest.approx(adjacent[name], abs=1e-5)


def test_along_is_a_diagonal_of_cores_scores() -> None:
    q, k = vectors(8)
    result = core.compare_pairings(q, k, range(11))
    spec = charts.along(result, 3)
    assert_valid(spec)
    wrong = named(spec, "mismatched tables")
    assert float(wrong["y"][2]) == pytest.approx(float(result.scores["mixed"][5, 2]))
    assert int(wrong["x"][2]) == 5
    level = named(spec, "half-split")["y"]
    assert float(level.max() - level.min()) < 1e-4


def schemes(T: int, rows: int) -> dict[str, core.PositionScores]:
    q, k = torch.randn(2, T, 6, generator=torch.Generator().manual_seed(3))
    table = core.random_position_table(rows, 6, torch.Generator().manual_seed(5))
    return {s: core.position_scores(q, k, s, table=table) for s in core.POSITION_SCHEMES}


def test_curves_of_schemes_stop_where_the_table_does() -> None:
    results = schemes(11, 7)
    spec = charts.distance_curves(results)
    assert_valid(spec)
    learned = named(spec, "learned table")["y"]
    assert learned.isfinite().tolist() == [True] * 7 + [False] * 4
    assert torch.equal(named(spec, "RoPE")["y"], results["rope"].by_distance)
    assert_valid(charts.distance_curves({}))
    assert charts.distance_curves(results, low=-0.5)["layout"]["yaxis"]["range"][0] >= -0.5


@pytest.mark.parametrize("scheme", core.POSITION_SCHEMES)
def test_plane_of_a_scheme_is_blank_beyond_the_table(scheme: str) -> None:
    result = schemes(7, 5)[scheme]
    spec = charts.scheme_plane(result, (2, 1))
    assert_valid(spec)
    assert torch.equal(spec["data"][0]["z"].isnan(), ~result.defined)
    assert len(spec["data"]) == (2 if scheme == "learned" else 1)


def test_a_plane_without_negative_scores_has_one_sequence_of_colors() -> None:
    zero = torch.zeros(5, 6)
    spec = charts.scheme_plane(core.position_scores(zero, zero, "sinusoidal"), (0, 0))
    assert spec["data"][0]["colorscale"] in ("@sequential", "@diverging")
    ones = torch.ones(5, 6)
    spec = charts.scheme_plane(core.position_scores(ones, ones, "none"), (0, 0))
    assert_valid(spec)
    assert spec["data"][0]["zmin"] < spec["data"][0]["zmax"]


def test_one_long_row_of_a_table_does_not_wash_the_others_out() -> None:
    q, table = torch.ones(40, 6), torch.zeros(40, 6)
    table[0] = 30.0
    table[1:, 0] = torch.linspace(0, 1, 39)
    result = core.position_scores(q, q, "learned", table=table)
    cells = charts.scheme_plane(result, (2, 1))["data"][0]
    others = result.scores[1:, 1:]
    assert float(result.scores[0, 0]) > 20 * cells["zmax"]
    assert cells["zmax"] >= float(others.max())
    assert torch.equal(cells["z"], result.scores), "the colors are cut off, not the numbers"


def test_text_vectors_are_the_vectors_a_row_each() -> None:
    vectors = torch.arange(21.0).reshape(3, 7)
    spec = charts.text_vectors(vectors, ["a", "<b>", "c"], 20.0, 1)
    assert_valid(spec)
    (cells,) = spec["data"]
    assert torch.equal(cells["z"], vectors)
    assert (cells["zmin"], cells["zmax"]) == (-20.0, 20.0)
    assert spec["layout"]["yaxis"]["ticktext"] == ["a", "&lt;b&gt;", "c"]
    frame = spec["layout"]["shapes"][0]
    assert (frame["x1"], frame["y0"], frame["y1"]) == (6.5, 0.5, 1.5)
    assert (
        "ticktext"
        not in charts.text_vectors(torch.zeros(40, 2), ["x"] * 40, 1.0, 0)["layout"]["yaxis"]
    )


def test_text_scores_hide_the_future_and_escape_tokens() -> None:
    words = ["<b>", "two", "three"]
    scores = torch.arange(9.0).reshape(3, 3)
    spec = charts.text_scores(scores, words, 8.0, (2, 1))
    assert_valid(spec)
    assert spec["data"][0]["z"].isnan().tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    assert spec["layout"]["yaxis"]["ticktext"][0] == "&lt;b&gt;"
    row, cell = spec["layout"]["shapes"]
    assert (row["y0"], row["x1"], cell["y0"], cell["x0"]) == (1.5, 2.5, 1.5, 0.5)
    many = charts.text_weights(torch.zeros(40, 40), ["x"] * 40, (39, 0))
    assert_valid(many)
    assert "ticktext" not in many["layout"]["xaxis"]


def test_row_and_cloud_show_the_chosen_token() -> None:
    results = schemes(5, 5)
    words = ["a", "b", "<i>", "d", "e"]
    spec = charts.row_scores({s: results[s] for s in ("none", "rope")}, 2, words)
    assert_valid(spec)
    assert torch.equal(named(spec, "with RoPE")["y"], results["rope"].scores[2, :3])
    assert named(spec, "with RoPE")["hovertext"] == ["a", "b", "&lt;i&gt;"]
    before, after = torch.randn(2, 5, 2)
    cloud = charts.pair_cloud(before, after, 4, "k")
    assert_valid(cloud)
    assert torch.equal(named(cloud, "before")["x"], before[:, 0])
    sizes = cloud["data"][1]["marker"]["size"]
    assert bool((sizes.diff() > 0).all()), "the later, the larger, as its name says"
    assert cloud["layout"]["xaxis"]["title"]["text"] == "k: first component of pair 4"
    assert_valid(charts.pair_cloud(before[:1], after[:1], 0, "q"))
    both = charts.distance_curves(
        {s: results[s] for s in ("none", "rope")}, name=charts.with_or_without
    )
    for name in ("with RoPE", "without RoPE"):
        assert named(both, name)["line"]["color"] == named(spec, name)["marker"]["color"]
    assert_valid(charts.table_rows(core.sinusoidal_encoding(5, 7)))


def test_figures_leave_their_inputs_alone() -> None:
    result = schemes(5, 3)["learned"]
    before = result.scores.clone(), result.by_distance.clone()
    charts.scheme_plane(result, (2, 1))
    charts.distance_curves({"learned": result})
    charts.text_scores(result.scores, ["x"] * 5, 1.0, (4, 0))
    assert torch.equal(result.scores, before[0])
    assert torch.equal(result.by_distance, before[1])

"""The normalization page's figures: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest
import torch

from charts import normalization as charts
from core import normalization as core
from core.normalization.left_out import LeftOut, NormsOfModel
from core.normalization.tiny_training import TrainingSettings, TrainingStep
from tests.charts_helper import assert_valid

SHAPE = (2, 3, 5)


@pytest.mark.parametrize(("kind", "outlines"), [("batch", 2), ("layer", 1), ("rms", 1)])
def test_sheets_show_every_value_and_outline_the_group(kind: str, outlines: int) -> None:
    values = core.example_batch(SHAPE, torch.Generator().manual_seed(0))
    batch = core.padded_batch(values, [2, 3])
    index = (1, 0, 4)
    group = core.statistics_group(kind, SHAPE, index, batch.real)
    spec = charts.sheets(batch, group, index, kind)
    assert_valid(spec)
    _faint, lit, hatched, texts = spec["data"]
    assert int(lit["z"].isfinite().sum()) == int(group.sum())
    assert len(texts["text"]) == 2 * 3 * 5
    assert len(hatched["x"]) == 6, "one padded token: one rectangle"
    *boxes, frame = spec["layout"]["shapes"]
    assert len(boxes) == outlines
    at = ((frame["x0"] + frame["x1"]) / 2, (frame["y0"] + frame["y1"]) / 2)
    assert charts.cell_at(*at, SHAPE) == index
    row, column = 0, 1 * 6 + 4
    assert float(lit["z"][row, column]) == pytest.approx(float(values[index]))


def test_places_beside_the_sheets_are_no_cells() -> None:
    assert charts.cell_at(0, 0, SHAPE) == (0, 0, 0)
    for x, y in ((5, 0), (-1, 0), (11, 0), (0, 3), (0, -1)):
        assert charts.cell_at(x, y, SHAPE) is None


def test_means_mark_the_current_length() -> None:
    values = core.example_batch(SHAPE, torch.Generator().manual_seed(0))
    found = core.means_by_length(values, [1, 3], 0, (1, 0, 4))
    spec = charts.means(found, 2)
    assert_valid(spec)
    for trace, y in zip(spec["data"], (found.counted, found.masked, found.layer), strict=True):
        assert trace["y"] is y
    assert spec["data"][0]["marker"]["size"] == [5, 13, 5]


@pytest.mark.parametrize("values", [[1, 2, 3, 4], [-1e6, 1e6], [0, 0]])
def test_the_vectors_bars_fit_their_axes(values: list[float]) -> None:
    found = core.vector_norms([float(v) for v in values])
    spec = charts.vector(found, 1)
    assert_valid(spec)
    for trace in spec["data"]:
        axis = spec["layout"]["yaxis2" if trace["yaxis"] == "y2" else "yaxis"]
        assert axis["range"][0] <= min(trace["y"]) <= max(trace["y"]) <= axis["range"][1]


def test_the_stream_has_one_place_per_norm() -> None:
    before = torch.rand(7, 4) * 1000 + 1e-3
    found = NormsOfModel(before, torch.ones(7, 4), before / 10)
    spec = charts.stream(found, 2, 3, {3: 51.0})
    assert_valid(spec)
    first, chosen, after, bars = spec["data"]
    assert torch.equal(first["y"], before[:, 0])
    assert torch.equal(chosen["y"], before[:, 2])
    assert after["y"].tolist() == (before[:, 2] / 10).tolist()
    assert (list(bars["x"]), bars["y"]) == ([1.5], [51.0])
    assert spec["layout"]["yaxis2"]["range"] == [0, 60]
    assert spec["layout"]["shapes"][0]["x0"] == 1.25


def test_predictions_show_both_favorites() -> None:
    full = torch.tensor([0.6, 0.2, 0.1, 0.05, 0.0, 0.0])
    without = torch.tensor([0.1, 0.0, 0.0, 0.0, 0.3, 0.6])
    found = LeftOut(0, 1.0, False, torch.arange(6), full, without)
    spec = charts.predictions(found, ["a", "<b>", "c", "d", "e", "f"], most=4)
    assert_valid(spec)
    assert spec["layout"]["yaxis"]["ticktext"] == ["a", "&lt;b&gt;", "f", "e"]
    assert spec["data"][1]["x"].tolist() == pytest.approx([0.1, 0.0, 0.6, 0.3])


def test_gradients_and_their_ratio() -> None:
    by_placement = {name: torch.tensor([1.0, 0.5]) for name in charts.placements()}
    spec = charts.gradients(by_placement, 2)
    assert_valid(spec)
    assert len(spec["data"]) == 3
    found = core.RatioByDepth((2, 8), torch.tensor([1.3, 2.5]), 0.47, torch.tensor([1.25, 2.5]))
    spec = charts.ratio(found, 8)
    assert_valid(spec)
    assert spec["data"][1]["y"] is found.ratio
    assert spec["data"][1]["marker"]["size"] == [10, 17]


def test_training_draws_the_mean_of_ten_updates() -> None:
    steps = [TrainingStep(float(i), 0.1, 1.0) for i in range(25)]
    assert charts.smoothed(steps) == [4.5, 14.5, 22.0]
    runs = [
        (TrainingSettings("post"), steps),
        (TrainingSettings("pre", warmup=9), steps[:3]),
        (TrainingSettings("deepnorm"), []),
    ]
    spec = charts.training(runs, 200, 2.9)
    assert_valid(spec)
    assert [t["name"] for t in spec["data"]] == [
        "post-LN, no warm-up",
        "pre-LN, warm-up",
        "DeepNorm, no warm-up",
    ]
    assert list(spec["data"][0]["x"]) == [5, 15, 25]
    assert spec["layout"]["shapes"][0]["y0"] == 2.9

"""The scaling page's figures: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import math

import pytest
import torch

from charts import scaling as charts
from charts.scaling.numbers import amount, power
from core import scaling as core
from tests.charts_helper import assert_valid

NAMES = {name: name for name in core.CONSTANTS}


@pytest.mark.parametrize("metric", ["exact", "token", "edit", "nats"])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_metric_has_its_measured_dots_within_the_axis(metric: str, logarithmic: bool) -> None:
    sizes = torch.logspace(6, 12, 5, dtype=torch.float64)
    uniform = torch.rand(5, 11, 3, generator=torch.Generator().manual_seed(0))
    found = core.scores(sizes, uniform)
    line = core.expected(found.per_token, 3)[metric]
    spec = charts.curve(found, metric, (sizes, line), 2, logarithmic=logarithmic)
    assert_valid(spec)
    smooth, dots, *resolution = spec["data"]
    assert smooth["y"] is line
    assert torch.equal(dots["y"], found.measured[metric])
    assert dots["marker"]["size"] == [10, 10, 17, 10, 10]
    assert [trace["y"] for trace in resolution] == ([[1 / 11] * 2] if metric == "exact" else [])
    low, high = spec["layout"]["yaxis"]["range"]
    top = float(found.measured[metric].max())
    assert (math.log10(top) if logarithmic else top) <= high
    assert logarithmic or low <= 0


@pytest.mark.parametrize("flops", [1e18, 5.76e23, 1e27])
def test_the_plane_has_the_optima_on_the_line_of_equal_compute(flops: float) -> None:
    optima = {name: core.compute_optimal(flops, name) for name in core.CONSTANTS}
    equal = charts.levels("besiroglu"), charts.level_labels("besiroglu")
    spec = charts.plane(NAMES, optima, flops, equal, core.TRAINED, "GPT-3")
    assert_valid(spec)
    lines, compute, *optimal, trained = spec["data"]
    levels = {
        round(core.loss(n, d), 6) for n, d in zip(lines["x"], lines["y"], strict=True) if n and d
    }
    assert levels == {float(label["text"]) for label in spec["layout"]["annotations"]}
    for n, d in zip(compute["x"], compute["y"], strict=True):
        assert core.training_flops(n, d) == pytest.approx(flops)
    for trace, found in zip(optimal, optima.values(), strict=True):
        assert (trace["x"][1], trace["y"][1]) == (found.parameters, found.tokens)
    assert trained["marker"]["size"][0] == max(trained["marker"]["size"])


@pytest.mark.parametrize("flops", [1e18, 5.76e23, 1e27])
def test_the_minima_lie_on_their_curves(flops: float) -> None:
    optima = {name: core.compute_optimal(flops, name) for name in core.CONSTANTS}
    spec = charts.budget(NAMES, optima, flops)
    assert_valid(spec)
    *curves, minima = spec["data"]
    low, high = spec["layout"]["yaxis"]["range"]
    for curve, best in zip(curves, minima["y"], strict=True):
        assert min(curve["y"]) == pytest.approx(best)
        assert low < best < high


def test_repeated_data() -> None:
    spec = charts.worth(4, 100)
    assert_valid(spec)
    assert spec["data"][2]["y"] == [core.effective_tokens(1, 4)]
    assert spec["data"][1]["y"][-1] == pytest.approx(core.effective_tokens(1, 100))
    best = core.data_constrained_optimum(1e23, 1e11)
    epochs = best.tokens / 1e11
    spec = charts.allocation(1e23, 1e11, epochs, 4)
    assert_valid(spec)
    assert spec["data"][2]["y"][0] == pytest.approx(best.loss)
    assert min(spec["data"][0]["y"]) >= best.loss - 1e-9


def test_large_numbers() -> None:
    assert [amount(x) for x in (12, 135e6, 70e9, 1.4e12)] == ["12.0", "135 M", "70.0 B", "1.40 T"]
    assert (power(5.76e23), power(2e-5)) == ("5.76·10²³", "2.00·10⁻⁵")

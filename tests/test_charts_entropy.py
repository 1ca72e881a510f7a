"""The entropy page's figures: accepted by Plotly, and showing core's numbers."""

from __future__ import annotations

import math

import pytest
import torch

from charts import entropy as charts
from core import information
from tests.charts_helper import assert_valid

P, Q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]


def test_identity_bars_add_up_to_the_cross_entropy() -> None:
    result = information.compare(P, Q)
    spec = charts.identity(result)
    assert_valid(spec)
    lengths = [trace["x"][0] for trace in spec["data"] if trace["y"] == ["H(p,q)"]]
    assert sum(lengths) == pytest.approx(result.cross_entropy)


def test_identity_says_infinity_where_there_is_one() -> None:
    spec = charts.identity(information.compare([0.5, 0.5], [1.0, 0.0]))
    assert_valid(spec)
    assert "∞" in spec["layout"]["annotations"][1]["text"]
    assert all(math.isfinite(trace["x"][0]) for trace in spec["data"])


def test_pointwise_terms_are_cores_and_negative_ones_differ_in_colour() -> None:
    result = information.compare(P, Q)
    spec = charts.pointwise(result, ["a", "<b>", "c"])
    assert_valid(spec)
    bars = spec["data"][0]
    assert bars["y"] == pytest.approx(result.pointwise.tolist())
    assert bars["marker"]["color"] == ["@positive", "@positive", "@negative"]
    assert spec["layout"]["xaxis"]["ticktext"][1] == "&lt;b&gt;"


def test_pointwise_infinity_has_a_finite_bar() -> None:
    spec = charts.pointwise(information.compare([0.5, 0.5], [1.0, 0.0]), ["a", "b"])
    assert all(math.isfinite(y) for y in spec["data"][0]["y"])
    assert spec["data"][0]["text"][1] == "∞"


@pytest.mark.parametrize("steps", [2, 3, 5, 7, 60])
def test_raster_points_at_the_nearest_distribution(steps: int) -> None:
    index = charts._raster(steps)
    points = information.simplex_grid(steps)
    xy = information.simplex_xy(points)
    near = 1.001 / steps  # rounding two of three coordinates: less than one step off
    for row in (0, 11, 43, charts.ROWS - 1):
        for column in (0, 13, 50, 97):
            i = index[row, column]
            if i < 0:
                continue
            x = column / (charts.COLUMNS - 1)
            y = row / (charts.ROWS - 1) * math.sqrt(3) / 2
            assert abs(float(xy[i, 0]) - x) <= near
            assert abs(float(xy[i, 1]) - y) <= near
    assert set(index[index >= 0].tolist()) <= set(range(len(points)))


def test_simplex_colours_are_cores_values() -> None:
    landscape = information.kl_landscape(P, steps=60)
    spec = charts.simplex(landscape, landscape.forward, Q, "D(p‖q)", 3.0)
    assert_valid(spec)
    z = torch.tensor(spec["data"][0]["z"])
    middle = z[charts.ROWS // 3, charts.COLUMNS // 2]
    third = information.kl_divergence(P, [1 / 3] * 3)
    assert float(middle) == pytest.approx(third, abs=0.05)
    assert bool(z.isnan().any()), "outside the triangle nothing is painted"
    assert float(z[~z.isnan()].max()) == pytest.approx(3.0)


def test_fit_descent_pair_curve_and_loss_are_valid() -> None:
    x = torch.linspace(-8, 8, 101, dtype=torch.float64)
    p = information.gaussian_mixture(x, [-2, 2], [0.6, 0.6])
    steps = list(information.fit_gaussian(p, x, "forward", 0.5, 1.0, steps=5))
    spec = charts.fit(x, p, steps[-1], steps[0])
    assert_valid(spec)
    spacing = float(x[1] - x[0])
    assert torch.allclose(spec["data"][1]["y"] * spacing, steps[-1].q)
    assert_valid(charts.descent(steps, steps, 3))
    assert_valid(charts.pair(["a", "b"], [0.5, 0.5], [0.9, 0.1]))
    assert_valid(charts.binary_curve(information.binary_entropy_curve(11), 0.5, 1.0))
    result = information.classifier_loss([1.0, 0.0, -1.0], 0, 0.1)
    spec = charts.loss(result, ["a", "b", "c"])
    assert_valid(spec)
    assert torch.equal(spec["data"][1]["y"], result.probs)

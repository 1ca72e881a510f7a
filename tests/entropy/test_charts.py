"""The entropy page's figures: accepted by Plotly, and showing core's numbers."""

from __future__ import annotations

import math

import pytest
import torch

from charts import entropy as charts
from charts.entropy import pictures
from charts.entropy.measures import _outcome_axis
from core import information
from tests.charts_helper import assert_valid

P, Q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]


def terms(p: list[float], q: list[float], most: int = 12) -> information.Terms:
    return information.terms_by_outcome(information.compare(p, q), most)


def test_identity_bars_add_up_to_the_cross_entropy() -> None:
    result = information.compare(P, Q)
    spec = charts.identity(result)
    assert_valid(spec)
    lengths = [trace["x"][0] for trace in spec["data"] if trace["y"] == [1]]
    assert sum(lengths) == pytest.approx(result.cross_entropy)
    assert max(sum(lengths), result.reverse_cross_entropy) < spec["layout"]["xaxis"]["range"][1]


def test_identity_says_infinity_where_there_is_one() -> None:
    spec = charts.identity(information.compare([0.5, 0.5], [1.0, 0.0]))
    assert_valid(spec)
    assert spec["layout"]["annotations"][0]["text"].endswith("1.000 + ∞ = ∞")
    assert all(math.isfinite(trace["x"][0]) for trace in spec["data"])


@pytest.mark.parametrize("seed", range(20))
def test_the_sum_adds_up_as_it_is_written(seed: int) -> None:
    a, b = torch.rand(2, generator=torch.Generator().manual_seed(seed)).tolist()
    left, right = charts.sum_text(5 * a, b).split(" = ")
    assert sum(round(1000 * float(part)) for part in left.split(" + ")) == round(
        1000 * float(right)
    )
    assert float(right) == pytest.approx(5 * a + b, abs=0.0011)


def test_areas_of_the_surprise_are_the_entropies() -> None:
    p, q = [0.5, 0.0, 0.3, 0.2], [0.2, 0.3, 0.1, 0.4]
    result = information.compare(p, q)
    spec = charts.surprise(terms(p, q), ["a", "<b>", "<c>", "d"], 2.0, 2)
    assert_valid(spec)
    bars, line = spec["data"]
    assert sum(w * y for w, y in zip(bars["width"], bars["y"], strict=True)) == pytest.approx(
        result.entropy_p
    )
    widths = [b - a for a, b in zip(line["x"][::2], line["x"][1::2], strict=True)]
    below = sum(w * y for w, y in zip(widths, line["y"][::2], strict=True))
    assert below == pytest.approx(result.cross_entropy)
    assert bars["hovertext"] == ["a", "&lt;c&gt;", "d"], "an impossible outcome has no width"
    assert bars["marker"]["line"]["width"] == [1, 2, 1]


def test_areas_stay_the_entropies_where_outcomes_share_a_bar() -> None:
    p, q = (information.renormalize(w) for w in ([9, 5, 4, 3, 2, 1], [1, 6, 1, 2, 7, 3]))
    result = information.compare(p, q)
    found = information.terms_by_outcome(result, 2)
    bars, line = charts.surprise(found, ["a", "b", "4 others"], 2.0, 0)["data"]
    area = sum(w * y for w, y in zip(bars["width"], bars["y"], strict=True))
    assert area == pytest.approx(result.entropy_p)
    widths = [b - a for a, b in zip(line["x"][::2], line["x"][1::2], strict=True)]
    below = sum(w * y for w, y in zip(widths, line["y"][::2], strict=True))
    assert below == pytest.approx(result.cross_entropy)
    for reverse, whole in ((False, result.kl), (True, result.reverse_kl)):
        spec = charts.pointwise(found, ["a", "b", "4 others"], 2.0, 0, reverse=reverse)
        assert sum(spec["data"][0]["y"]) == pytest.approx(whole)


def test_an_infinite_surprise_stays_in_the_figure() -> None:
    spec = charts.surprise(terms([0.5, 0.5], [1.0, 0.0]), ["a", "b"], 2.0, 0)
    assert_valid(spec)
    assert max(spec["data"][1]["y"]) < spec["layout"]["yaxis"]["range"][1]
    assert [note["x"] for note in spec["layout"]["annotations"]] == [0.75]


def test_pointwise_terms_are_cores_and_negative_ones_differ_in_color() -> None:
    result = information.compare(P, Q)
    spec = charts.pointwise(terms(P, Q), ["a", "<b>", "c"], 2.0, 1)
    assert_valid(spec)
    bars = spec["data"][0]
    assert bars["y"] == pytest.approx(result.pointwise.tolist())
    assert bars["marker"]["color"] == ["@accent", "@accent", "@negative"]
    assert bars["marker"]["line"]["width"] == [0, 2, 0]
    assert spec["layout"]["xaxis"]["ticktext"][1] == "&lt;b&gt;"


def test_reverse_terms_are_those_of_the_other_divergence() -> None:
    result = information.compare(P, [0.1, 0.4, 0.5])
    spec = charts.pointwise(terms(P, [0.1, 0.4, 0.5]), ["a", "b", "c"], math.e, 0, reverse=True)
    assert "nats" in spec["layout"]["yaxis"]["title"]["text"]
    assert sum(spec["data"][0]["y"]) == pytest.approx(result.reverse_kl)
    assert "q·log(q/p)" in spec["layout"]["yaxis"]["title"]["text"]


@pytest.mark.parametrize("names", [list("ABCDEFGHIJKL"), ["·Hamburg", "·Germany"] * 5, ["w" * 99]])
def test_names_of_outcomes_do_not_overlap(names: list[str]) -> None:
    axis, below = _outcome_axis(names)
    short = max(len(name) for name in names) == 1 or len(names) == 1
    assert axis["tickangle"] == (0 if short else -35)
    assert all(len(name) <= 16 for name in axis["ticktext"])
    assert below == 34 if short else below > 40


def test_pointwise_infinity_has_a_finite_bar() -> None:
    spec = charts.pointwise(terms([0.5, 0.5], [1.0, 0.0]), ["a", "b"], 2.0, 0)
    assert all(math.isfinite(y) for y in spec["data"][0]["y"])
    assert spec["data"][0]["text"][1] == "∞"


@pytest.mark.parametrize("steps", [2, 3, 5, 7, 60, 200])
@pytest.mark.parametrize("inner", [False, True])
def test_raster_points_at_the_nearest_distribution(steps: int, inner: bool) -> None:
    index = pictures._raster(steps, inner)
    points = information.simplex_grid(steps)
    xy = information.simplex_xy(points)
    near = (3.01 if inner else 1.001) / steps  # rounding two of three coordinates; one step in
    pixels = pictures.PIXELS - 1
    for row in (0, 11, 43, pixels):
        for column in (0, 13, 50, 97):
            x, y = column / pixels, row / pixels * pictures.TOP
            c = row / pixels
            if not 0 <= x - c / 2 <= 1 - c:
                continue
            i = index[row, column]
            assert abs(float(xy[i, 0]) - x) <= near
            assert abs(float(xy[i, 1]) - y) <= near
    used = points[sorted(set(index.flatten().tolist()))]
    assert float(used.min()) == (pytest.approx(1 / steps) if inner and steps >= 3 else 0)


def test_simplex_colors_are_cores_values() -> None:
    landscape = information.kl_landscape(P, steps=200)
    for reverse in (False, True):
        spec = charts.simplex(landscape, Q, 0.5, 2.0, reverse=reverse)
        assert_valid(spec)
        z = torch.tensor(spec["data"][0]["z"])
        assert not bool(z.isnan().any()), "gaps are slow; the frame covers what lies outside"
        assert float(z.max()) == pytest.approx(2.0)
        for a, b, c in ((0.4, 0.3, 0.3), (0.2, 0.7, 0.1), (0.5, 0.0, 0.5)):
            pixel = z[round(100 * c), round(100 * (b + c / 2))]
            pair = ([a, b, c], P) if reverse else (P, [a, max(b, 0.005), c])
            first, second = (information.renormalize(one) for one in pair)
            expected = min(2.0, information.kl_divergence(first, second))
            assert float(pixel) == pytest.approx(expected, abs=0.02)


def test_the_pointer_reads_each_q_and_its_divergence() -> None:
    landscape = information.kl_landscape(P, steps=20)
    spec = charts.simplex(landscape, Q, 0.5, 2.0)
    told = next(trace for trace in spec["data"] if trace.get("hovertext"))["hovertext"]
    assert len(told) == len(landscape.points)
    assert "q: A 0.20, B 0.30, C 0.50<br>D(p‖q) = 0.397" in told
    assert "q: A 1.00, B 0.00, C 0.00<br>D(p‖q) = ∞" in told
    spec = charts.simplex(landscape, Q, 0.5, 2.0, readings=False)
    assert not [trace for trace in spec["data"] if trace.get("hovertext")]


def test_the_fits_axis_holds_every_step() -> None:
    x = torch.linspace(-8, 8, 321, dtype=torch.float64)
    p = information.gaussian_mixture(x, [-2.5, 2.5], [0.6, 0.6])
    runs = [
        list(information.fit_gaussian(p, x, direction, 1.0, 0.2, steps=60))
        for direction in ("forward", "reverse")
    ]
    tops = []
    for step in (0, 30, 60):
        spec = charts.fit(x, p, *runs, step)
        tops.append(spec["layout"]["yaxis"]["range"][1])
        assert max(float(trace["y"].max()) for trace in spec["data"]) < tops[-1]
    assert len(set(tops)) == 1


def test_fit_descent_pair_curve_and_loss_are_valid() -> None:
    x = torch.linspace(-8, 8, 101, dtype=torch.float64)
    p = information.gaussian_mixture(x, [-2, 2], [0.6, 0.6])
    steps = list(information.fit_gaussian(p, x, "forward", 0.5, 1.0, steps=5))
    spec = charts.fit(x, p, steps, steps, 5)
    assert_valid(spec)
    spacing = float(x[1] - x[0])
    assert torch.allclose(spec["data"][1]["y"] * spacing, steps[-1].q)
    assert_valid(charts.descent(steps, steps, 3))
    assert_valid(charts.pair(terms([0.5, 0.5], [0.9, 0.1]), ["a", "b"], 0))
    assert_valid(charts.binary_curve(information.binary_entropy_curve(11), 0.5, 1.0))
    result = information.classifier_loss([1.0, 0.0, -1.0], 0, 0.1)
    spec = charts.loss(result, ["a", "b", "c"], 1)
    assert_valid(spec)
    assert torch.equal(spec["data"][1]["y"], result.probs)
    sure = information.classifier_loss([10.0, 0.0, 0.0, 0.0], 0)
    assert charts.loss(sure, list("abcd"), 0)["data"][1]["text"][0] == "99.99 %", "not 100 %"

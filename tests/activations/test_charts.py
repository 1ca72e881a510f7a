"""The activations page's figures: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from charts import activations as charts
from charts.activations.curves import STYLES
from core import activations as core
from core.activations.gate_map import gate_map
from tests.charts_helper import assert_valid


def line(points: int = 11) -> torch.Tensor:
    return torch.linspace(-5, 5, points, dtype=torch.float64)


@pytest.mark.parametrize("derivative", [True, False])
def test_curves_and_slopes_are_cores_with_a_dot_on_each(derivative: bool) -> None:
    names = list(core.ACTIVATIONS)
    lines, at = core.activation_curves(names, line()), core.activation_curves(names, [1.5])
    spec = charts.curves(lines, at, derivative)
    assert_valid(spec)
    panels = {"y": "value"} | ({"y2": "derivative"} if derivative else {})
    assert len(spec["data"]) == len(panels) * (len(names) + 1)
    for axis, field in panels.items():
        drawn = [t for t in spec["data"] if t["yaxis"] == axis]
        for trace, curve in zip(drawn, lines, strict=False):
            assert torch.equal(trace["y"], getattr(curve, field))
        dots = drawn[-1]
        assert dots["y"] == pytest.approx([float(getattr(a, field)[0]) for a in at])
        assert set(dots["x"]) == {1.5}
    assert spec["layout"]["shapes"][0]["x0"] == 1.5


def test_every_activation_has_a_line_of_its_own() -> None:
    assert set(core.ACTIVATIONS) <= set(STYLES)
    assert len({STYLES[name] for name in core.ACTIVATIONS}) == len(core.ACTIVATIONS)


def test_gelu_forms_show_the_difference_in_ten_thousandths() -> None:
    error = core.gelu_error(line(1001))
    at = core.gelu_error([2.7])
    spec = charts.gelu_forms(error, at)
    assert_valid(spec)
    assert float(spec["data"][2]["y"].abs().max()) == pytest.approx(4.73, abs=0.01)
    assert spec["data"][4]["y"] == pytest.approx([float(at.error[0]) * 1e4])


def test_plane_and_surface_have_the_gate_across_and_the_value_up() -> None:
    grid = core.glu_surface([-1.0, 0.0, 2.0], [-3.0, 0.0, 1.0, 4.0, 5.0], "relu")
    for draw in (charts.plane, charts.surface):
        spec = draw(grid, 1.0, 2.0, 2.0)
        assert_valid(spec)
        z = spec["data"][0]["z"]
        assert z.shape == (3, 5)
        assert z.dtype == torch.float32
        assert float(z[2, 3]) == 8.0, "value 2, gate 4"
    assert "camera" in charts.surface(grid, 1.0, 2.0, 2.0)["layout"]["scene"]


def test_lines_of_equal_output_are_where_the_output_is() -> None:
    grid = core.glu_surface([-4.0, 4.0], line(21), "silu")
    drawn = charts.plane(grid, 1.0, 2.0, 2.0)["data"][1]
    gates, values = drawn["x"].double(), drawn["y"].double()
    known = values.isfinite()
    outputs = values[known] * torch.nn.functional.silu(gates[known])
    assert sorted({round(x, 4) for x in outputs.tolist()}) == [-4, -2, -1, -0.5, 0.5, 1, 2, 4]
    at_zero = (gates == 0) & gates.isfinite()
    assert bool(values[at_zero].isnan().all()), "f(0) = 0: no value gives another output"


def test_a_slice_is_the_unit_at_its_own_value() -> None:
    unit = core.glu_surface([1.9], [-3.0, 0.0, 1.0, 4.0, 5.0], "silu")
    spec = charts.gate_slice(unit, 1.0, 1.39)
    assert_valid(spec)
    expected = 1.9 * torch.nn.functional.silu(torch.tensor([-3.0, 0.0, 1.0, 4.0, 5.0]))
    torch.testing.assert_close(spec["data"][1]["y"].float(), expected)
    assert torch.equal(spec["data"][0]["y"], unit.gate_open)


def stack(name: str, **fields: Any) -> core.DepthTrace:
    generator = torch.Generator().manual_seed(3)
    return core.gradient_through_depth(name, 7, 5, generator=generator, **fields)


@pytest.mark.parametrize("below", ["saturated", "dead", "spread"])
def test_depth_shows_cores_gradients_inside_its_axis(below: str) -> None:
    traces = [stack("sigmoid"), stack("relu", gain=3.0)]
    spec = charts.depth(traces, below, 7)
    assert_valid(spec)
    low, high = spec["layout"]["yaxis"]["range"]
    for drawn, trace in zip(spec["data"], traces, strict=False):
        assert torch.equal(drawn["y"], trace.gradient_norm)
        assert low <= math.log10(float(trace.gradient_norm.min())) <= high
        assert low <= math.log10(float(trace.gradient_norm.max())) <= high
    second = spec["data"][2]
    expected = {
        "saturated": traces[0].saturated_share,
        "dead": traces[0].dead_share,
        "spread": traces[0].hidden_std,
    }[below]
    assert torch.equal(second["y"], expected)
    assert int(second["x"][-1]) == 7
    band = spec["layout"]["shapes"][0]
    assert (band["x0"], band["x1"]) == (6, 7), "layer 7 is between its input and its output"


def test_depth_draws_gradients_of_zero() -> None:
    trace = stack("relu")
    gone = core.DepthTrace(
        **{name: getattr(trace, name) for name in trace.__slots__ if name != "gradient_norm"},
        gradient_norm=torch.zeros(8, dtype=torch.float64),
    )
    assert_valid(charts.depth([gone], "saturated", 1))


def run(rate: float, clip: float | None, steps: int = 12) -> list[core.DeadUnitsStep]:
    config = core.DeadUnitsConfig(width=7, learning_rate=rate, clip=clip)
    return list(core.train_until_dead(config, steps, torch.Generator().manual_seed(0)))


def test_progress_fit_and_units_are_cores() -> None:
    runs = [run(0.3, None), run(0.3, 1.0)]
    spec = charts.progress(runs, 300, 5)
    assert_valid(spec)
    dead, _loss, dot, _dot, _dead, loss, _dot, low_dot = spec["data"]
    assert dead["y"].tolist() == pytest.approx([float(s.dead.double().mean()) for s in runs[0]])
    assert loss["y"].tolist() == pytest.approx([s.loss for s in runs[1]])
    assert (dot["x"], dot["y"]) == ([5], [pytest.approx(float(runs[0][5].dead_share.mean()))])
    assert (low_dot["yaxis"], low_dot["y"]) == ("y2", [pytest.approx(runs[1][5].loss)])
    last = [states[-1] for states in runs]
    spec = charts.fit(last)
    assert_valid(spec)
    assert torch.equal(spec["data"][2]["y"], last[1].prediction)
    spec = charts.units(last, 3)
    assert_valid(spec)
    assert spec["layout"]["shapes"][0]["x0"] == 2.5
    active, dead = spec["data"]
    assert bool((active["customdata"] > 0).all())
    assert not bool(dead["customdata"].any())
    count = sum(int(state.dead.sum()) for state in last)
    assert len(dead["x"]) == count > 0
    assert len(active["x"]) == 2 * 2 * 7 - count
    assert active["marker"]["symbol"] != dead["marker"]["symbol"]


def test_a_diverged_loss_leaves_a_gap() -> None:
    wild = run(500.0, None)
    assert wild[-1].diverged
    spec = charts.progress([wild, wild], 300, 12)
    assert_valid(spec)
    assert not bool(spec["data"][1]["y"].isinf().any())
    assert_valid(charts.fit([wild[-1], wild[-1]]))


@pytest.mark.parametrize(("dim", "hidden"), [(4096, 16384), (64, 64), (7, 11)])
def test_matrices_are_as_long_as_their_inner_width(dim: int, hidden: int) -> None:
    found = core.equal_parameter_ffn(dim, hidden, 256)
    spec = charts.matrices(found)
    assert_valid(spec)
    bars = spec["data"][0]
    assert bars["x"] == [hidden] * 2 + [found.gated.hidden_dim] * 3
    assert max(bars["x"]) <= spec["layout"]["xaxis"]["range"][1]
    product = int(bars["customdata"][2].replace(",", ""))
    assert 3 * product == found.gated.parameters


def test_gates_and_one_layers_histogram() -> None:
    gates = torch.randn(5, 3, 11, generator=torch.Generator().manual_seed(1))
    found = gate_map(gates, bins=7)
    spec = charts.gates(found, 2, 4)
    assert_valid(spec)
    heat, median, closed = spec["data"]
    assert heat["z"].shape == (5, 7)
    assert torch.allclose(closed["x"], found.closed_share[2].mean(dim=1))
    assert torch.equal(median["x"], found.statistics.quantiles[:, 2])
    assert spec["layout"]["shapes"][0]["y0"] == 3.5
    shown = charts.layer_histogram(found, 4, core.activation_curves(["silu"], line())[0])
    assert_valid(shown)
    assert torch.equal(shown["data"][0]["y"], found.share[4])
    y, y2 = (shown["layout"][name]["range"] for name in ("yaxis", "yaxis2"))
    assert y[0] / y[1] == pytest.approx(y2[0] / y2[1]), "both axes have 0 at one height"

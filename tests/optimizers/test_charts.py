"""The optimizers page's figures: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest
import torch

from charts import optimizers as charts
from core import optimizers as core
from tests.charts_helper import assert_valid

KINDS = core.SCHEDULES


@pytest.mark.parametrize("name", core.SURFACES)
def test_paths_show_every_method_up_to_the_step(name: str) -> None:
    surface = core.SURFACES[name]
    methods = core.METHODS[:-1]
    traces = {m: core.optimize(surface, surface.start, m, 9, lr=1e-4) for m in methods}
    names = {method: method.upper() for method in methods}
    spec = charts.paths(surface.grid(7, 5), surface, traces, names, 4)
    assert_valid(spec)
    contours, *lines = spec["data"]
    assert contours["z"].shape == (5, 7)
    for line, (method, trace) in zip(lines, traces.items(), strict=True):
        assert line["name"] == names[method]
        torch.testing.assert_close(line["x"], trace.positions[:5, 0])
        assert line["marker"]["size"] == [5, 5, 5, 5, 14]
    assert len(spec["layout"]["annotations"]) == len(surface.minima)


def test_a_diverged_path_and_a_surface_without_values_are_drawn() -> None:
    surface = core.SURFACES["bowl"]
    trace = core.optimize(surface, [1.0, 1.0], "sgd", 80, lr=9.0)
    assert_valid(charts.paths(surface.grid(5, 5), surface, {"sgd": trace}, {"sgd": "S"}, 80))
    nowhere = core.parse_surface("log(-1 - x^2)")
    assert_valid(charts.paths(nowhere.grid(5, 5), nowhere, {}, {}, 0))


@pytest.mark.parametrize("log", [False, True])
def test_curves_fit_their_axis(log: bool) -> None:
    line = charts.Curve("a", torch.tensor([1.0, 3.0, torch.nan]), "@p")
    spec = charts.curves([line], "y", (0.1, 10) if log else None, first=1, log=log)
    assert_valid(spec)
    assert spec["layout"]["yaxis"]["range"] == ([-1, 1] if log else [0, 4])
    assert spec["data"][0]["x"] == [1, 2, 3]


def test_muon_draws_the_image_of_the_circle_and_the_singular_values() -> None:
    found = core.orthogonalization([[2.0, 1.5], [1.0, 1.0]], 4)
    spec = charts.muon(found, 3)
    assert_valid(spec)
    circle, image, *values = spec["data"]
    mapped = found.matrices[3] @ torch.stack([circle["x"], circle["y"]])
    torch.testing.assert_close(image["x"], mapped[0])
    torch.testing.assert_close(image["y"], mapped[1])
    torch.testing.assert_close(values[1]["y"], found.singular_values[:, 1])
    assert values[0]["marker"]["size"] == [7, 7, 7, 15, 7]


def test_schedules_lie_above_their_losses() -> None:
    rates = {kind: [core.learning_rate(kind, i, 20, 0.1) for i in range(21)] for kind in KINDS}
    losses = {kind: [float(i) for i in range(15)] for kind in KINDS}
    spec = charts.schedules(rates, losses, dict.fromkeys(KINDS, "n"), "linear", 7, 2.5)
    assert_valid(spec)
    upper, lower = spec["data"][:5], spec["data"][5:]
    assert [line["y"] for line in upper] == list(rates.values())
    assert {line["yaxis"] for line in upper} == {"y"}
    assert {line["yaxis"] for line in lower} == {"y2"}
    assert lower[0]["x"] == [5, 15]
    assert lower[0]["y"] == [4.5, 12]
    assert [line["line"]["width"] for line in lower] == [2, 5, 2, 2, 2]
    assert spec["layout"]["shapes"][0]["x0"] == 7
    assert_valid(
        charts.schedules(
            rates, {kind: [] for kind in KINDS}, dict.fromkeys(KINDS, "n"), "wsd", 0, 2
        )
    )

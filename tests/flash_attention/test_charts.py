"""The figures: valid Plotly, and the numbers of core's results in them."""

from __future__ import annotations

import pytest
import torch

from charts import flash_attention as charts
from core.flash_attention import (
    CARDS,
    FORMATS,
    KINDS,
    TiledTrace,
    attention_traffic,
    softmax_in_format,
    tiled_attention,
)
from core.flash_attention.measuring import KERNELS, Measured
from tests.charts_helper import assert_valid

WORDS = ["<b>", "a", "&", "", "很", "e\u0301", "x" * 40]


def trace(causal: bool = True) -> TiledTrace:
    generator = torch.Generator().manual_seed(2)
    q, k, v = (torch.randn(7, n, generator=generator) for n in (5, 5, 3))
    return tiled_attention(q, k, v, 3, 2, causal=causal)


@pytest.mark.parametrize("causal", [True, False])
def test_only_computed_and_unmasked_scores_are_drawn(causal: bool) -> None:
    found = trace(causal)
    for at, visit in enumerate(found.visits):
        spec = charts.tiles(found, at, visit.rows[0], None, WORDS)
        assert_valid(spec)
        shown = ~torch.as_tensor(spec["data"][0]["z"]).isnan()
        cells = {
            (r, c)
            for each in found.visits[: at + 1]
            for r in each.rows
            for c in each.keys
            if found.mask[r, c]
        }
        assert {(r, c) for r, c in shown.nonzero().tolist()} == cells
        box = spec["layout"]["shapes"][0]
        assert (box["x0"], box["y1"]) == (visit.keys.start - 0.5, visit.rows.stop - 0.5)
        assert len(spec["data"]) == 4
        assert len(spec["layout"]["shapes"]) == 3


def test_the_output_and_its_distance_are_those_of_core() -> None:
    found = trace()
    at = len(found.visits) - 1
    spec = charts.running(found, at, 6)
    assert_valid(spec)
    exact, output, distance = spec["data"]
    assert exact["y"].tolist() == pytest.approx(found.exact[6].tolist(), abs=1e-6)
    assert output["y"].tolist() == pytest.approx(found.output[6].tolist())
    assert distance["y"] == pytest.approx(
        [max(d, 1e-9) for d in found.distance[:, 6].tolist()], rel=1e-6
    )
    assert distance["x"] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_nan_is_a_cross_and_a_distant_score_is_drawn_at_the_edge(name: str) -> None:
    found = softmax_in_format(torch.tensor([3000.0, -3000.0, 2.0, 0, 0, 0, 0]), name)
    exponents, weights = charts.exponents(found, name, WORDS), charts.weights(found, WORDS)
    assert_valid(exponents)
    assert_valid(weights)
    low, high = exponents["layout"]["yaxis"]["range"]
    assert all(low < float(y) < high for dots in exponents["data"] for y in dots["y"])
    assert exponents["data"][0]["customdata"].tolist()[:2] == pytest.approx([3000, -3000], rel=0.01)
    assert weights["data"][3]["x"].tolist() == [0]
    assert weights["data"][0]["y"].tolist() == found.exact.tolist()


def test_traffic_and_roofline_hold_the_counts() -> None:
    lengths = (128, 256)
    lines = [[attention_traffic(n, 64, kind) for n in lengths] for kind in KINDS]
    now = [line[1] for line in lines]
    spec = charts.moved(lengths, lines, now, 256, "N")
    assert_valid(spec)
    for line, counts in zip(spec["data"], lines, strict=False):
        assert line["y"] == [each.bytes / 1e6 for each in counts]
    assert spec["data"][2]["y"] == [each.bytes / 1e6 for each in now]
    for card in CARDS:
        roof = charts.roofline(card, now)
        assert_valid(roof)
        for mark, each in zip(roof["data"][1:], now, strict=True):
            assert mark["y"][1] == card.attainable(each.intensity) / 1e12


def test_measurements_are_drawn_by_kernel() -> None:
    assert_valid(charts.measured([], 8192))
    found = [Measured(k, n, n / 1e4, n * 2**20, 3) for n in (128, 256) for k in KERNELS]
    spec = charts.measured(found, 8192)
    assert_valid(spec)
    for time, memory in (spec["data"][:2], spec["data"][2:]):
        assert time["y"] == pytest.approx([12.8, 25.6])
        assert memory["y"] == [128, 256]

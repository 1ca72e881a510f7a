"""The FlashAttention page's figures: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest
import torch

from charts import flash_attention as charts
from core.flash_attention import CARDS, TiledTrace, attention_traffic, tiled_attention
from tests.charts_helper import assert_valid

WORDS = ["a", "b", "<c>", "d", "e", "f", "g"]


@pytest.fixture(scope="module")
def trace() -> TiledTrace:
    q, k, v = torch.randn(3, 7, 5, generator=torch.Generator().manual_seed(2))
    return tiled_attention(q, k, v, 2, 3)


def test_the_roofline_is_the_smaller_of_memory_and_arithmetic() -> None:
    for card in CARDS:
        kernels = [attention_traffic(2048, 64, kind) for kind in ("standard", "flash")]
        spec = charts.roofline(card, kernels)
        assert_valid(spec)
        for line in spec["data"]:
            x, y = line["x"][-1], line["y"][-1]
            assert y == pytest.approx(min(card.bandwidth * x, card.peak) / 1e12, rel=1e-6)


def test_only_computed_and_allowed_scores_are_drawn(trace: TiledTrace) -> None:
    for at in range(len(trace.visits)):
        spec = charts.tiles(trace, at, 0, None, WORDS)
        assert_valid(spec)
        drawn = ~spec["data"][0]["z"].isnan()
        computed = torch.zeros_like(drawn)
        for visit in trace.visits[: at + 1]:
            computed[visit.rows.start : visit.rows.stop, visit.keys.start : visit.keys.stop] = True
        assert torch.equal(drawn, computed & torch.ones(7, 7).tril().bool())
    assert torch.equal(drawn, torch.ones(7, 7).tril().bool()), "the skipped tiles were masked"


def test_the_last_output_is_the_exact_one(trace: TiledTrace) -> None:
    spec = charts.running(trace, len(trace.visits) - 1, 6)
    assert_valid(spec)
    exact, output = (curve["y"] for curve in spec["data"][:2])
    assert torch.allclose(exact, output, atol=1e-6)
    assert spec["data"][2]["y"][-1] < 1e-5

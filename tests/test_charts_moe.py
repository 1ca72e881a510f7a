"""Figures of the MoE page: accepted by Plotly, and their numbers are core's."""

from __future__ import annotations

import math

import pytest
import torch

from charts import moe as charts
from charts.theme import PALETTE
from core.moe import MoELayer, MoETrace, token_steps
from tests.charts_helper import assert_valid

WORDS = ["a", "<b>b</b>", "猫", "d" * 40, " ", "f", "g"]


def passed(
    tokens: int = 7, experts: int = 5, top_k: int = 2, factor: float | None = None, shared: int = 0
) -> MoETrace:
    generator = torch.Generator().manual_seed(3)
    layer = MoELayer(
        3, 11, experts, top_k, shared, capacity_factor=factor, generator=generator
    )  # fmt: skip
    return layer(torch.randn(tokens, 3, generator=generator))


def test_eight_experts_have_eight_colours_of_the_theme():
    assert len(set(charts.EXPERTS)) == 8
    assert set(charts.EXPERTS) <= set(PALETTE)
    assert charts.colour(0) == charts.colour(8) != charts.colour(1)
    assert charts.name(0) == "E1"


@pytest.mark.parametrize("stage", charts.STAGES)
@pytest.mark.parametrize("factor", [None, 0.5])
def test_the_routers_table_shows_every_stage(stage, factor):
    trace = passed(factor=factor)
    spec = charts.router(trace, WORDS, stage, 2)
    assert_valid(spec)
    routing, z = trace.routing, spec["data"][0]["z"]
    chosen = torch.zeros(7, 5, dtype=torch.bool).scatter(1, routing.expert_index, True)
    if stage in ("logits", "softmax"):
        assert torch.equal(z, routing.logits if stage == "logits" else routing.probs)
    else:
        kept = torch.zeros(7, 5, dtype=torch.bool).scatter(1, routing.expert_index, routing.kept)
        shown = kept if stage == "dispatch" else chosen
        assert torch.equal(~z.isnan(), shown)
        held = routing.probs.gather(1, routing.expert_index)
        wanted = held if stage == "chosen" else routing.gate
        got = z.gather(1, routing.expert_index)
        there = ~got.isnan()
        assert torch.equal(got[there], wanted[there])
    crosses = [t for t in spec["data"] if t.get("marker", {}).get("symbol") == "x"]
    assert [len(t["x"]) for t in crosses] == (
        [routing.dropped] if stage == "dispatch" and factor else []
    )
    frame = spec["layout"]["shapes"][0]
    assert frame["y0"] < 2 < frame["y1"]
    assert spec["layout"]["yaxis"]["ticktext"][1].startswith("&lt;b")


@pytest.mark.parametrize("factor", [None, 0.3, 1.0])
@pytest.mark.parametrize("at", [-1, 0, 3, 6])
def test_queues_hold_who_has_arrived(factor, at):
    trace = passed(factor=factor)
    spec = charts.queues(trace, WORDS, at)
    assert_valid(spec)
    taken = next(t for t in spec["data"] if t.get("name") == "taken")
    steps = token_steps(trace)
    queue = steps[at].queue if at >= 0 else (0,) * 5
    assert [taken["x"].count(e) for e in range(5)] == list(queue)
    dropped = [t for t in spec["data"] if t.get("name") == "dropped"]
    fallen = sum(step.kept.count(False) for step in steps[: at + 1])
    assert sum(len(t["x"]) for t in dropped) == fallen
    if factor is not None:
        line = spec["layout"]["shapes"][0]["y0"]
        assert all(base + 0.92 <= line for base in taken["base"])
        assert all(base > line for t in dropped for base in t["base"])
    low, high = spec["layout"]["yaxis"]["range"]
    assert low == charts.queues(trace, WORDS, 6)["layout"]["yaxis"]["range"][0] > high


@pytest.mark.parametrize("shared", [0, 2])
def test_the_weighted_sum_adds_up(shared):
    trace = passed(factor=0.4, shared=shared)
    for step in token_steps(trace):
        spec = charts.combination(step, 1.0)
        assert_valid(spec)
        z = spec["data"][0]["z"]
        assert len(z) == 2 + bool(shared) + 1
        assert torch.allclose(z[:-1].sum(dim=0), z[-1], atol=1e-6)
        assert math.isfinite(float(z.sum()))

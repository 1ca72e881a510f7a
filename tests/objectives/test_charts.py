"""The figures of training objectives: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest
import torch

from charts import objectives as charts
from core import objectives as core
from tests.charts_helper import assert_valid


def test_tokens_that_do_not_count_are_hatched() -> None:
    spec = charts.losses(torch.tensor([1.0, 9.0]), [False, True, False], ["<b>", "a", "b"], 1)
    assert_valid(spec)
    counts, masked = spec["data"]
    assert (counts["y"], masked["y"]) == ([1.0, None], [None, 9.0])
    assert spec["layout"]["yaxis"]["range"][1] > 9


def test_policies_and_the_plane() -> None:
    p, r = [0.7, 0.3], [0.0, 1.0]
    found = core.tilted_policy(p, r, 1.0)
    bars = charts.policies(p, found.probs, ["<b>", "b"], r)
    assert_valid(bars)
    assert bars["layout"]["xaxis"]["ticktext"][0].startswith("&lt;b&gt;")
    best = [core.best_of_n(p, r, n) for n in (1, 2)]
    spec = charts.plane([found, found], found, best, best[1], (1, 2))
    assert_valid(spec)
    assert spec["data"][1]["x"] == [best[0].kl, best[1].kl]
    assert_valid(charts.plane([best[0]], best[0], best[:1], best[0], (1,)))


def test_dpo_hides_a_point_outside_the_axis() -> None:
    curve = [core.dpo_loss(m, 0, 0, 0, 1.0) for m in (-6.0, 0.0, 6.0)]
    spec = charts.dpo(curve, core.dpo_loss(2, 0, 0, 0, 1.0))
    assert_valid(spec)
    assert spec["data"][2]["x"] == [2.0, 2.0]
    far = charts.dpo(curve, core.dpo_loss(9, 0, 0, 0, 1.0))
    assert_valid(far)
    assert far["data"][2]["x"] == []
    now = core.dpo_loss(2, 0, 0, 0, 1.0)
    assert spec["data"][2]["y"] == [now.loss, now.gradient_weight]
    assert_valid(charts.answers((-1.0, -2.0, -3.0, -100.0)))


def test_a_preference_has_three_curves_and_no_point_before_the_answers() -> None:
    curve = [core.preference_loss(gap, 0) for gap in (-6.0, 0.0, 6.0)]
    now = core.preference_loss(1.0, 0.0)
    spec = charts.preference(curve, now)
    assert_valid(spec)
    p = curve[0].probability
    firsts = [trace["y"][0] for trace in spec["data"][:3]]
    assert firsts == pytest.approx([curve[0].loss, p, 1 - p])
    assert spec["data"][3]["y"] == [now.loss, now.probability, -now.gradient]
    empty = charts.preference(curve, None)
    assert_valid(empty)
    assert empty["data"][3]["x"] == empty["data"][3]["y"] == []


def test_groups_by_the_number_of_correct_answers() -> None:
    groups = [core.group_advantages([1.0] * k + [0.0] * (3 - k)) for k in range(4)]
    for k in range(4):
        assert_valid(charts.group(groups[k], k))
    spec = charts.by_right(groups, 2)
    assert_valid(spec)
    assert spec["data"][0]["x"] == [1, 2, 3]
    assert spec["data"][0]["y"][-1] == 0
    for size in (2, 16):  # the largest advantages of a group fit the axis
        largest = core.group_advantages([1.0] + [0.0] * (size - 1))
        low, high = charts.group(largest, 1)["layout"]["yaxis"]["range"]
        assert low <= -float(largest.abs().max()) < float(largest.abs().max()) <= high


def test_before_and_after() -> None:
    spec = charts.before_and_after(torch.tensor([0.5]), torch.tensor([0.6]), ["<i>"], "here")
    assert_valid(spec)
    assert spec["layout"]["xaxis"]["ticktext"] == ["&lt;i&gt;"]

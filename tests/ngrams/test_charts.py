"""The n-gram page's figures: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import math

import pytest

from charts import ngrams as charts
from core import ngrams as core
from tests.charts_helper import assert_valid

TRAIN = [list(s) for s in ("abcab", "bcabc", "aab", "cabca", "bb")]
HELD_OUT = [list("abca"), list("cb")]


def curves() -> dict[str, core.OrderCurve]:
    counts = core.count_ngrams(TRAIN, 4)
    events = counts.look_up(HELD_OUT)
    return {name: core.measure(events, len(counts.vocabulary), name) for name in core.SMOOTHINGS}


@pytest.mark.parametrize("chosen", core.SMOOTHINGS)
def test_both_axes_of_the_order_figure_show_the_same_numbers(chosen: str) -> None:
    found = curves()
    spec = charts.order(
        found, chosen, found["laplace"], n=2, per_character=0.25, top=5, model=("m <b>", 0.7)
    )
    assert_valid(spec)
    others, train, held_out = spec["data"]
    assert train["y"] == found["laplace"].perplexity
    for bits, perplexity in zip(held_out["y"], found[chosen].perplexity, strict=True):
        assert (bits is None) == math.isinf(perplexity)
        assert bits is None or 2 ** (bits / 0.25) == pytest.approx(perplexity)
    assert len(others["x"]) == 3 * 5, "three other methods, each followed by a gap"
    left, right = (spec["layout"][axis]["range"] for axis in ("yaxis", "yaxis2"))
    for low, high in zip(left, right, strict=True):
        assert low * math.log2(10) * 0.25 == pytest.approx(high), "one scale, two units"
    assert spec["layout"]["shapes"][-1]["y0"] == 0.7
    labels = [a["text"] for a in spec["layout"]["annotations"]]
    assert "m &lt;b&gt;" in labels
    best = found[chosen].best
    sizes = held_out["marker"]["size"]
    assert sizes.index(max(sizes)) == best - 1


def test_unseen_contexts() -> None:
    shares = core.unseen_shares(core.count_ngrams(TRAIN, 4).look_up(HELD_OUT))
    spec = charts.unseen(shares, 3)
    assert_valid(spec)
    assert [list(t["y"]) for t in spec["data"]] == [
        [s.events for s in shares],
        [s.contexts for s in shares],
    ]


def test_a_bar_for_every_n_is_full() -> None:
    rows = [
        charts.Row(["a", "<b>"], [6, 2], 10),
        charts.Row(["a"], [3], 3),
        charts.Row([], [], 0),
    ]
    spec = charts.at_every_n(rows, "a", 2)
    assert_valid(spec)
    (bar,) = spec["data"]
    for n in (1, 2, 3):
        widths = [x for x, y in zip(bar["x"], bar["y"], strict=True) if y == n]
        assert sum(widths) == pytest.approx(1.0)
    colors = bar["marker"]["color"]
    assert colors == ["@accent", "@p", "@grid", "@accent", "@masked"]
    assert bar["marker"]["pattern"]["shape"] == ["", "", "", "", "/"]
    assert "6 / 10 = 60.0 %" in bar["hovertext"][0]
    assert bar["text"][1] == "&lt;b&gt;"


def test_smoothed_bars() -> None:
    spec = charts.smoothed(["a", "b"], [0.5, 0.0], [0.4, 0.1], 1)
    assert_valid(spec)
    assert [t["x"] for t in spec["data"]] == [[0.5, 0.0], [0.4, 0.1]]


def test_copied_and_repetition() -> None:
    spec = charts.copied([0.0, 0.5, 1.0], [2, 7, 25], 6)
    assert_valid(spec)
    assert [list(t["y"]) for t in spec["data"]] == [[0.0, 0.5, 1.0], [2, 7, 25]]
    losses = {"train": [3.0, 2.0], "held out": [math.inf, math.inf]}
    spec = charts.repetition([1, 10], losses, ("@p", "@q"), 10)
    assert_valid(spec)
    assert [t["y"] for t in spec["data"]] == [[3.0, 2.0], [None, None]]

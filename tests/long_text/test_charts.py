"""Figures of the page "Long text": valid Plotly, and the numbers of core."""

from __future__ import annotations

import pytest

from charts import long_text as charts
from core.long_text import attention_pairs, chunk_text, recursive_chunks, sinks_record
from tests.charts_helper import assert_valid


def test_the_bars_are_the_sizes() -> None:
    chunks = chunk_text("abcdefghij", 4, 1)
    spec = charts.sizes(chunks, 4, 1, "characters")
    assert_valid(spec)
    shared, new, limit = spec["data"]
    assert list(shared["y"]) == [0, 1, 1]
    assert [a + b for a, b in zip(shared["y"], new["y"], strict=True)] == [c.size for c in chunks]
    assert set(limit["y"]) == {4}
    assert new["marker"]["line"]["width"] == [0, 3, 0]


def test_many_chunks_are_bounded() -> None:
    spec = charts.sizes(recursive_chunks("a " * 500, 1), 1, 0, "characters")
    assert len(spec["data"][0]["x"]) == charts.MOST_BARS


def test_retrieved_chunks_and_signs() -> None:
    spec = charts.scores([0.5, -0.1, 0.7], {0, 2}, {2}, {0, 1})
    assert_valid(spec)
    kept, left, whole, part = spec["data"]
    assert (kept["y"], left["y"]) == ([0.5, None, 0.7], [None, -0.1, None])
    assert (whole["x"], part["x"]) == ([3], [1, 2])


def test_the_cost_curves_are_pairs() -> None:
    spec = charts.cost(5_000, 100)
    assert_valid(spec)
    at = spec["data"][0]["x"].index(5_000)
    assert [trace["y"][at] for trace in spec["data"]] == [
        attention_pairs(5_000),
        attention_pairs(5_000, window=100),
        attention_pairs(5_000, chunk=100),
    ]


@pytest.mark.parametrize("cache", [64, 128, 256])
def test_the_losses_are_the_record(cache: int) -> None:
    record = sinks_record()
    runs = [run for run in record.runs if run.full or run.cache == cache]
    spec = charts.losses(runs, record.block, 320, cache)
    assert_valid(spec)
    assert [trace["y"] for trace in spec["data"]] == [list(run.nll[:10]) for run in runs]
    assert len({trace["name"] for trace in spec["data"]}) == 4

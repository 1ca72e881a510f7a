"""The figures of the KV-cache views: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest

from charts import architectures as charts
from core import architectures as core
from core.architectures import TimedPass
from core.attention import ARCHITECTURES
from tests.charts_helper import assert_valid


def test_the_bars_of_an_architecture_add_up_to_the_request() -> None:
    cached, new = [1, 2, 3, 4, 5], [1, 2, 9, 4, 5, 6, 7]
    reuses = {name: core.cache_reuse(name, cached, 3, new) for name in ARCHITECTURES}
    spec = charts.reuse_bars(reuses, 5, 2, 11)
    assert_valid(spec)
    reused, again, fresh = (trace["x"] for trace in spec["data"])
    row = list(charts.architecture_names()).index("decoder")
    assert (reused[row], again[row], fresh[row]) == (2, 3, 2)
    assert [sum(parts) for parts in zip(reused, again, fresh, strict=True)] == [7] * 4
    for lower, trace, upper in zip((reused, again), spec["data"][1:], (again, fresh), strict=True):
        assert len(trace["base"]) == len(lower) == len(upper)
    assert spec["data"][2]["base"][row] == 5
    assert spec["layout"]["shapes"][0]["x0"] == 2
    assert spec["layout"]["xaxis"]["range"] == [0, 11]
    assert not charts.reuse_bars(reuses, 5, None, 11)["layout"]["shapes"]


@pytest.mark.parametrize(("history", "parts"), [(0, (2, 0, 3)), (1, (2, 0, 3)), (4, (2, 2, 1))])
def test_the_kinds_of_tokens(history: int, parts: tuple[int, int, int]) -> None:
    assert charts.parts(core.cache_reuse("decoder", [1, 2], 2, [1, 2, 3, 4, 5]), history) == parts


@pytest.mark.parametrize("timed", [0, 2])
def test_timing_shows_tokens_and_measured_times(timed: int) -> None:
    passes = core.passes(3, 7, 2)
    measured = [TimedPass(i, passes[i], (0.25, 0.5), 0.0, 1) for i in range(timed)]
    spec = charts.timing(passes, measured)
    assert_valid(spec)
    fast, fast_ms, slow, slow_ms = (trace["y"] for trace in spec["data"])
    assert (fast, slow) == ([4, 1, 1], [7, 8, 9])
    assert (fast_ms, slow_ms) == ([250.0] * timed, [500.0] * timed)
    assert spec["layout"]["yaxis2"]["range"][1] == pytest.approx(550 if timed else 1100)


def test_a_line_ends_at_the_longest_context_and_the_dots_are_the_current_sizes() -> None:
    curves = [
        [core.cache_size(name, n) for n in (128, end)]
        for name, end in (("GPT-2", 1024), ("Gemma-3-27B", 131_072), ("DeepSeek-V3", 163_840))
    ]
    now = core.cache_size("Gemma-3-27B", 4096)
    spec = charts.cache_curves(curves, curves[1], [size.all_global for size in curves[1]], now, 77)
    assert_valid(spec)
    thin, wrong, chosen, dots = spec["data"]
    assert thin["x"] == [128, 1024, None, 128, 131_072, None, 128, 163_840, None]
    assert wrong["y"] == [size.all_global for size in curves[1]]
    assert chosen["y"] == [size.bytes for size in curves[1]]
    assert dots["y"][-2:] == [77, now.bytes]
    assert dots["customdata"] == ["GPT-2", "Gemma-3-27B", "DeepSeek-V3", now.name, now.name]
    assert dots["textposition"][:3] == ["bottom right", "top left", "bottom left"]

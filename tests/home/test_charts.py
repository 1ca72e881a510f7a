"""The thumbnails of the map: valid Plotly, masked cells blank, the drawn token green."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
import torch

from charts import home as charts
from charts.theme import resolve

WORDS = ["a", "<b>", "a very long token"]


def checked(spec: dict) -> dict:
    shown = resolve(spec)
    for trace in shown["data"]:
        for name, value in trace.items():
            trace[name] = value.tolist() if isinstance(value, torch.Tensor) else value
    go.Figure(shown)
    return spec


def test_attention_is_blank_above_the_diagonal() -> None:
    weights = torch.tensor([[1.0, 0, 0], [0.25, 0.75, 0], [0.04, 0.96, 0]])
    before = weights.clone()
    spec = checked(charts.attention(weights, WORDS, "head", (1, 0)))
    z = spec["data"][0]["z"]
    assert torch.isnan(z).int().tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    assert float(z[1, 0]) == pytest.approx(0.5)  # the square root of the weight
    assert spec["data"][0]["hovertext"][1][0] == "<b>&lt;b&gt; → a</b><br>0.250"
    shape = spec["layout"]["shapes"][0]
    assert (shape["x0"], shape["y0"], shape["visible"]) == (-0.5, 0.5, True)
    assert torch.equal(weights, before)


def test_gates_have_zero_in_the_middle() -> None:
    values = torch.tensor([[-0.2, 3.0], [0.0, 1.0], [0.5, 2.0]])
    spec = checked(charts.gates(values, [5, 9], WORDS, "gates"))
    trace = spec["data"][0]
    assert trace["zmin"] == -trace["zmax"]
    assert 2 < trace["zmax"] <= 3
    assert trace["customdata"].tolist() == [[5, 9]] * 3
    assert "unit %{customdata}" in trace["hovertemplate"]
    assert spec["layout"]["shapes"][0]["visible"] is False


def test_vectors_name_their_dimensions() -> None:
    trace = checked(charts.vectors(torch.tensor([[-1.0, 2.0]]), [3, 70], ["a"], "v"))["data"][0]
    assert trace["zmin"] == -trace["zmax"]
    assert trace["customdata"].tolist() == [[3, 70]]
    assert "dimension %{customdata}" in trace["hovertemplate"]


def test_constant_gates_have_a_scale() -> None:
    trace = charts.gates(torch.zeros(1, 2), [0, 1], ["a"], "gates")["data"][0]
    assert trace["zmax"] > 0


def test_the_drawn_token_is_green_and_the_rest_gray() -> None:
    spec = checked(charts.next_token([0.7, 0.2, 0.1], WORDS, 1, "next", picked=0))
    marker = spec["data"][0]["marker"]
    assert marker["color"] == ["@p", "@kept", "@removed"]
    assert marker["line"]["width"] == [3, 0, 0]
    rest = charts.next_token([0.7, 0.2, 0.1], WORDS, 2, "next")["data"][0]
    assert rest["marker"]["color"] == ["@p", "@p", "@kept"]
    assert spec["layout"]["yaxis"]["ticktext"] == ["a", "&lt;b&gt;", "a very lon…"]


def test_a_long_sentence_has_few_labels() -> None:
    spec = charts.attention(torch.eye(24), ["w"] * 24, "head")
    assert spec["layout"]["yaxis"]["tickvals"] == [0, 3, 6, 9, 12, 15, 18, 21]

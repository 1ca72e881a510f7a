"""Figures of the language-model page: accepted by Plotly, and their numbers are core's."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from charts import language_model as charts
from charts.theme import Spec
from core.coding import compare_compressors
from core.text_comparison import compare_texts
from core.text_scoring import ChainRule, chain_rule, prediction_rows
from tests.charts_helper import assert_valid

V = 13


def scored(T: int = 7, seed: int = 2, top: int = 5) -> ChainRule:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(T, V, generator=generator) * 2
    ids = torch.randint(0, V, (T,), generator=generator)
    return chain_rule(logits, ids, top=top, token_bytes=[b"ab"] * T)


def labels(chain: ChainRule) -> list[str]:
    return [f"<b>{i}" for i in chain.ids]


def test_entropy_and_candidates_differ_in_color():
    chain = scored()
    line = charts.surprisal(chain, labels(chain), 0)["data"][1]
    rows = prediction_rows(chain, 0, 3)
    others = charts.prediction(chain, 0, rows, ["x"] * len(rows))["data"][0]
    assert line["line"]["color"] != others["marker"]["color"] == "@p"


@pytest.mark.parametrize("T", [1, 2, 7, 41, 101])
def test_surprisal_shows_the_chain(T):
    chain = scored(T)
    spec = charts.surprisal(chain, labels(chain), T - 1)
    assert_valid(spec)
    bars, line, so_far = spec["data"]
    assert torch.equal(bars["y"], chain.surprisal)
    assert torch.equal(line["y"], chain.entropy)
    assert torch.equal(so_far["y"], chain.log2_probs)
    assert bars["x"].tolist() == list(range(1, T + 1))
    band = spec["layout"]["shapes"][0]
    assert band["x0"] < T < band["x1"]
    low, high = spec["layout"]["yaxis"]["range"]
    assert low == 0
    assert high > float(torch.maximum(chain.surprisal, chain.entropy).max())
    assert spec["layout"]["yaxis2"]["range"][0] < chain.log2_prob
    assert all("&lt;b&gt;" in text for text in bars["hovertext"])
    assert ("ticktext" in spec["layout"]["xaxis"]) == (charts.LABELED_TOKENS >= T)


def test_surprisal_of_an_impossible_token():
    chain = chain_rule([[0.0, -math.inf], [0.0, 0.0]], [1, 0])
    spec = charts.surprisal(chain, ["a", "b"], 0)
    assert_valid(spec)
    assert all(math.isfinite(end) for end in spec["layout"]["yaxis"]["range"])
    assert all(math.isfinite(end) for end in spec["layout"]["yaxis2"]["range"])


def rows(spec: Spec) -> list[dict[int, Any]]:
    return [
        {
            int(y): pytest.approx(x)
            for y, x in zip(trace["y"].tolist(), trace["x"].tolist(), strict=True)
        }
        for trace in spec["data"]
    ]


def test_prediction_with_the_actual_token_among_the_most_likely():
    chain = chain_rule([[3.0, 2.0, 1.0, 0.0, -1.0]], [1], top=5)
    spec = charts.prediction(
        chain, 0, prediction_rows(chain, 0, 3), ["a", "b", "c", "2 others"], selected=1
    )
    figure = assert_valid(spec)
    p = chain.top_probs[0].tolist()
    candidates, actual, others = rows(spec)
    assert candidates == {0: p[0], 2: p[2]}
    assert actual == {1: p[1]}
    assert others == {3: p[3] + p[4]}
    assert [trace["marker"]["line"]["width"] for trace in spec["data"]] == [[0, 0], [2], [0]]
    assert list(figure.layout.yaxis.ticktext) == ["a", "b", "c", "2 others"]


def test_prediction_with_the_actual_token_far_down():
    chain = chain_rule([[3.0, 2.0, 1.0, 0.0, -1.0]], [4], top=3)
    spec = charts.prediction(chain, 0, prediction_rows(chain, 0, 2), ["a", "b", "<e>", "2 others"])
    figure = assert_valid(spec)
    candidates, actual, others = rows(spec)
    assert candidates == {0: float(chain.top_probs[0, 0]), 1: float(chain.top_probs[0, 1])}
    assert actual == {2: float(chain.probs[0])}
    total = sum(float(x) for trace in spec["data"] for x in trace["x"])
    assert total == pytest.approx(1.0)
    assert list(others) == [3]
    assert list(figure.layout.yaxis.ticktext) == ["a", "b", "&lt;e&gt;", "2 others"]
    assert "rank 5 of 5" in spec["data"][1]["hovertext"][0]


def test_prediction_over_a_whole_small_vocabulary_has_no_tail():
    chain = chain_rule([[1.0, 0.0]], [0], top=20)
    spec = charts.prediction(chain, 0, prediction_rows(chain, 0, 20), ["a", "b"])
    assert_valid(spec)
    assert rows(spec)[2] == {}


@pytest.mark.parametrize("same", [0, 3, 7])
def test_running_bits_separate_at_the_first_different_token(same):
    generator = torch.Generator().manual_seed(5)
    logits = torch.randn(7, V, generator=generator)
    ids = torch.arange(7)
    others = ids.clone()
    others[same:] += 1
    compared = compare_texts(chain_rule(logits, ids), chain_rule(logits, others))
    assert compared.shared == same
    spec = charts.running_bits(compared, (["<i>"] * 7, ["b"] * 7))
    assert_valid(spec)
    names = [trace["name"] for trace in spec["data"]]
    assert names == (["both"] if same else []) + ["first text", "second text"]
    first, second = spec["data"][-2:]
    assert first["x"].tolist() == list(range(same, 8))
    assert float(first["y"][-1]) == pytest.approx(compared.first.bits)
    assert float(second["y"][-1]) == pytest.approx(compared.second.bits)
    assert float(first["y"][0]) == pytest.approx(float(second["y"][0]), abs=1e-6)
    if same:
        assert spec["data"][0]["y"][0] == 0.0
    assert len(first["hovertext"]) == len(first["x"])


def test_running_bits_of_different_lengths_and_infinite_bits():
    never = chain_rule([[0.0, -math.inf]], [1])
    compared = compare_texts(scored(5), never)
    assert_valid(charts.running_bits(compared, (["a"] * 5, ["b"])))
    assert_valid(charts.running_bits(compare_texts(scored(5), scored(11)), (["a"] * 5, ["b"] * 11)))


@pytest.mark.parametrize("coded", [None, 3])
def test_sizes(coded):
    plain = compare_compressors(b"a violet heron")
    spec = charts.sizes(plain, 20.0, coded)
    figure = assert_valid(spec)
    assert spec["data"][0]["x"].tolist() == [*plain.values(), coded or 2.5]
    assert list(figure.layout.yaxis.ticktext) == ["UTF-8", "gzip", "bz2", "xz", "this model"]
    assert figure.layout.shapes[0].x0 == 2.5
    assert ("not encoded yet" in spec["data"][0]["text"]) == (coded is None)
    assert "2.50 bytes" in spec["layout"]["annotations"][0]["text"]


@pytest.mark.parametrize(
    ("log2", "written"),
    [
        (0, "1.0"),
        (6, "64"),
        (-1, "0.50"),
        (10, "1,024"),
        (100, "1.3·10³⁰"),
        (-2000, "8.7·10⁻⁶⁰³"),
        (math.log2(9.99e30), "1.0·10³¹"),
        (-math.inf, "0"),
        (math.inf, "∞"),
    ],
)
def test_powers_of_two_in_tens(log2, written):
    assert charts.power_of_two(log2) == written


def test_bits_in_words():
    assert charts.bits(1.5849625) == "1.58 bits"
    assert charts.bits(171.8244, 4) == "171.8 bits"

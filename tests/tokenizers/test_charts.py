"""The tokenizer page's figures: accepted by Plotly, and showing core's numbers."""

from __future__ import annotations

import math

import pytest

from charts import tokenizers as charts
from core.tokenizers.bpe import train_bpe
from core.tokenizers.compare import (
    byte_scheme,
    character_scheme,
    compare_texts,
    word_scheme,
)
from core.tokenizers.lengths import LengthPoint, length_curve
from core.tokenizers.unigram import encode_unigram, train_unigram
from core.tokenizers.unigram.lattice import posterior, viterbi
from core.tokenizers.zipf import zipf
from tests.charts_helper import assert_valid

HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
LOG_PROBS = {"h": -2.0, "u": -2.0, "g": -2.0, "hu": -2.5, "ug": -1.5, "hug": -5.0}


def points(spec: dict, trace: int) -> list[tuple[float, float]]:
    return list(zip(spec["data"][trace]["x"], spec["data"][trace]["y"], strict=True))


@pytest.mark.parametrize("merges", [0, 3, 7])
def test_growth_is_the_trainings_curve(merges: int) -> None:
    training = train_bpe(HUG, 7)
    spec = charts.merges_growth(training.curve, merges)
    assert_valid(spec)
    sizes, lengths = zip(*training.curve, strict=True)
    assert points(spec, 0) == list(enumerate(sizes))
    assert points(spec, 2) == list(enumerate(lengths))
    assert points(spec, 1) == [(merges, sizes[merges])]
    assert points(spec, 3) == [(merges, lengths[merges])]
    assert spec["data"][3]["text"] == [str(lengths[merges])]


def test_growth_of_one_point_and_of_a_constant_has_an_axis() -> None:
    for panel in (
        charts.Panel("a", [0], [5], (0, 5)),
        charts.Panel("a", [0, 1], [0.0, 0.0], (1, 0.0)),
    ):
        spec = charts.growth([panel], "step", len(panel.x) - 1)
        assert_valid(spec)
        low, high = spec["layout"]["yaxis"]["range"]
        assert low < panel.y[0] < high
        low, high = spec["layout"]["xaxis"]["range"]
        assert low < high


def test_rounds_show_every_em_iteration_and_pruning() -> None:
    training = train_unigram(HUG, 8, em_iterations=3)
    spec = charts.rounds_growth(training, 1)
    assert_valid(spec)
    loss = [y for _x, y in points(spec, 4)]
    assert len(loss) == 4 * len(training.steps)
    expected = [
        value
        for step in training.steps
        for value in (*(i.marginal_loss for i in step.em), step.marginal_loss)
    ]
    assert loss == expected
    assert points(spec, 5) == [(2, training.steps[1].marginal_loss)], (
        "the index starts at 0, the round at 1"
    )
    # The last point of each round stands at the round's own place, where the marker goes.
    times = [x for x, _y in points(spec, 4)]
    assert times[3::4] == pytest.approx(range(1, len(training.steps) + 1))
    low, high = spec["layout"]["xaxis"]["range"]
    assert low < min(times), "the first round's EM is in sight too"
    assert max(times) < high


def test_lattice_draws_every_edge_once_and_the_best_path_apart() -> None:
    result = viterbi("hug", LOG_PROBS)
    spec = charts.lattice(result, posterior("hug", LOG_PROBS))
    assert_valid(spec)
    arcs = sum(trace["x"].count(None) for trace in spec["data"][:4])
    assert arcs == len(result.edges)
    assert spec["data"][3]["x"].count(None) == 2, "h + ug"
    names = spec["data"][4]
    assert sorted(names["text"]) == sorted(
        f"{edge.piece} {edge.log_prob:.2f}".replace("-", "−") for edge in result.edges
    )
    best = [
        name
        for name, color in zip(names["text"], names["textfont"]["color"], strict=True)
        if color == "@kept"
    ]
    assert best == ["h −2.00", "ug −1.50"]
    assert spec["data"][5]["text"] == ["0", "−2.00", "−2.50", "−3.50"]


def test_lattice_of_a_crowded_an_unknown_and_an_empty_word() -> None:
    table: dict[str, float] = {"a" * n: -float(n) for n in range(1, 12)}
    spec = charts.lattice(viterbi("a" * 11, table))
    assert_valid(spec)
    named = [name for name in spec["data"][4]["text"] if name]
    assert len(named) == len(viterbi("a" * 11, table).tokens), "only the best path is labeled"
    spec = charts.lattice(encode_unigram("h<b>", LOG_PROBS).lattice)
    assert_valid(spec)
    assert "@negative" in spec["data"][4]["marker"]["color"]
    assert [note["text"] for note in spec["layout"]["annotations"]] == ["h", "&lt;", "b", "&gt;"]
    assert_valid(charts.lattice(viterbi("", LOG_PROBS)))
    assert_valid(charts.lattice(viterbi("xyz", LOG_PROBS)))


def test_tokens_per_character_are_cores() -> None:
    results = compare_texts(
        {"<i>en</i>": "a cat", "zh": "你好"},
        [word_scheme({"a"}), character_scheme(), byte_scheme()],
    )
    spec = charts.per_character(results)
    assert_valid(spec)
    assert spec["data"][1]["x"] == [0.5, 1.0, 3.0]
    assert spec["data"][0]["marker"]["symbol"] == ["circle-open", "circle", "circle"]
    assert "<i>" not in "".join(spec["data"][0]["hovertext"])
    assert spec["layout"]["yaxis"]["ticktext"] == ["word", "character", "byte"]
    heights = [trace["y"] for trace in spec["data"]]
    assert heights[0][0] < heights[1][0], "equal numbers of two texts stay apart"
    assert [round(y) for y in heights[0]] == [round(y) for y in heights[1]] == [0, 1, 2]
    low, high = (10**end for end in spec["layout"]["xaxis"]["range"])
    assert low < 0.5
    assert high > 3


def test_lengths_are_cores() -> None:
    curve = length_curve("hugs hug mug", train_bpe(HUG, 7))
    spec = charts.lengths(
        [charts.Curve("BPE", curve), charts.Curve("x", [LengthPoint(5, 7, 0)])], 12
    )
    assert_valid(spec)
    assert points(spec, 0) == [(point.vocab_size, point.tokens) for point in curve]
    assert "unknown" in spec["data"][0]["name"], "mug has a letter that is not in the vocabulary"
    assert spec["data"][1]["name"] == "x"
    assert spec["data"][1]["mode"] == "markers"
    assert spec["layout"]["shapes"][0]["y0"] == 12


def test_zipf_shows_counts_by_rank_and_the_fit() -> None:
    result = zipf({"the": 8, "<of>": 4, "<": 3, "and": 2})
    spec = charts.zipf(result, result.tokens)
    assert_valid(spec)
    assert points(spec, 0) == [(1, 8), (2, 4), (3, 3), (4, 2)]
    assert spec["data"][0]["text"] == ["the", "&lt;of&gt;", "“&lt;”", "and"]
    assert spec["data"][0]["hovertext"][1] == "&lt;of&gt;"
    (_, start), (_, end) = points(spec, 1)
    assert result.slope is not None
    assert math.log(end / start) / math.log(4) == pytest.approx(result.slope)


def test_zipf_of_one_kind_of_token_has_no_fit() -> None:
    spec = charts.zipf(zipf(["a", "a"]), ["a"])
    assert_valid(spec)
    assert len(spec["data"]) == 1

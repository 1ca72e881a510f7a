"""The figures of the coding page: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest
import torch

from charts import coding as charts
from charts.theme import Spec
from core import coding
from core.coding import blahut_arimoto, block_huffman, huffman_code
from core.information import entropy
from tests.charts_helper import assert_valid


def placed(weights: dict[str, float], most: int = 22) -> charts.TreeLayout:
    names = list(weights)
    return charts.layout(coding.huffman_top(list(weights.values()), most), names.__getitem__)


def table_codes(spec: Spec) -> list[str]:
    return [text.split()[-1] for text in spec["layout"]["yaxis"]["ticktext"]]


def test_leaves_lie_as_many_bits_from_the_root_as_their_codes_have() -> None:
    weights = {"a": 4.0, "b": 2.0, "c": 1.0, "d": 1.0}
    tree, code = placed(weights), huffman_code(weights)
    assert tree.merges == 3
    for row in tree.rows:
        assert tree.places[row.node][0] == len(row.code)
        assert code.codes[row.label] == row.code
    assert sorted(tree.places[row.node][1] for row in tree.rows) == [0, 1, 2, 3]


def test_each_merge_adds_its_lines_and_the_known_end_of_the_codes() -> None:
    tree = placed({"a": 4, "b": 2, "c": 1, "d": 1})
    spec = charts.tree(tree, 1, 0)
    assert_valid(spec)
    before, last, nodes, bar = spec["data"]
    assert not before["x"]
    assert len(last["x"]) == 8
    assert nodes["customdata"] == [[0, -1], [1, -1], [2, -1], [3, -1], [-1, 0]]
    assert bar["x"] == [pytest.approx(2 / 8)]
    known = {row.label: end for row, end in zip(tree.rows, table_codes(spec), strict=True)}
    assert known == {"a": "·", "b": "··", "c": "··0", "d": "··1"}
    whole = charts.tree(tree, 3, 0)
    assert whole["data"][3]["x"] == [pytest.approx(1.75)]
    assert table_codes(whole) == [row.code for row in tree.rows]


def test_a_large_tree_shows_its_last_merges_and_counts_every_symbol() -> None:
    weights = {f"s{i}": 1.0 / (i + 1) for i in range(211)}
    tree, code = placed(weights), huffman_code(weights)
    assert len(tree.rows) == 22
    assert tree.found.skipped + tree.merges == 210
    assert sum(row.symbols for row in tree.rows) == 211
    assert sum(row.share for row in tree.rows) == pytest.approx(1)
    spec = charts.tree(tree, tree.merges, 3)
    assert_valid(spec)
    assert spec["data"][3]["x"] == [pytest.approx(code.average_length)]
    for row in tree.rows:
        if row.symbols == 1:
            assert code.codes[row.label] == row.code


def test_one_symbol_alone_is_a_tree_of_one_bit() -> None:
    tree = placed({"a": 3})
    spec = charts.tree(tree, 0, 0)
    assert_valid(spec)
    assert spec["data"][3]["x"] == [1.0]
    assert table_codes(spec) == ["0"]


def test_blocks_mark_where_the_curve_rises() -> None:
    p = [0.8, 0.1, 0.1]
    values = [block_huffman(p, n) for n in range(1, 6)]
    spec = charts.blocks(values, entropy(p), 4)
    assert_valid(spec)
    marks = spec["data"][2]["marker"]
    assert marks["symbol"] == ["circle", "circle", "circle", "triangle-up", "circle"]
    assert max(marks["size"]) == marks["size"][3]
    low, high = spec["layout"]["yaxis"]["range"]
    assert low < entropy(p) < max(values) < high


def test_capacities_are_marked_at_the_noise() -> None:
    noise = torch.linspace(0, 1, 11, dtype=torch.float64)
    curves = {
        name: torch.tensor([capacity(f) for f in noise.tolist()])
        for name, capacity in coding.CAPACITIES.items()
    }
    spec = charts.capacities(noise, curves, {n: n for n in curves}, ("z", 0.5))
    assert_valid(spec)
    assert spec["data"][3]["y"] == pytest.approx([0, 0.5, 0.3219], abs=1e-4)


@pytest.mark.parametrize("name", list(coding.CAPACITIES))
@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0])
def test_the_diagram_has_a_line_per_transition(name: str, noise: float) -> None:
    matrix = coding.channel_matrix(name, noise)
    outputs = [str(i) for i in range(matrix.shape[1])]
    spec = charts.diagram(matrix, ["0", "1"], outputs)
    assert_valid(spec)
    shown = [line for line in spec["layout"]["shapes"] if line["opacity"] > 0]
    assert len(shown) == int((matrix > 0).sum())


def test_bounds_and_inputs_are_the_iterations() -> None:
    found = blahut_arimoto([[0.6, 0.3, 0.1], [0.7, 0.1, 0.2], [0.5, 0.05, 0.45]])
    spec = charts.bounds(found, 4)
    assert_valid(spec)
    upper, lower, mark = spec["data"]
    assert mark["y"] == [upper["y"][4], lower["y"][4]]
    assert (upper["y"][4], lower["y"][4]) == (found.steps[4].upper, found.steps[4].lower)
    spec = charts.inputs(found.steps[-1], found.capacity, 0.2)
    assert_valid(spec)
    assert spec["data"][0]["x"] == ["x₁", "x₂", "x₃"]
    assert spec["data"][0]["text"][1] == "≈ 0"
    one = blahut_arimoto([[1.0]])
    assert_valid(charts.bounds(one, 0))
    assert_valid(charts.inputs(one.steps[0], one.capacity, 0.0))


@pytest.mark.parametrize("flip", [0.0, 0.11, 0.5])
def test_the_border_goes_from_the_code_that_is_none_to_the_capacity(flip: float) -> None:
    generator = torch.Generator().manual_seed(0)
    runs = [coding.simulate_bsc(code, flip, 211, generator) for code in coding.CODES]
    spec = charts.plane(runs, coding.CODES, 1)
    assert_valid(spec)
    border, exact, measured = spec["data"]
    assert border["x"][-2] == pytest.approx(coding.bsc_capacity(flip), abs=1e-3)
    assert measured["x"] == exact["x"] == [1, 1 / 3, 1 / 5, 1 / 7, 4 / 7]
    bars = measured["error_y"]
    for y, run, up, down in zip(
        measured["y"], runs, bars["array"], bars["arrayminus"], strict=True
    ):
        assert y + up == pytest.approx(max(run.error_interval[1], y))
        assert y - down == pytest.approx(max(run.error_interval[0], 1e-5))


def test_pictures_mark_wrong_pixels_only() -> None:
    original = coding.sample_picture(11)
    damaged = original.clone()
    damaged[2, 3] ^= True
    spec = charts.pictures(original, [original, damaged], ["a", "b", "c"], True)
    assert_valid(spec)
    z = spec["data"][0]["z"]
    assert z.shape == (11, 3 * 11 + 2 * 4)
    assert (z == 2).nonzero().tolist() == [[2, 2 * 15 + 3]]
    plain = charts.pictures(original, [original, damaged], ["a", "b", "c"], False)["data"][0]["z"]
    assert float(plain[2, 33]) == float(damaged[2, 3])

"""The figures of the shapes page: valid for Plotly, and showing core's numbers."""

from __future__ import annotations

import pytest
import torch

from charts import shapes as charts
from core import shapes as core
from pages.shapes.controls import MODELS
from tests.charts_helper import assert_valid


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("length", [1, 4096])
def test_every_tensor_is_a_node_and_a_click_finds_it(model: str, length: int) -> None:
    tensors = core.block_shapes(core.KNOWN_MODELS[model], 2, length)
    spec = charts.block(tensors, 4)
    assert_valid(spec)
    lines, ring, nodes = spec["data"]
    assert len(nodes["x"]) == len(tensors) + 1, "one tensor starts the second row"
    found = [charts.node_at(tensors, i) for i in range(len(nodes["x"]))]
    assert set(found) == set(range(len(tensors)))
    assert charts.node_at(tensors, len(nodes["x"])) is None
    assert len(ring["x"]) == 1
    assert ring["x"][0] == nodes["x"][found.index(4)]
    sizes = [tensors[i].bytes for i in found if i is not None]
    assert sizes.index(max(sizes)) == nodes["marker"]["size"].index(max(nodes["marker"]["size"]))
    # Every tensor but the input has a line from each of its inputs.
    joined = sum(len(tensor.inputs) for tensor in tensors)
    assert lines["x"].count(None) == joined


@pytest.mark.parametrize("model", MODELS)
def test_letters_and_names_are_explained(model: str) -> None:
    for tensor in core.block_shapes(core.KNOWN_MODELS[model], 1, 1):
        assert tensor.name in charts.tensor_names()
        assert set(tensor.axes) <= set(charts.axis_meanings())


@pytest.mark.parametrize(
    ("expression", "shapes", "cells"),
    [("ik,kj->ij", [(2, 3), (3, 4)], 26), ("i,i->", [(4,), (4,)], 9),
     ("bik,bkj->bij", [(2, 2, 3), (2, 3, 2)], 32)],
)  # fmt: skip
def test_grids_show_every_number_and_frame_the_iteration(
    expression: str, shapes: list[tuple[int, ...]], cells: int
) -> None:
    operands = [torch.arange(torch.Size(shape).numel()).view(shape).double() for shape in shapes]
    trace = core.einsum(expression, *operands)
    now = core.iteration(trace, trace.iterations - 1)
    spec = charts.grids(trace, operands, now)
    assert_valid(spec)
    (texts,) = spec["data"]
    assert len(texts["text"]) == cells
    lit = [t for t, n in zip(texts["text"], texts["textfont"]["size"], strict=True) if n > 16]
    factors = [float(t[place]) for t, place in zip(operands, now.places, strict=True)]
    assert [float(t) for t in lit] == [*factors, float(now.partial[now.place])]
    frames = spec["layout"]["shapes"][-3:]
    middle = [((f["x0"] + f["x1"]) / 2, (f["y0"] + f["y1"]) / 2) for f in frames]
    at = list(zip(texts["x"], texts["y"], strict=True))
    for (x, y), text in zip(middle, lit, strict=True):
        nearest = min(range(len(at)), key=lambda i: abs(at[i][0] - x) + abs(at[i][1] - y))
        assert texts["text"][nearest] == text


@pytest.mark.parametrize("model", MODELS)
def test_growth_and_parts_show_cores_numbers(model: str) -> None:
    shape = core.KNOWN_MODELS[model]
    found = core.growth(shape, [16, 1024, 131072])
    spec = charts.growth(found, 1024)
    assert_valid(spec)
    assert [trace["y"][1] for trace in spec["data"]] == [
        found.square[1], found.projections[1], found.ffn[1],
    ]  # fmt: skip
    assert [line["x0"] for line in spec["layout"]["shapes"]] == [found.crossing, 1024]
    counted = core.parameter_count(shape)
    bars = charts.parts(counted)
    assert_valid(bars)
    assert sum(bars["data"][0]["x"]) == pytest.approx(100)


def test_flops_have_a_unit_from_a_billion_on() -> None:
    assert charts.flops_text(10**9 - 1) == "999,999,999"
    assert charts.flops_text(274_877_906_944) == "275 GFLOPs"
    assert charts.flops_text(3 * 10**15) == "3.00 PFLOPs"

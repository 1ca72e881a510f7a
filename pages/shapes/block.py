"""The block: every tensor with its axes, its einsum and what it costs."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import ui
from charts import shapes as charts
from charts.format import byte_size, count, probability
from core import shapes as core
from pages.shapes import controls
from ui import _


@lru_cache(maxsize=256)
def tensors_of(model: str, batch: int, length: int) -> list[core.TensorShape]:
    """Return every tensor of a block; cached, read-only."""
    return core.block_shapes(core.KNOWN_MODELS[model], batch, length)


def current() -> list[core.TensorShape]:
    """Return the tensors at the controls' values."""
    return tensors_of(controls.model.value, controls.batch.value, 2**controls.length.value)


def draw() -> None:
    """Draw the block, then the numbers of the chosen tensor and a table of all."""
    tensors = current()
    at = controls.tensor.within(len(tensors))
    one, names = tensors[at], charts.tensor_names()
    with ui.figure():
        controls.tensor.draw(len(tensors))
        ui.plot(
            charts.block(tensors, at),
            key="shapes_block",
            alt=_("The {n} tensors of a block of {model}; chosen: {name}, {size}.").format(
                n=len(tensors),
                model=controls.model.names[controls.model.value],
                name=names[one.name],
                size=byte_size(one.bytes),
            ),
            height=420,
            least_width=720,
            least_height=320,
            on_click=lambda mark: _choose(tensors, mark),
        )
    flops, parameters = (
        sum(getattr(tensor, field) for tensor in tensors) for field in ("flops", "parameters")
    )
    ui.facts(
        [
            ui.Fact(names[one.name], _product(one), " × ".join(one.axes)),
            ui.Fact("einsum", _einsum(one), _made_by(one)),
            ui.Fact(
                _("parameters"),
                count(one.parameters),
                _("{share} of the block").format(share=probability(one.parameters / parameters)),
            ),
            ui.Fact(
                "FLOPs",
                charts.flops_text(one.flops),
                _("{share} of the block").format(share=probability(one.flops / flops)),
                _("2 per multiply-add. Steps without a sum over products are not counted."),
            ),
            ui.Fact(_("memory"), byte_size(one.bytes), _("at 2 bytes per value")),
        ]
    )
    ui.note(_sentence(tensors), keep=True)
    ui.note(_arithmetic(one), keep=True)
    ui.note(_axes(one))
    ui.note(
        _(
            "The upper row is the attention layer, the lower row the FFN. Each node is a tensor; "
            "a larger node takes more memory. The lines above the rows are residual connections. "
            "Click a node for its shape and cost."
        )
    )
    ui.table(
        [_("tensor"), _("axes"), "einsum", _("parameters"), "FLOPs", _("memory")],
        [
            ui.Row(
                [
                    names[tensor.name],
                    _product(tensor),
                    _einsum(tensor),
                    count(tensor.parameters),
                    charts.flops_text(tensor.flops),
                    byte_size(tensor.bytes),
                ],
                "marked" if i == at else "",
            )
            for i, tensor in enumerate(tensors)
        ],
        numbers=[3, 4, 5],
    )
    ui.note(
        _("Shape of the model: {source}.").format(
            source=core.KNOWN_MODELS[controls.model.value].source
        )
    )


def largest(tensors: list[core.TensorShape]) -> core.TensorShape:
    """Return the tensor that takes the most memory, the first of several."""
    return max(tensors, key=lambda tensor: tensor.bytes)


def _choose(tensors: list[core.TensorShape], mark: dict[str, Any]) -> None:
    """Choose the tensor of the clicked node."""
    if mark["curve"] == 2 and isinstance(mark["point"], int):
        found = charts.node_at(tensors, mark["point"])
        if found is not None:
            controls.tensor.set(found)


def _product(tensor: core.TensorShape) -> str:
    return " × ".join(count(size) for size in tensor.axes.values())


def _axes(tensor: core.TensorShape) -> str:
    """Return the meaning of each letter of the step."""
    meanings = charts.axis_meanings()
    letters = dict.fromkeys(filter(str.isalpha, (*tensor.einsum, *tensor.axes)))
    return "; ".join(f"{letter}: {meanings[letter]}" for letter in letters) + "."


def _einsum(tensor: core.TensorShape) -> str:
    return tensor.einsum.replace(",", ", ").replace("->", " → ") or "—"


def _made_by(tensor: core.TensorShape) -> str:
    """Return what the step does with its inputs."""
    return {
        "input": _("the stream that enters the block"),
        "norm": _("norm, then a gain per channel"),
        "project": _("linear layer"),
        "rotate": _("rotation by the position (RoPE)"),
        "scores": _("dot products of queries and keys"),
        "softmax": _("softmax over S"),
        "mix": _("weighted values"),
        "add": _("sum"),
        "choose": _("softmax over the {n} largest").format(n=tensor.axes.get("A", 0)),
        "gate": _("activation of the gate, times up"),
        "activation": _("activation"),
        "combine": _("weighted experts"),
    }[tensor.kind]


def _sentence(tensors: list[core.TensorShape]) -> str:
    """Return what the whole block costs, and its largest tensor."""
    most = largest(tensors)
    text = _(
        "At B = {B} and T = {T}, one block has {parameters} parameters and its forward pass takes "
        "{flops}. Its largest tensor is “{name}” with {size}."
    )
    return text.format(
        B=controls.batch.value,
        T=count(2**controls.length.value),
        parameters=count(sum(tensor.parameters for tensor in tensors)),
        flops=charts.flops_text(sum(tensor.flops for tensor in tensors)),
        name=charts.tensor_names()[most.name],
        size=byte_size(most.bytes),
    )


def _arithmetic(tensor: core.TensorShape) -> str:
    """Return the products behind memory and FLOPs."""
    sizes = tensor.axes | {
        letter: size for other in current() for letter, size in other.axes.items()
    }
    text = _("Memory: 2 bytes × {values} = {bytes} bytes.").format(
        values=_product(tensor), bytes=count(tensor.bytes)
    )
    if not tensor.flops:
        return text
    letters = dict.fromkeys(letter for letter in tensor.einsum if letter.isalpha())
    assert 2 * math.prod(sizes[letter] for letter in letters) == tensor.flops
    return text + _(" FLOPs: 2 × {letters} = 2 × {sizes} = {flops}.").format(
        letters=" × ".join(letters),
        sizes=" × ".join(count(sizes[letter]) for letter in letters),
        flops=count(tensor.flops),
    )


def table() -> ui.Table:
    """Return every tensor of the block."""
    head = [_("tensor"), _("axes"), _("sizes"), "einsum", _("parameters"), "FLOPs", _("bytes")]
    names = charts.tensor_names()
    return head, [
        (
            names[t.name], "".join(t.axes), " ".join(map(str, t.axes.values())), t.einsum,
            t.parameters, t.flops, t.bytes,
        )
        for t in current()
    ]  # fmt: skip

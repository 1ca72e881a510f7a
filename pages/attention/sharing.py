"""MHA, GQA and MQA: which query heads share keys and values, and the KV cache that results."""

from __future__ import annotations

from typing import Any

import charts.attention as charts
import ui
from charts.attention.sharing import MEMORIES
from charts.format import byte_size, count
from core.attention import KNOWN_SHAPES, ModelShape, kv_cache_bytes
from pages.attention import controls
from ui import _


def draw() -> None:
    """Draw who shares keys and what the KV cache costs per token."""
    shape, width = current_shape(), int(controls.precision.value)
    size, tokens = shape.cache_bytes(width), controls.context.value
    with ui.figure():
        ui.plot(
            charts.sharing(shape.num_heads, shape.num_kv_heads),
            key="att_sharing",
            alt=_("{q} query heads share {kv} key and value heads: {kind}.").format(
                q=shape.num_heads, kv=shape.num_kv_heads, kind=shape.kind
            ),
            height=150,
        )
        ui.plot(
            charts.cache_sizes(KNOWN_SHAPES, shape, width, tokens),
            key="att_cache",
            alt=_("KV cache for {n} tokens; {name}: {size}. Others: {others}.").format(
                n=count(tokens),
                name=shape.name,
                size=byte_size(size * tokens),
                others=", ".join(
                    f"{s.name} {byte_size(s.cache_bytes(width) * tokens)}" for s in KNOWN_SHAPES
                ),
            ),
            height=320,
            least_height=250,
            least_width=440,
            on_click=_choose,
        )
    ui.note(_sentence(shape, width, size * tokens), keep=True)
    _facts(shape, width, size)
    numbers = rf"{shape.num_layers} \cdot {shape.num_kv_heads} \cdot {shape.head_dim} \cdot {width}"
    ui.formula(rf"2 \cdot L \cdot n_{{kv}} \cdot d \cdot b = 2 \cdot {numbers} = {size}")
    ui.note(
        _(
            "While a model generates, it stores the keys and values of all earlier tokens in the "
            "KV cache and does not recompute them. Dotted lines: {a} and {b} of memory, as in a "
            "laptop and in a data-center GPU. Source of the sizes: {source}."
        ).format(source=shape.source, a=byte_size(MEMORIES[0]), b=byte_size(MEMORIES[1]))
    )


def _choose(mark: dict[str, Any]) -> None:
    """Choose the model whose mark was clicked."""
    row = mark.get("y")
    if isinstance(row, (int, float)) and 0 <= row < len(KNOWN_SHAPES):
        controls.shape.set(KNOWN_SHAPES[int(row)].name)


def _sentence(shape: ModelShape, width: int, size: int) -> str:
    """Say what the cache takes, and what it would take if no head shared keys and values."""
    full = kv_cache_bytes(shape.num_layers, shape.num_heads, shape.head_dim, width)
    full *= controls.context.value
    said = _("{n} tokens of {name} take {size} of KV cache at {b} bytes per number.").format(
        n=count(controls.context.value), name=shape.name, size=byte_size(size), b=width
    )
    if size == full:
        return said
    more = _("If every query head had its own key and value head, it would be {full}.")
    return f"{said} {more.format(full=byte_size(full))}"


def current_shape() -> ModelShape:
    """Return the chosen model's sizes, or the custom ones."""
    for known in KNOWN_SHAPES:
        if known.name == controls.shape.value:
            return known
    return ModelShape(
        _("custom sizes"),
        controls.layers.value,
        controls.query_heads.value,
        int(controls.kv_heads.value),
        controls.head_size.value,
        _("the controls of this view"),
    )


def _facts(shape: ModelShape, width: int, size: int) -> None:
    tokens = controls.context.value
    full = kv_cache_bytes(shape.num_layers, shape.num_heads, shape.head_dim, width)
    ui.facts(
        [
            ui.Fact(_("per token"), f"{count(size)} B", _kind(shape)),
            ui.Fact(
                _("for {n} tokens").format(n=count(tokens)),
                byte_size(size * tokens),
                _("for one sequence; a batch needs this for each of its sequences"),
            ),
            ui.Fact(
                _("share of the MHA cache"),
                f"{shape.num_kv_heads} ∕ {shape.num_heads}",
                _("MHA would need {size} per token").format(size=f"{count(full)} B"),
            ),
        ]
    )


def _kind(shape: ModelShape) -> str:
    """Spell out MHA, GQA or MQA."""
    return {
        "MHA": _("MHA, multi-head: each query head has its own key and value head"),
        "GQA": _("GQA, grouped-query: {n} query heads share a key and value head"),
        "MQA": _("MQA, multi-query: all query heads share one key and value head"),
    }[shape.kind].format(n=shape.num_heads // shape.num_kv_heads)

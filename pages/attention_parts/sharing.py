"""MHA, GQA, MQA: who shares keys, and the bytes that it saves."""

from __future__ import annotations

import streamlit as st

import charts.attention as charts
import ui
from charts.format import count, number
from core.attention import KNOWN_SHAPES, ModelShape, kv_cache_bytes
from ui import _

OWN = "own"
UNITS = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))


def draw() -> None:
    """Controls, two figures, the numbers."""
    shape, width, tokens = _controls()
    left, right = st.columns([4, 5], gap="medium")
    with left:
        ui.plot(
            charts.sharing(shape.num_heads, shape.num_kv_heads),
            key="att_sharing",
            alt=_("{q} query heads read {kv} key and value heads: {kind}.").format(
                q=shape.num_heads, kv=shape.num_kv_heads, kind=shape.kind
            ),
            height=210,
        )
        _facts(shape, width, tokens)
    with right:
        size = shape.cache_bytes(width)
        ui.plot(
            charts.cache_bars(KNOWN_SHAPES, shape, width),
            key="att_cache",
            alt=_("Bytes of KV cache per token; {name}: {size}. Others: {others}.").format(
                name=shape.name,
                size=count(size),
                others=", ".join(f"{s.name} {count(s.cache_bytes(width))}" for s in KNOWN_SHAPES),
            ),
            height=400,
            least_width=440,
        )
    numbers = rf"{shape.num_layers} \cdot {shape.num_kv_heads} \cdot {shape.head_dim} \cdot {width}"
    ui.formula(rf"2 \cdot L \cdot n_{{kv}} \cdot d \cdot b = 2 \cdot {numbers} = {size}")
    if not ui.presenting():
        ui.note(
            _(
                "While it writes, a model keeps the keys and values of all tokens so far, so as "
                "not to compute them again: the KV cache. Query heads that share keys make it "
                "smaller. Source of the sizes: {source}."
            ).format(source=shape.source)
        )


def _controls() -> tuple[ModelShape, int, int]:
    first, second, third = st.columns(3, gap="medium")
    with first:
        options = {s.name: s.name for s in KNOWN_SHAPES} | {OWN: _("own sizes")}
        name = ui.choice(_("Model"), options, key="att_shape", value="SmolLM2-135M", menu=True)
    with second:
        width = int(
            ui.choice(
                _("Bytes per number"),
                {"4": "4 (fp32)", "2": "2 (fp16)", "1": "1 (fp8)"},
                key="att_bytes",
                value="2",
            )
        )
    with third:
        tokens = int(
            ui.live_slider(
                _("Tokens in the context"), 1, 1_048_576, 8192, key="att_context", scale="log"
            )
        )
    known = next((shape for shape in KNOWN_SHAPES if shape.name == name), None)
    return known or _own(), width, tokens


def _own() -> ModelShape:
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        heads = int(ui.live_slider(_("Query heads"), 1, 128, 32, key="att_queries", scale="log"))
    with second:
        shared = int(
            ui.choice(
                _("Key and value heads"),
                {str(n): str(n) for n in range(1, heads + 1) if heads % n == 0},
                key="att_kv",
                value=str(heads),
                menu=True,
            )
        )
    with third:
        layers = int(ui.live_slider(_("Layers"), 1, 128, 32, key="att_layers"))
    with fourth:
        size = int(ui.live_slider(_("Head size"), 16, 256, 128, 16, key="att_headsize"))
    return ModelShape(_("own sizes"), layers, heads, shared, size, _("the sliders above"))


def _facts(shape: ModelShape, width: int, tokens: int) -> None:
    each = shape.cache_bytes(width)
    full = kv_cache_bytes(shape.num_layers, shape.num_heads, shape.head_dim, width)
    ui.facts(
        [
            ui.Fact(_("per token"), f"{count(each)} B", _kind(shape)),
            ui.Fact(
                _("for {n} tokens").format(n=count(tokens)),
                size_words(each * tokens),
                _("of one text; every text of a batch costs as much"),
            ),
            ui.Fact(
                _("of what MHA would cost"),
                f"{shape.num_kv_heads} ∕ {shape.num_heads}",
                _("MHA: {size} per token").format(size=f"{count(full)} B"),
            ),
        ]
    )


def _kind(shape: ModelShape) -> str:
    """MHA, GQA or MQA, spelled out."""
    return {
        "MHA": _("MHA, multi-head: each query head has keys of its own"),
        "GQA": _("GQA, grouped-query: {n} query heads share a key head"),
        "MQA": _("MQA, multi-query: all query heads share one key head"),
    }[shape.kind].format(n=shape.num_heads // shape.num_kv_heads)


def size_words(size: int) -> str:
    """Bytes in the largest unit that leaves a whole part."""
    unit, name = next((unit, name) for unit, name in UNITS if size >= unit)
    return f"{number(size / unit)} {name}"

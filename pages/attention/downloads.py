"""The tables of the attention page."""

from __future__ import annotations

import ui
from core.attention import KNOWN_SHAPES
from pages.attention import controls, overview, readings
from ui import _


def _head() -> ui.Table:
    """The weights of the chosen head, one row per query."""
    text = controls.real_tokens()
    layer, head = controls.layer.value, controls.real_head.value
    words = [f"{i + 1} {word}" for i, word in enumerate(text.words)]
    rows = []
    if words:
        reading = readings.read(controls.model.value, text.ids)
        weights = reading.head_weights(layer, head).tolist()
        rows = [(word, *row) for word, row in zip(words, weights, strict=True)]
    return (f"L{layer} H{head}", *words), rows


def _scores() -> ui.Table:
    """The entropy and the mean weights of every head on the current text."""
    ids = controls.real_tokens().ids
    names = ["entropy", *controls.TARGETS]
    rows = []
    if ids:
        reading = readings.read(controls.model.value, ids)
        columns = [overview.values(reading, name).tolist() for name in names]
        rows = [
            (layer, head, *(column[layer][head] for column in columns))
            for layer in range(reading.entropy.shape[0])
            for head in range(reading.entropy.shape[1])
        ]
    return ["layer", "head", *names], rows


def _cache() -> ui.Table:
    """The KV cache per token of well-known models."""
    width = int(controls.precision.value)
    header = ["model", "kind", "layers", "heads", "kv_heads", "head_size", "bytes_per_token"]
    return [*header, "source"], [
        (s.name, s.kind, s.num_layers, s.num_heads, s.num_kv_heads, s.head_dim, size, s.source)
        for s in KNOWN_SHAPES
        for size in (s.cache_bytes(width),)
    ]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("One head (CSV)"), "attention-head.csv", _head),
        ui.Download(_("All heads, measured (CSV)"), "attention-heads.csv", _scores),
        ui.Download(_("KV cache (CSV)"), "attention-kv-cache.csv", _cache),
    ]

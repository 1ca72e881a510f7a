"""The tables of the attention page."""

from __future__ import annotations

import ui
from core.attention import KNOWN_SHAPES
from pages.attention import controls, overview, readings
from pages.attention.named_heads import name_of
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
    return (name_of((layer, head)), *words), rows


def _scores() -> ui.Table:
    """The entropy and the mean weights of every head on the current text."""
    ids = controls.real_tokens().ids
    names = ["entropy", *controls.TARGETS]
    shown = controls.measure.names
    rows = []
    if ids:
        reading = readings.read(controls.model.value, ids)
        columns = [overview.values(reading, name).tolist() for name in names]
        rows = [
            (layer, head, *(column[layer][head] for column in columns))
            for layer in range(reading.entropy.shape[0])
            for head in range(reading.entropy.shape[1])
        ]
    return [_("layer"), _("head"), *(shown[name] for name in names)], rows


def _cache() -> ui.Table:
    """The KV cache per token of well-known models."""
    width = int(controls.precision.value)
    header = [
        _("model"), _("kind"), _("layers"), _("query heads"), _("key and value heads"),
        _("head size"), _("bytes per token"), _("source"),
    ]  # fmt: skip
    return header, [
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

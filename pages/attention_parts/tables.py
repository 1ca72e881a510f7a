"""The page's tables as CSV, with the state of the moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import ui
from core.attention import KNOWN_SHAPES
from pages.attention_parts import heads, readings, wall


def head() -> str:
    """The weights of the chosen head: a row for each token that looks."""
    reading, text = _reading()
    if reading is None:
        return _csv(("token",), [])
    layer = min(int(ui.get("att_layer", heads.START[0])), reading.layers - 1)
    number = min(int(ui.get("att_rhead", heads.START[1])), reading.heads - 1)
    weights = reading.head_weights(layer, number).tolist()
    words = text.words
    head = (f"L{layer} H{number}", *(f"{i + 1} {word}" for i, word in enumerate(words)))
    rows = [
        (f"{i + 1} {word}", *row) for i, (word, row) in enumerate(zip(words, weights, strict=True))
    ]
    return _csv(head, rows)


def scores() -> str:
    """What every head looks at, measured on the current text."""
    reading, _text = _reading()
    names = [name for name in wall.measures() if name != "picture"]
    rows = []
    if reading is not None:
        values = [wall.values(reading, name) for name in names]
        rows = [
            (layer, head, *(float(value[layer, head]) for value in values))
            for layer in range(reading.layers)
            for head in range(reading.heads)
        ]
    return _csv(("layer", "head", *names), rows)


def cache() -> str:
    """Known shapes and their KV cache per token."""
    width = int(ui.get("att_bytes", "2"))
    head = (
        "model",
        "kind",
        "layers",
        "heads",
        "kv_heads",
        "head_size",
        "bytes_per_token",
        "source",
    )
    rows = [
        (
            shape.name,
            shape.kind,
            shape.num_layers,
            shape.num_heads,
            shape.num_kv_heads,
            shape.head_dim,
            shape.cache_bytes(width),
            shape.source,
        )
        for shape in KNOWN_SHAPES
    ]
    return _csv(head, rows)


def _reading() -> tuple[readings.Reading | None, readings.Text]:
    which = ui.get("att_model", readings.DECODER)
    if ui.get("att_on", "text") == "random":
        text = readings.repeated(which, int(ui.get("att_period", 24)), int(ui.get("att_rseed", 1)))
    else:
        text = readings.text_of(which, ui.get("att_real", heads.TEXT), ui.current_language())
    return (readings.read(which, text.ids) if text.ids else None), text


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (head, *rows):
        writer.writerow([_harmless(cell) for cell in row])
    return "\ufeff" + out.getvalue()  # the mark of its encoding, which some spreadsheets need


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell

"""What one can take away as CSV: the batch's routing, the text's experts, the models' sizes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import partial

import ui
from core.moe import KNOWN_MODELS, moe_parameters
from pages.moe_parts import growing_text
from pages.moe_parts.now import Now, now
from ui import _


def downloads() -> list[ui.Download]:
    """The tables. They are made on the click, in a thread that knows no session: hence `Now`."""
    held = now()
    return [
        ui.Download(_("Routing of the batch"), "routing.csv", partial(batch_csv, held)),
        ui.Download(_("Experts of the text"), "text-experts.csv", partial(text_csv, held)),
        ui.Download(_("What experts specialize in"), "experts.csv", partial(measured_csv, held)),
        ui.Download(_("Upcycling, measured"), "upcycling.csv", upcycling_csv),
        ui.Download(_("Sizes of known models"), "moe-sizes.csv", sizes_csv),
    ]


def batch_csv(held: Now) -> str:
    """Every choice of every token: expert (from 1), gate, place, kept, weight."""
    head = ["token", "word", "rank", "expert", "probability", "gate", "place", "kept", "weight"]
    if held.batch is None:
        return _csv(head, [])
    routing, words = held.batch.trace.routing, held.batch.settings.words
    probs = routing.probs.gather(1, routing.expert_index)
    return _csv(
        head,
        (
            [
                t + 1, ui.plain(word), i + 1, int(routing.expert_index[t, i]) + 1,
                float(probs[t, i]), float(routing.gate[t, i]), int(routing.position[t, i]) + 1,
                int(routing.kept[t, i]), float(routing.weight[t, i]),
            ]
            for t, word in enumerate(words)
            for i in range(routing.expert_index.shape[1])
        ),
    )  # fmt: skip


def text_csv(held: Now) -> str:
    """Every token of the text, layer by layer: the chosen experts (from 1) and their gates."""
    head = ["token", "text", "layer", "rank", "expert", "gate", "surprisal_bits"]
    trace = held.text
    if trace is None:
        return _csv(head, [])
    layers, T, k = trace.expert_index.shape
    return _csv(
        head,
        (
            [
                t + 1, ui.plain(trace.tokens[t]), layer + 1, i + 1,
                int(trace.expert_index[layer, t, i]) + 1, float(trace.gate[layer, t, i]),
                float(trace.surprisal[t]) if t else "",
            ]
            for t in range(T)
            for layer in range(layers)
            for i in range(k)
        ),
    )  # fmt: skip


def measured_csv(held: Now) -> str:
    """Share and lift of every expert for every kind of text, layer by layer."""
    head = ["layer", "expert", "kind", "share", "lift", "mutual_information_bits"]
    result = held.measured
    if result is None:
        return _csv(head, [])
    layers, experts, _kinds = result.share.shape
    return _csv(
        head,
        (
            [
                layer + 1, e + 1, kind, float(result.share[layer, e, d]),
                float(result.lift[layer, e, d]), float(result.mutual_information[layer]),
            ]
            for layer in range(layers)
            for e in range(experts)
            for d, kind in enumerate(result.domains)
        ),
    )  # fmt: skip


def upcycling_csv() -> str:
    """Held-out bits per token of every training, step by step and kind by kind."""
    return _csv(
        ["training", "step", "kind", "bits_per_token"],
        (
            [name, step, kind, bits[i]]
            for name, curve in growing_text.record().curves.items()
            for i, step in enumerate(curve.steps)
            for kind, bits in curve.bits.items()
        ),
    )


def sizes_csv() -> str:
    """Known models: counted and stated parameters, FLOPs, source."""
    head = [
        "model", "experts", "k", "shared", "total", "active", "flops_per_token",
        "stated_total_billions", "stated_active_billions", "source",
    ]  # fmt: skip
    rows = []
    for name, shape in KNOWN_MODELS.items():
        size = moe_parameters(shape)
        rows.append(
            [
                name, shape.num_experts, shape.top_k, shape.num_shared, size.total, size.active,
                size.flops_per_token, shape.published_total, shape.published_active, shape.source,
            ]
        )  # fmt: skip
    return _csv(head, rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    # A byte-order mark, so that spreadsheets read Chinese tokens as UTF-8.
    return "\ufeff" + out.getvalue()

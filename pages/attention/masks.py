"""Masks, alone and combined, beside the weights that they give; and common mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import torch

import charts.attention as charts
import ui
from charts.format import number, probability
from core.attention import (
    MASK_PITFALLS,
    AttentionTrace,
    CombinedMask,
    MaskPlan,
    attention,
    combine_masks,
    head_entropy,
)
from pages.attention import controls
from pages.attention.boards import cell_note, chosen_cell, show_board
from pages.attention.sentences import PAD, shortened
from ui import _

HEAD_SIZE = 8


def current(words: Sequence[str]) -> tuple[CombinedMask, AttentionTrace]:
    """Return the combined mask of the controls, and attention under it by the chosen method."""
    pads = controls.padding.value
    plan = MaskPlan(
        causal=controls.mask_causal.value,
        prefix=controls.prefix.value or None,
        window=controls.window.value or None,
        window_causal=not controls.two_sided.value,
        lengths=(len(words),) if pads else None,
        side=controls.padding_side.value,
    )
    masks = combine_masks(plan, len(words) + pads)
    seed, method = controls.mask_seed.value, controls.method.value
    return masks, run(len(words) + pads, seed, masks.combined, method)


def draw() -> None:
    """Draw the combined mask, the weights under it and the single masks."""
    words, pads = controls.mask_words(), controls.padding.value
    if not words and not pads:
        ui.note(_("Type a sentence or add padding."), keep=True)
        return
    masks, trace = current(words)
    T, method = len(words) + pads, controls.method.value
    padding = [PAD] * pads
    shown = words + padding if controls.padding_side.value == "right" else padding + words
    chosen = chosen_cell(controls.mask_cell)
    pair = chosen[1:] if chosen and chosen[0] == "weights" and max(chosen[1:]) < T else None
    lines = charts.mask_lines(masks, trace, shown, pair)
    with ui.figure():
        show_board(lines, key="att_masks", alt=_alt(masks, trace), cell=controls.mask_cell)
    ui.note(_sentence(masks, trace, method, shown), keep=True)
    ui.note(
        cell_note(lines, chosen)
        or _("Click a cell of the weights to see how its number is computed."),
        keep=True,
    )
    _facts(masks, trace, method)
    cut = shortened(controls.line.value, controls.MOST_MASK_WORDS)
    said = _(
        "Each row is a query, each column a key. A query may attend to a key only if every "
        "mask allows it."
    )
    ui.note(f"{cut} {said}".strip())


def _sentence(masks: CombinedMask, trace: AttentionTrace, method: str, words: Sequence[str]) -> str:
    """Say what the method does under this mask, with its numbers."""
    weights, allowed = trace.weights[0, 0], masks.combined[0, 0]
    empty = masks.fully_masked_rows[0].nonzero().flatten().tolist()
    rows = ", ".join(str(row + 1) for row in empty)
    sums = weights.sum(dim=-1)
    leaked = weights.masked_fill(allowed, 0).sum(dim=-1)
    if method == "minus_infinity" and empty:
        return _(
            "Rows without an allowed key: {rows}. All their scores are −∞, so softmax divides 0 by "
            "0. The cells with red crosses are NaN."
        ).format(rows=rows)
    if method == "large_negative" and empty:
        return _(
            "Rows without an allowed key: {rows}. All their scores are −10⁹, so each of the {n} "
            "keys gets the weight {w}, although the mask allows none."
        ).format(rows=rows, n=len(words), w=charts.weight_text(float(weights[empty[0], 0])))
    if method in ("after_softmax", "zero") and bool(allowed.all()):
        return _("No cell is masked, so this method changes nothing.")
    if method == "after_softmax":
        low = int(sums.argmin())
        return _(
            "Masked weights are set to 0 after softmax: row {row} (“{word}”) sums to {sum} only."
        ).format(row=low + 1, word=words[low], sum=charts.sum_text(float(sums[low])))
    if method == "zero":
        high = int(leaked.argmax())
        return _(
            "A masked score of 0 still counts e⁰ = 1: in row {row} (“{word}”) the masked keys get "
            "{w} of the weight."
        ).format(row=high + 1, word=words[high], w=charts.weight_text(float(leaked[high])))
    if method == "unscaled":
        scaled = trace.scores * HEAD_SIZE**-0.5
        return _(
            "Without 1/√d the scores have standard deviation {a} in place of {b}, and the largest "
            "weight of a row is {w} on average."
        ).format(
            a=number(float(trace.scores.std(correction=0))),
            b=number(float(scaled.std(correction=0))),
            w=charts.weight_text(float(weights.amax(dim=-1).mean())),
        )
    if empty:
        return _(
            "Rows without an allowed key: {rows}. Their weights are set to 0. All other rows sum "
            "to 1."
        ).format(rows=rows)
    return _("Every row sums to 1, and no masked key gets any weight.")


def run(T: int, seed: int, mask: torch.Tensor, method: str = "right") -> AttentionTrace:
    """Compute attention of random Q, K and V, with the mask applied by one of the methods."""
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(1, 1, T, HEAD_SIZE, generator=generator) for _name in "qkv")
    return attention(q, k, v, mask) if method == "right" else MASK_PITFALLS[method](q, k, v, mask)


def _facts(masks: CombinedMask, trace: AttentionTrace, method: str) -> None:
    empty = int(masks.fully_masked_rows.sum())
    cells = masks.combined[0, 0]
    finite = bool(trace.weights.isfinite().all())
    entropy = float(head_entropy(trace.weights)[0, 0]) if finite else float("nan")
    ui.facts(
        [
            ui.Fact(
                _("allowed cells"),
                f"{int(cells.sum())} ∕ {cells.numel()}",
                probability(masks.allowed_share),
            ),
            ui.Fact(
                _("fully masked rows"),
                str(empty),
                _("their weights are 0, not NaN") if empty and method == "right" else "",
                help=_("Queries that may not attend to any key, such as padding on the left."),
            ),
            ui.Fact(
                _("row sums"),
                _sums(trace) or "NaN",
                _broken(trace) or _("should be 1, or 0 for a fully masked row"),
            ),
            ui.Fact(
                _("mean entropy of a row"),
                _("{n} bits").format(n=number(entropy)) if finite else "NaN",
                help=_(
                    "0 bits: each word attends to a single word. log₂ n bits: it attends to n "
                    "words equally."
                ),
            ),
        ]
    )


def _alt(masks: CombinedMask, trace: AttentionTrace) -> str:
    parts = ", ".join(charts.part_name(name) for name in masks.parts) or _("none")
    return _(
        "Masks: {parts}. {share} of the cells are allowed. The rows of the weights sum to {sums}."
    ).format(
        parts=parts,
        share=probability(masks.allowed_share),
        sums=", ".join(filter(None, (_sums(trace), _broken(trace)))),
    )


def _sums(trace: AttentionTrace) -> str:
    """Return the smallest and the largest sum of a row that is not NaN; "" if all are."""
    sums = trace.weights.sum(dim=-1).flatten()
    known = sums[~sums.isnan()].tolist()
    ends = (min(known), max(known)) if known else ()
    return " … ".join(dict.fromkeys(map(charts.sum_text, ends)))


def _broken(trace: AttentionTrace) -> str:
    """Return in how many rows the sum is NaN; "" if in none."""
    broken = trace.weights.sum(dim=-1).flatten().isnan()
    count = int(broken.sum())
    return _("NaN in {n} of {all} rows").format(n=count, all=len(broken)) if count else ""

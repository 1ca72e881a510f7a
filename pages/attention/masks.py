"""Masks, alone and combined, beside the weights that they give; and common mistakes."""

from __future__ import annotations

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
from pages.attention.boards import show_board
from pages.attention.sentences import PAD
from ui import _

HEAD_SIZE = 8


def draw() -> None:
    """Draw the combined mask, the weights under it and the single masks."""
    words, pads = controls.mask_words(), controls.padding.value
    T, side, method = len(words) + pads, controls.padding_side.value, controls.method.value
    if not T:
        ui.note(_("Type a sentence or add padding."), keep=True)
        return
    plan = MaskPlan(
        causal=controls.mask_causal.value,
        prefix=controls.prefix.value or None,
        window=controls.window.value or None,
        window_causal=not controls.two_sided.value,
        lengths=(len(words),) if pads else None,
        side=side,
    )
    masks = combine_masks(plan, T)
    padding = [PAD] * pads
    shown = words + padding if side == "right" else padding + words
    trace = run(T, controls.mask_seed.value, masks.combined, method)
    with ui.figure():
        show_board(charts.mask_lines(masks, trace, shown), key="att_masks", alt=_alt(masks, trace))
    _facts(masks, trace, method)
    ui.note(
        _(
            "Each row is a query, each column a key. A query may attend to a key only if every "
            "mask allows it."
        )
    )


def run(T: int, seed: int, mask: torch.Tensor, method: str = "right") -> AttentionTrace:
    """Compute attention of random Q, K and V, with the mask applied by one of the methods."""
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(1, 1, T, HEAD_SIZE, generator=generator) for _name in "qkv")
    return attention(q, k, v, mask) if method == "right" else MASK_PITFALLS[method](q, k, v, mask)


def _facts(masks: CombinedMask, trace: AttentionTrace, method: str) -> None:
    empty = int(masks.fully_masked_rows.sum())
    least, most = _sums(trace)
    items = [
        ui.Fact(_("allowed cells"), probability(masks.allowed_share)),
        ui.Fact(
            _("fully masked rows"),
            str(empty),
            _("their weights are 0, not NaN") if empty and method == "right" else "",
        ),
        ui.Fact(
            _("row sums"),
            f"{least:.2f} … {most:.2f}" if most - least > 0.005 else f"{least:.2f}",
            _("should be 1, or 0 for a fully masked row"),
        ),
    ]
    if bool(trace.weights.isfinite().all()):
        entropy = float(head_entropy(trace.weights)[0, 0])
        items.append(ui.Fact(_("mean entropy of a row"), _("{n} bits").format(n=number(entropy))))
    ui.facts(items)


def _alt(masks: CombinedMask, trace: AttentionTrace) -> str:
    least, most = _sums(trace)
    parts = ", ".join(charts.part_name(name) for name in masks.parts) or _("none")
    return _(
        "Masks: {parts}. {share} of the cells are allowed. The rows of the weights sum to between "
        "{least} and {most}."
    ).format(
        parts=parts,
        share=probability(masks.allowed_share),
        least=number(least),
        most=number(most),
    )


def _sums(trace: AttentionTrace) -> tuple[float, float]:
    """Return the smallest and the largest sum of a row of weights."""
    sums = trace.weights.sum(dim=-1)
    return float(sums.min()), float(sums.max())

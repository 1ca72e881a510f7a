"""Masks, alone and combined, beside the weights that they make; and the usual mistakes."""

from __future__ import annotations

import streamlit as st
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
from pages.attention_parts.boards import show_board
from pages.attention_parts.sentences import PAD, reach, words_of
from ui import _

TEXT = "the cat sat on the warm mat"
MOST_WORDS, MOST_PADS = 12, 6
HEAD_SIZE = 8


def draw() -> None:
    """Controls, the board, the numbers."""
    left, first, second, third = st.columns([4, 3, 3, 3], gap="medium")
    with left:
        text = ui.live_text(_("Sentence"), TEXT, key="att_line")
        way = ui.choice(_("How the mask is applied"), ways(), key="att_way", menu=True)
    words = words_of(text, MOST_WORDS)
    with first:
        none: dict[float, str] = {0: _("none")}
        pads = int(ui.live_slider(_("Padding"), 0, MOST_PADS, 2, key="att_pads", words=none))
        side = ui.choice(_("on the"), {"right": _("right"), "left": _("left")}, key="att_pside")
    T = len(words) + pads
    off: dict[float, str] = {0: _("off")}
    most = MOST_WORDS + MOST_PADS
    with second:
        prefix = int(ui.live_slider(
            _("Prefix"), 0, reach("att_prefix", T, most), 0, key="att_prefix", words=off,
            help=_("The first tokens see each other. A causal mask beside it wins."),
        ))  # fmt: skip
        window = int(ui.live_slider(
            _("Sliding window"), 0, reach("att_window", T, most), 0, key="att_window", words=off,
        ))  # fmt: skip
    with third:
        causal = ui.switch(_("Causal"), key="att_mcausal", value=True)
        both = ui.switch(_("Window looks both ways"), key="att_both")
        with ui.more():
            seed = int(ui.live_slider(_("Seed"), 0, 99, 1, key="att_mseed"))
    if not T:
        ui.note(_("Type a sentence, or add padding."))
        return
    plan = MaskPlan(
        causal=causal,
        prefix=min(prefix, T) if prefix else None,
        window=window or None,
        window_causal=not both,
        lengths=(len(words),) if pads else None,
        side=side,
    )
    masks = combine_masks(plan, T)
    shown = [PAD] * pads
    shown = words + shown if side == "right" else shown + words
    trace = run(T, seed, masks.combined, way)
    lines = charts.mask_lines(masks, trace, shown)
    show_board(lines, key="att_masks", alt=_alt(masks, trace))
    _facts(masks, trace, way)
    if not ui.presenting():
        ui.note(
            _(
                "A row is who looks, a column who is looked at. A cell must be allowed by "
                "every mask."
            )
        )


def ways() -> dict[str, str]:
    """The right way and the wrong ones."""
    return {
        "right": _("−∞ before softmax, empty rows 0 (right)"),
        "after_softmax": _("0 after softmax (wrong)"),
        "zero": _("0 in place of −∞ (wrong)"),
        "large_negative": _("−10⁹ in place of −∞"),
        "minus_infinity": _("−∞ and nothing more"),
        "unscaled": _("without 1/√d"),
    }


def run(T: int, seed: int, mask: torch.Tensor, way: str = "right") -> AttentionTrace:
    """Attention of seeded random Q, K and V under a mask, by one of the ways."""
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(1, 1, T, HEAD_SIZE, generator=generator) for _name in "qkv")
    return attention(q, k, v, mask) if way == "right" else MASK_PITFALLS[way](q, k, v, mask)


def _facts(masks: CombinedMask, trace: AttentionTrace, way: str) -> None:
    empty = int(masks.fully_masked_rows.sum())
    sums = trace.weights[0, 0].sum(dim=-1)
    least, most = float(sums.min()), float(sums.max())
    told = f"{least:.2f} … {most:.2f}" if most - least > 0.005 else f"{least:.2f}"
    items = [
        ui.Fact(_("cells that may attend"), probability(masks.allowed_share)),
        ui.Fact(
            _("rows that may look at nothing"),
            str(empty),
            _("their weights are 0, not NaN") if empty and way == "right" else "",
        ),
        ui.Fact(_("sums of the rows"), told, _("1, or 0 for an empty row, if all is well")),
    ]
    if bool(trace.weights.isfinite().all()):
        entropy = float(head_entropy(trace.weights)[0, 0])
        items.append(
            ui.Fact(_("entropy of a row"), _("{n} bits").format(n=number(entropy)), _("on average"))
        )
    ui.facts(items)


def _alt(masks: CombinedMask, trace: AttentionTrace) -> str:
    parts = ", ".join(charts.part_name(name) for name in masks.parts) or _("none")
    return _(
        "Masks: {parts}. {share} of the cells may attend; beside them the weights. "
        "The rows sum to between {least} and {most}."
    ).format(
        parts=parts,
        share=probability(masks.allowed_share),
        least=number(float(trace.weights.sum(-1).min())),
        most=number(float(trace.weights.sum(-1).max())),
    )

"""The pitfalls, run: the right weights beside those of the mistake."""

from __future__ import annotations

import streamlit as st
import torch

import charts.attention as charts
import ui
from charts.format import number
from core.attention import MaskPlan, ScaleStudy, combine_masks, scale_study
from pages.attention_parts import masks
from pages.attention_parts.boards import show_board
from ui import _, models

LENGTH = 6
PADDED = "The cat sat on the mat."
DIMS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def after_softmax() -> None:
    """Weights zeroed after softmax: rows that do not sum to 1."""
    _beside("after_softmax", MaskPlan(causal=True))


def zero() -> None:
    """0 for a forbidden score: a weight for everybody."""
    _beside("zero", MaskPlan(causal=True))


def empty_rows() -> None:
    """Rows that may look at nothing: zeros, uniform, NaN."""
    plan = MaskPlan(causal=True, lengths=(4,), side="left")
    allowed = combine_masks(plan, LENGTH).combined
    seed = _seed("empty")
    runs = {way: masks.run(LENGTH, seed, allowed, way) for way in _THREE}
    names = {"right": _("zeros (here)"), "large_negative": "−10⁹", "minus_infinity": "−∞"}
    blocks = [
        charts.weights_block(trace, allowed[0, 0], names[way], sums=True)
        for way, trace in runs.items()
    ]
    lines = [blocks]
    show_board(
        lines,
        key="att_slip_empty",
        alt=_(
            "Two rows of padding on the left may look at nothing. Their sums: {a} with zeros, {b} "
            "with −10⁹, {c} with −∞."
        ).format(
            a=number(float(runs["right"].weights[0, 0, 0].sum())),
            b=number(float(runs["large_negative"].weights[0, 0, 0].sum())),
            c=str(float(runs["minus_infinity"].weights[0, 0, 0].sum())),
        ),
    )


_THREE = ("right", "large_negative", "minus_infinity")


def padding() -> None:
    """The encoder on a sentence alone and padded: the same, if the padding is masked."""
    text = ui.live_text(_("Sentence"), PADDED, key="att_slip_pad")
    reader = models.encoder()
    ids, _cut = reader.encode_limited(text, 64)
    pads = [reader.config.pad_id] * 4

    def work() -> list[tuple[float, float]]:
        alone = reader.trace(ids)
        rows = [(ids + pads, True), (pads + ids, True), (ids + pads, False)]
        found = []
        for row, hidden in rows:
            real = torch.tensor([i != reader.config.pad_id for i in row])
            trace = reader.trace(row, real if hidden else None)
            onto = trace.attentions[..., ~real].sum(-1).mean()
            found.append((float(alone.pooled @ trace.pooled), float(onto)))
        return found

    found = models.compute(("attention_padding", tuple(ids)), work)
    names = (_("on the right, masked"), _("on the left, masked"), _("on the right, not masked"))
    ui.table(
        (_("four [PAD]"), _("cosine with the sentence alone"), _("mean weight on [PAD]")),
        [
            ui.Row((name, f"{cosine:.6f}", f"{onto:.3f}"), "marked" if onto > 0 else "")
            for name, (cosine, onto) in zip(names, found, strict=True)
        ],
        numbers=(1, 2),
    )


def no_scale() -> None:
    """Entropy of random attention as d grows, with and without 1/√d."""
    left, right = st.columns(2, gap="medium")
    with left:
        keys = int(ui.live_slider(_("Keys"), 2, 256, 64, key="att_slip_keys", scale="log"))
    with right:
        seed = _seed("scale")
    study = _study(keys, seed)
    ui.plot(
        charts.scale_lines(study),
        key="att_slip_scale",
        alt=_(
            "Entropy over {keys} random keys: at d = {d} it is {a} bits with 1/√d and {b} without."
        ).format(
            keys=keys,
            d=study.dims[-1],
            a=number(float(study.scaled_entropy[-1])),
            b=number(float(study.unscaled_entropy[-1])),
        ),
        height=320,
    )
    ui.note(
        _(
            "Spread of the scores at d = {d}: {a} with 1/√d, {b} without; the largest weight of a "
            "row is {p} and {q} on average."
        ).format(
            d=study.dims[-1],
            a=number(float(study.scaled_score_std[-1])),
            b=number(float(study.unscaled_score_std[-1])),
            p=number(float(study.scaled_top_weight[-1])),
            q=number(float(study.unscaled_top_weight[-1])),
        )
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _study(keys: int, seed: int) -> ScaleStudy:
    return scale_study(DIMS, keys, torch.Generator().manual_seed(seed), queries=48)


def _seed(name: str) -> int:
    return int(ui.live_slider(_("Seed"), 0, 99, 1, key=f"att_slip_{name}_seed"))


def _beside(way: str, plan: MaskPlan) -> None:
    allowed = combine_masks(plan, LENGTH).combined
    seed = _seed(way)
    right, wrong = (masks.run(LENGTH, seed, allowed, which) for which in ("right", way))
    lines = charts.compare_lines(
        right, wrong, allowed[0, 0], (_("−∞ before softmax"), masks.ways()[way])
    )
    sums = wrong.weights[0, 0].sum(-1)
    seen = (wrong.weights * allowed)[0, 0].sum(-1)
    show_board(
        lines,
        key=f"att_slip_{way}",
        alt=_(
            "Right: every row sums to 1. Wrong: the first row sums to {sum}, of which {seen} is on "
            "keys that it may see."
        ).format(sum=number(float(sums[0])), seen=number(float(seen[0]))),
    )

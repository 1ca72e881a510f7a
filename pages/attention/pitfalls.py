"""Mistakes that people make with attention, each run beside the correct computation."""

from __future__ import annotations

import streamlit as st
import torch

import charts.attention as charts
import ui
from charts.format import number
from core.attention import MaskPlan, ScaleStudy, combine_masks, scale_study
from pages.attention import controls, masks
from pages.attention.boards import show_board
from pages.attention.readings import DECODER, ENCODER, text_of
from ui import _, models

LENGTH = 6
DIMS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Applying the mask after softmax"),
            _(
                "By then the masked keys have received a share of the sum. If you set their "
                "weights to 0 afterwards, the rows no longer sum to 1."
            ),
            lambda: _compare("after_softmax"),
        ),
        ui.Pitfall(
            _("0 in place of −∞"),
            _(
                "A score of 0 is not a mask: e⁰ = 1, so the key gets a weight like any other. "
                "Colored cells with hatching are masked keys that receive weight."
            ),
            lambda: _compare("zero"),
        ),
        ui.Pitfall(
            _("A fully masked row"),
            _(
                "With −∞ in the whole row, softmax divides 0 by 0. In the next layer, 0 · NaN is "
                "NaN again, so every row that has this token among its keys becomes NaN. With the "
                "same large negative number in every cell, the row becomes uniform over keys that "
                "it must not attend to. In this project such a row is 0. Fully masked rows occur, "
                "for example, when a causal mask meets padding on the left."
            ),
            _fully_masked,
        ),
        ui.Pitfall(
            _("Forgetting 1/√d"),
            _(
                "The dot product sums d terms. If their numbers are independent with variance 1, "
                "its standard deviation is √d. For large d, softmax then puts almost all weight on "
                "one key, where its gradient is close to 0. Measured on such random numbers:"
            ),
            _unscaled,
        ),
        ui.Pitfall(
            _("Padding that is not masked"),
            _(
                "Without a mask, [PAD] is treated as an ordinary token. A mask is enough on the "
                "right. On the left, the padding must not take up positions either: the original "
                "BERT counts it, which moves every real token to a later position embedding; this "
                "encoder counts real tokens only. Measured on the encoder:"
            ),
            _padding,
        ),
        ui.Pitfall(
            _("Reading a large weight as an explanation"),
            _(
                "Many heads attend to the first token when no other token is relevant (an "
                "attention sink). If its value vector is short, it contributes little. A weight "
                "shows where information comes from. It does not show which information, or how "
                "later layers use it. Measured on the language model:"
            ),
            _sink,
        ),
    ]


def _compare(method: str) -> None:
    """Draw the weights of a causal mask beside those of a mistake."""
    allowed = combine_masks(MaskPlan(causal=True), LENGTH).combined
    seed = controls.mistake_seed[method].draw()
    correct, wrong = (masks.run(LENGTH, seed, allowed, which) for which in ("right", method))
    names = (_("−∞ before softmax"), controls.method.names[method])
    sums = wrong.weights[0, 0].sum(-1)
    seen = (wrong.weights * allowed)[0, 0].sum(-1)
    show_board(
        charts.compare_lines(correct, wrong, allowed[0, 0], names),
        key=f"att_slip_{method}",
        alt=_(
            "Correct: every row sums to 1. Wrong: the first row sums to {sum}, of which {seen} is "
            "on allowed keys."
        ).format(sum=number(float(sums[0])), seen=number(float(seen[0]))),
    )


def _fully_masked() -> None:
    """Draw rows without any allowed key: zeros, uniform weights, NaN."""
    plan = MaskPlan(causal=True, lengths=(4,), side="left")
    allowed = combine_masks(plan, LENGTH).combined
    seed = controls.mistake_seed["empty"].draw()
    names = {"right": _("zeros (here)"), "large_negative": "−10⁹", "minus_infinity": "−∞"}
    runs = {method: masks.run(LENGTH, seed, allowed, method) for method in names}
    sums = {method: float(trace.weights[0, 0, 0].sum()) for method, trace in runs.items()}
    show_board(
        [
            [
                charts.weights_block(trace, allowed[0, 0], names[method], sums=True, name=method)
                for method, trace in runs.items()
            ]
        ],
        key="att_slip_empty",
        alt=_(
            "Two rows of padding on the left have no allowed key. Their sums: {a} with zeros, {b} "
            "with −10⁹, {c} with −∞."
        ).format(
            a=charts.sum_text(sums["right"]),
            b=charts.sum_text(sums["large_negative"]),
            c=charts.sum_text(sums["minus_infinity"]),
        ),
    )


def _unscaled() -> None:
    """Draw the entropy of random attention as d grows, with and without 1/√d."""
    keys = controls.mistake_keys.draw()
    study = _study(keys, controls.mistake_seed["scale"].draw())
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
            "At d = {d} the standard deviation of the scores is {a} with 1/√d and {b} without. The "
            "mean largest weight of a row is {p} and {q}."
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


def _padding() -> None:
    """Compare the encoder's output for a sentence with and without padding."""
    ids = list(text_of(ENCODER, controls.mistake_text.draw(), 64).ids)
    encoder = models.encoder()
    pads = [encoder.config.pad_id] * 4

    def work() -> list[tuple[float, float]]:
        alone = encoder.trace(ids)
        found = []
        for row, masked, counted in (
            (ids + pads, True, False),
            (pads + ids, True, False),
            (pads + ids, True, True),
            (ids + pads, False, False),
        ):
            real = torch.tensor([i != encoder.config.pad_id for i in row])
            trace = encoder.trace(row, real if masked else None, count_padding=counted)
            on_padding = trace.attentions[..., ~real].sum(-1).mean()
            found.append((float(alone.pooled @ trace.pooled), float(on_padding)))
        return found

    found = models.compute(("attention_padding", tuple(ids)), work)
    names = (
        _("on the right, masked"),
        _("on the left, masked, positions without padding (this encoder)"),
        _("on the left, masked, positions with padding (original BERT)"),
        _("on the right, not masked"),
    )
    ui.table(
        (
            _("four [PAD] tokens"),
            _("cosine similarity to the unpadded sentence"),
            _("mean weight on [PAD]"),
        ),
        [
            ui.Row(
                (name, f"{cosine:.4f}", charts.weight_text(weight)),
                "marked" if cosine < 0.9999 else "",
            )
            for name, (cosine, weight) in zip(names, found, strict=True)
        ],
        numbers=(1, 2),
    )


def _sink() -> None:
    """Compare the weight on the first token with the length of its value vectors."""
    text = text_of(DECODER, controls.SHORT_TEXT)

    def work() -> tuple[float, float, float]:
        model = models.language_model()
        trace = model.trace(text.ids, keep=["attentions", "values"])
        lengths = trace.values.norm(dim=-1).mean(dim=(0, 1))
        weight = trace.attentions[:, :, 1:, 0].mean()
        return float(weight), float(lengths[0]), float(lengths[1:].mean())

    weight, first, others = models.compute(("attention_sink", text.ids), work)
    ui.note(
        _(
            "“{text}”: on average over all heads, later tokens put {w} of their weight on the "
            "first token. Its value vectors have the mean length {a}; those of the other tokens "
            "{b}."
        ).format(
            text=controls.SHORT_TEXT,
            w=charts.weight_text(weight),
            a=number(first),
            b=number(others),
        )
    )

"""Perplexity against n on training and held-out text, and the language model as a line."""

from __future__ import annotations

import math
from typing import Any

import ui
from charts import ngrams as charts
from charts.format import count, number, probability
from core import ngrams as core
from pages.ngrams import controls, counted, model_line
from ui import _, models


def curves() -> dict[str, core.OrderCurve]:
    """Return the held-out text's perplexity at every n under every smoothing method."""
    return {name: _measured(counted.counted().held_out, name) for name in core.SMOOTHINGS}


def training() -> core.OrderCurve:
    """Return the training text's perplexity at every n under the chosen method."""
    return _measured(counted.counted().train, controls.smoothing.value)


def _measured(events: core.Events, smoothing: str) -> core.OrderCurve:
    alpha = counted.alpha() if smoothing == "lidstone" else 1.0
    discount = controls.discount.value if smoothing == "kneser_ney" else 0.75
    return counted.measured(events, counted.counted().vocab_size, smoothing, alpha, discount)


def draw() -> None:
    """Draw both curves with their minimum, and the share of contexts never seen below."""
    data, name, n = counted.counted(), controls.smoothing.value, controls.n.value
    corpus = data.corpus
    found, train = curves(), training()
    held_out, shares = found[name], data.unseen
    progress = model_line.progress()
    model = None
    if progress is not None:
        label = _("{model}: {bits} bits per character").format(
            model=models.language_model().config.name, bits=number(progress.per_character)
        )
        model = label, progress.per_character
    with ui.figure():
        ui.plot(
            charts.order(
                {counted.title(key): curve for key, curve in found.items()},
                counted.title(name),
                train,
                n=n,
                per_character=corpus.tokens / corpus.characters,
                top=data.vocab_size,
                model=model,
            ),
            key="ng_order",
            alt=_("Perplexity at n = {n}: training text {train}, held-out text {held_out}.").format(
                n=n,
                train=number(train.perplexity[n - 1]),
                held_out=number(held_out.perplexity[n - 1]),
            ),
            height=420,
            on_click=_choose,
        )
    with ui.second_figure():
        ui.plot(
            charts.unseen(shares, n),
            key="ng_unseen",
            alt=_("At n = {n}, {share} of the held-out contexts were never seen.").format(
                n=n, share=probability(shares[n - 1].contexts)
            ),
            height=420,
            on_click=_choose,
        )
    ui.note(_now(n, train, held_out, shares[n - 1]), keep=True)
    per_character = held_out.bits_per_character(corpus.tokens, corpus.characters)
    ui.facts(
        [
            ui.Fact(
                _("held-out perplexity"),
                number(held_out.perplexity[n - 1]),
                _("training text: {p}").format(p=number(train.perplexity[n - 1])),
                _(
                    "As uncertain as this many equally likely tokens. The training text is "
                    "measured on sentences at even distances, {n} tokens in all."
                ).format(n=count(data.train.counts.shape[1])),
            ),
            ui.Fact(
                _("bits per character"),
                number(per_character[n - 1]),
                _("{tokens} tokens, {characters} characters").format(
                    tokens=count(corpus.tokens), characters=count(corpus.characters)
                ),
                _(
                    "Total bits of the held-out text divided by its characters, line breaks "
                    "included: models with different tokens can then be compared."
                ),
            ),
            ui.Fact(_("context never seen"), probability(shares[n - 1].contexts)),
            ui.Fact(
                _("unknown tokens"),
                probability(data.unknown),
                _("vocabulary: {n}").format(n=count(data.vocab_size)),
                _("Only the bits of <unk> itself count, not the spelling of the token behind it."),
            ),
        ]
    )
    bits = held_out.cross_entropy[n - 1]
    if math.isfinite(bits):
        ui.formula(
            rf"H = -\tfrac{{1}}{{T}}\textstyle\sum \log_2 p = {bits:.3f}\ \text{{bits}},\quad"
            rf"\mathrm{{PP}} = 2^{{H}} = {2**bits:.1f},\quad"
            rf"H\cdot\tfrac{{{corpus.tokens}}}{{{corpus.characters}}} = {per_character[n - 1]:.3f}"
        )
    ui.provenance(
        *(
            (_("perplexity per word, n = {n}").format(n=i), printed, None)
            for i, printed in enumerate(core.WSJ, start=1)
        )
    )
    if progress is not None:
        _compare(progress, per_character, data.unknown)


def _now(n: int, train: core.OrderCurve, held_out: core.OrderCurve, share: core.Unseen) -> str:
    """Return a sentence on what happens at the selected n."""
    if math.isinf(held_out.perplexity[n - 1]):
        return _(
            "n = {n}: {zeros} of the held-out tokens have probability 0, so the held-out "
            "perplexity is infinite; on the training text it is {train}. Smoothing repairs this."
        ).format(
            n=n, zeros=probability(held_out.zeros[n - 1]), train=number(train.perplexity[n - 1])
        )
    gap = held_out.perplexity[n - 1] / train.perplexity[n - 1]
    if n < held_out.best:
        reason = _("n is too small: a longer context would help.")
    elif n > held_out.best:
        reason = _("n is too large: {share} of the contexts were never seen.").format(
            share=probability(share.contexts)
        )
    else:
        reason = _("This is the lowest value of all n.")
    text = _("n = {n}: perplexity {held_out} on held-out text, {gap} times the training text's.")
    shown = text.format(n=n, held_out=number(held_out.perplexity[n - 1]), gap=number(gap))
    return f"{shown} {reason}"


def _compare(progress: model_line.Progress, per_character: list[float], unknown: float) -> None:
    """Compare the best n with the language model."""
    best = min(per_character)
    text = _(
        "{model}: {bits} bits per character on {share} of the held-out text, {ratio} times fewer "
        "than the best n here ({best}). It was trained on far more text and may have seen this one."
    )
    ui.note(
        text.format(
            model=models.language_model().config.name,
            bits=number(progress.per_character),
            share=probability(progress.share),
            ratio=number(best / max(progress.per_character, 1e-9)),
            best=number(best),
        )
        if best >= progress.per_character
        else _(
            "{model}: {bits} bits per character on {share} of the held-out text, more than the "
            "best n here ({best})."
        ).format(
            model=models.language_model().config.name,
            bits=number(progress.per_character),
            share=probability(progress.share),
            best=number(best),
        ),
        keep=True,
    )
    if unknown:
        ui.note(
            _(
                "The n-grams' bits are a lower bound: {share} of the tokens are <unk>, whose "
                "spelling costs nothing here. With characters as tokens the comparison is exact."
            ).format(share=probability(unknown))
        )
    ui.model_card()


def _choose(mark: dict[str, Any]) -> None:
    controls.n.set(mark.get("x"))

"""The main view: the distribution, bar by bar, and what each filter did to it."""

from __future__ import annotations

import streamlit as st

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import HiddenTail, SamplingTrace, sampling_trace
from pages.sampling_parts import settings
from pages.sampling_parts.controls import source_and_settings
from pages.sampling_parts.source import Source
from ui import _

HEIGHT = 470


def draw() -> None:
    """Draw the view."""
    source, params = source_and_settings()
    if source is None:
        return
    trace = sampling_trace(source.logits, params, source.ids, source.order)
    ids = charts.shown_ids(trace)
    labels = source.labels(ids)
    tail = charts.tails(trace, ids)
    figure, numbers = st.columns([1.55, 1], gap="large")
    with figure:
        ui.plot(
            charts.distribution(trace, ids, labels, tail),
            key="distribution",
            alt=in_words(trace, ids, labels, tail[0].count, tail[1].mass),
            height=HEIGHT if len(ids) > 8 else 330,
        )
    with numbers:
        facts(source, trace, tail[0])
        stages(trace)


def facts(source: Source, trace: SamplingTrace, tail: HiddenTail) -> None:
    """The numbers that matter; the formula stands under the first, with its numbers."""
    first = int(trace.probs.argmax())
    left = int(trace.kept.sum())
    items = [
        ui.Fact(source.label(first), probability(float(trace.probs[first])), formula(trace, first)),
        ui.Fact(_("left of {n}").format(n=count(trace.kept.numel())), count(left)),
        ui.Fact(
            _("entropy"),
            _("{n} bits").format(n=number(trace.entropy)),
            _("like {n} equal choices").format(n=number(trace.effective_choices)),
        ),
    ]
    if tail.count:
        told = _("{n} tokens, before the filters").format(n=count(tail.count))
        items.append(ui.Fact(_("hidden tail"), probability(tail.mass), told))
    ui.facts(items)


def formula(trace: SamplingTrace, first: int) -> str:
    """The softmax over the tokens that are left, with the numbers of the likeliest."""
    z, p = float(trace.logits[first]), float(trace.probs[first])
    temperature = trace.params.temperature
    if temperature == 0:
        return _("T = 0: the largest logit takes it all")
    return _(
        "p₁ = e^(z₁/T) ∕ Σ e^(zⱼ/T) = e^({z:.2f}/{T:.2f}) ∕ Σ over {n} tokens = {p:.3f}"
    ).format(z=z * temperature, T=temperature, n=count(int(trace.kept.sum())), p=p)


def stages(trace: SamplingTrace) -> None:
    """What each filter kept and removed."""
    head = [_("after"), _("kept"), _("removed"), _("entropy"), "2^H", _("cut at")]
    rows = [
        [
            _("no filter"),
            count(int((trace.raw_logits > float("-inf")).sum())),
            "",
            number(trace.raw_entropy),
            number(2.0**trace.raw_entropy),
            "",
        ]
    ]
    for stage in trace.stages:
        cut = ""
        if stage.cutoff_rank is not None and stage.cutoff_prob is not None:
            place = f"#{count(stage.cutoff_rank)} · {probability(stage.cutoff_prob)}"
            cut = place.replace(" ", "\u00a0")
        rows.append(
            [
                settings.stage_name(stage.name),
                count(stage.kept_count),
                probability(stage.removed_mass).replace(" ", "\u00a0")
                if stage.removed_count
                else "",
                number(stage.entropy),
                number(stage.effective_choices),
                cut,
            ]
        )
    ui.table(head, rows, numbers=[1, 2, 3, 4, 5])


def in_words(
    trace: SamplingTrace, ids: list[int], labels: list[str], hidden: int, tail_mass: float
) -> str:
    """The figure for a screen reader."""
    best = sorted(zip(trace.probs[ids].tolist(), labels, strict=True), reverse=True)[:3]
    said = ", ".join(f"{label} {probability(p)}" for p, label in best)
    return _(
        "Bars: probability of each token before and after the filters. Most likely after them: "
        "{best}. {n} tokens are not shown; together they hold {mass}."
    ).format(best=said, n=count(hidden), mass=probability(tail_mass))

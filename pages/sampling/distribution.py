"""The distribution, bar by bar, and what each filter does to it."""

from __future__ import annotations

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import HiddenTail, SamplingTrace
from pages.sampling import controls, settings
from pages.sampling.source import Source, current_source, in_words
from ui import _


def draw() -> None:
    """Draw the distribution before and after the filters, and the filters one by one."""
    source = current_source(show_problems=True)
    trace = source.trace(settings.params())
    ids, labels = source.shown(trace)
    tail = charts.tails(trace, ids)
    alt = _("Probability of each token before and after the filters. {top}")
    with ui.figure():
        ui.plot(
            charts.distribution(trace, ids, labels, tail),
            key="distribution",
            alt=alt.format(top=in_words(labels, trace.raw_probs[ids], trace.probs[ids])),
            height=640 if len(ids) > 8 else 320,
        )
    _facts(source, trace, tail[0])
    _stages(trace)


def _facts(source: Source, trace: SamplingTrace, tail: HiddenTail) -> None:
    first, n = int(trace.probs.argmax()), number(trace.effective_choices)
    share = probability(float(trace.probs[first]))
    kept, size = count(int(trace.kept.sum())), count(trace.kept.numel())
    bits = _("{n} bits").format(n=number(trace.entropy))
    equally = _("as uncertain as {n} equally likely tokens").format(n=n)
    items = [
        ui.Fact(source.label(first), share, _formula(trace, first)),
        ui.Fact(_("tokens kept"), kept, _("of {n}").format(n=size)),
        ui.Fact(_("entropy"), bits, equally),
    ]
    if tail.count:
        words = _("probability of {n} tokens before the filters").format(n=count(tail.count))
        items.append(ui.Fact(_("hidden tail"), probability(tail.mass), words))
    ui.facts(items)


def _formula(trace: SamplingTrace, first: int) -> str:
    """The softmax over the tokens that are left, with the numbers of the most likely one."""
    z, p = float(trace.logits[first]), float(trace.probs[first])
    temperature = trace.params.temperature
    if temperature == 0:
        return _("T = 0: the largest logit gets probability 1")
    return _(
        "p₁ = e^(z₁/T) ∕ Σ e^(zⱼ/T) = e^({z:.2f}/{T:.2f}) ∕ Σ over {n} tokens = {p:.3f}"
    ).format(z=z * temperature, T=temperature, n=count(int(trace.kept.sum())), p=p)


def _stages(trace: SamplingTrace) -> None:
    """Draw what each filter kept and removed."""

    def row(name: str, kept: int, entropy: float, removed: str = "", cutoff: str = "") -> list[str]:
        return [name, count(kept), removed, number(entropy), number(2.0**entropy), cutoff]

    possible = int((trace.raw_logits > float("-inf")).sum())
    rows = [row(_("no filter"), possible, trace.raw_entropy)]
    for stage in trace.stages:
        removed = _unbroken(probability(stage.removed_mass)) if stage.removed_count else ""
        cutoff = ""
        if stage.cutoff_rank is not None and stage.cutoff_prob is not None:
            cutoff = _unbroken(f"#{count(stage.cutoff_rank)} · {probability(stage.cutoff_prob)}")
        name = controls.stage_name(stage.name)
        rows.append(row(name, stage.kept_count, stage.entropy, removed, cutoff))
    header = [_("after"), _("tokens kept"), _("removed"), _("entropy (bits)"), "2^H", _("cutoff")]
    ui.table(header, rows, numbers=[1, 2, 3, 4, 5])


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")

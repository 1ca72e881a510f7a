"""The distribution, bar by bar, and what each filter does to it."""

from __future__ import annotations

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import HiddenTail, SamplingTrace
from pages.sampling import settings
from pages.sampling.source import Source, shown_source
from ui import _


def draw() -> None:
    """Draw the distribution before and after the filters, and the filters one by one."""
    source = shown_source()
    trace = source.trace(settings.params())
    ids, labels = source.shown(trace)
    tail = charts.tails(trace, ids)
    with ui.figure():
        ui.plot(
            charts.distribution(trace, ids, labels, tail),
            key="distribution",
            alt=_in_words(trace, ids, labels, tail),
            height=440 if len(ids) > 8 else 320,
        )
    _facts(source, trace, tail[0])
    _stages(trace)


def _facts(source: Source, trace: SamplingTrace, tail: HiddenTail) -> None:
    first = int(trace.probs.argmax())
    items = [
        ui.Fact(
            source.label(first), probability(float(trace.probs[first])), _formula(trace, first)
        ),
        ui.Fact(
            _("tokens kept"),
            count(int(trace.kept.sum())),
            _("of {n}").format(n=count(trace.kept.numel())),
        ),
        ui.Fact(
            _("entropy"),
            _("{n} bits").format(n=number(trace.entropy)),
            _("as uncertain as {n} equally likely tokens").format(
                n=number(trace.effective_choices)
            ),
        ),
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
        name = settings.stage_name(stage.name)
        rows.append(row(name, stage.kept_count, stage.entropy, removed, cutoff))
    ui.table(
        [
            _("after"),
            _("tokens kept"),
            _("probability removed"),
            _("entropy (bits)"),
            "2^H",
            _("last token kept"),
        ],
        rows,
        numbers=[1, 2, 3, 4, 5],
    )


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _in_words(
    trace: SamplingTrace, ids: list[int], labels: list[str], tail: tuple[HiddenTail, HiddenTail]
) -> str:
    best = sorted(zip(trace.probs[ids].tolist(), labels, strict=True), reverse=True)[:3]
    return _(
        "Bars: probability of each token before and after the filters. Most likely afterwards: "
        "{best}. {n} tokens are not shown; their total probability is {mass}."
    ).format(
        best=", ".join(f"{label} {probability(p)}" for p, label in best),
        n=count(tail[0].count),
        mass=probability(tail[1].mass),
    )

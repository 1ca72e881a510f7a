"""The distribution, bar by bar, and what each filter does to it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import HiddenTail, SamplingTrace, TokenPath, token_path
from pages.sampling import controls, settings
from pages.sampling.source import Source, card, current_source, in_words
from ui import _


def draw() -> None:
    """Draw the distribution before and after the filters, and the filters one by one."""
    source = current_source(show_problems=True)
    trace = source.trace(settings.params())
    ids, labels = source.shown(trace)
    tails = charts.tails(trace, ids)
    row = selected_row(len(ids) + bool(tails[0].count))
    alt = _("Probability of each token before and after the filters. {top}")
    with ui.figure():
        ui.plot(
            charts.distribution(trace, ids, labels, tails, row),
            key="distribution",
            alt=alt.format(top=in_words(labels, trace.raw_probs[ids], trace.probs[ids])),
            height=640 if len(ids) > 8 else 320,
            on_click=select_row,
        )
    if row < len(ids):
        line = token_line(labels[row], trace, token_path(trace, ids[row]))
    else:
        line = tail_line(*tails)
    ui.note(line, keep=True)
    _facts(source, trace, tails)
    ui.note(_stages_line(trace), keep=True)
    _stages(trace)
    card(source)


def selected_row(rows: int) -> int:
    """Return the selected row of a figure, from 0."""
    return min(controls.row.value, rows) - 1


def select_row(mark: dict[str, Any]) -> None:
    """Select the row of a figure that was clicked."""
    controls.row.set(round(mark["y"]) + 1)


def token_line(label: str, trace: SamplingTrace, path: TokenPath) -> str:
    """Return the arithmetic of one token's probability before and after the filters."""
    if path.raw_logit == float("-inf"):
        return _("“{token}” has probability 0: its logit is −∞, and it is never drawn.").format(
            token=label
        )
    before = _(
        "“{token}”, rank {rank}: before the filters p = e^(z − ln Σ e^z) = e^({z} − {sum}) = {p}."
    ).format(
        token=label, rank=count(path.rank), z=_exponent(path.raw_logit),
        sum=_subtracted(path.raw_log_sum), p=_share(path.raw_prob, trace.raw_probs > 0),
    )  # fmt: skip
    T, kept = trace.params.temperature, count(int(trace.kept.sum()))
    if path.removed_by is not None:
        stage = path.removed_by
        after = _("{stage} removes it; tokens kept: {n}, with {mass} of the probability.").format(
            stage=controls.stage_name(stage.name), n=count(stage.kept_count),
            mass=probability(1 - stage.removed_mass),
        )  # fmt: skip
    elif T == 0:
        after = _("After the filters: T = 0 keeps only the largest logit, so p = 100 %.")
    else:
        if abs(path.logit * T - path.raw_logit) > 1e-3:
            before += " " + _("The penalties change z to {z}.").format(z=_exponent(path.logit * T))
        after = _(
            "After the filters: z/T = {z}/{T} = {scaled}, and over the tokens kept ({n}) "
            "p = e^({scaled} − {sum}) = {p}."
        ).format(
            z=_exponent(path.logit * T), T=f"{T:g}", scaled=_exponent(path.logit), n=kept,
            sum=_subtracted(path.log_sum), p=_share(path.prob, trace.kept),
        )  # fmt: skip
    return f"{before} {after}".replace("= >", ">").replace("= <", "<")


def tail_line(before: HiddenTail, after: HiddenTail) -> str:
    """Return what the figure's last bar stands for."""
    return _(
        "The {n} tokens without a bar of their own have {raw} of the probability before the "
        "filters and {final} after them."
    ).format(n=count(before.count), raw=probability(before.mass), final=probability(after.mass))


def _share(p: float, possible: Tensor) -> str:
    """A probability above 0, which the float format may round to 0 or 1."""
    return charts.share(p, possible) if p else "< 0.01 %"


def _exponent(x: float) -> str:
    return f"{round(x, 3) + 0.0:.3f}".replace("-", "−")


def _subtracted(x: float) -> str:
    text = _exponent(x)
    return f"({text})" if text.startswith("−") else text


def _facts(source: Source, trace: SamplingTrace, tails: tuple[HiddenTail, HiddenTail]) -> None:
    first, n = int(trace.probs.argmax()), number(trace.effective_choices)
    share = charts.share(float(trace.probs[first]), trace.kept)
    kept, size = count(int(trace.kept.sum())), count(trace.kept.numel())
    items = [
        ui.Fact(
            _("most likely token"),
            source.label(first),
            _("{p} after the filters").format(p=share),
        ),
        ui.Fact(_("tokens kept"), kept, _("of {n} tokens").format(n=size)),
        ui.Fact(
            _("entropy"),
            _("{n} bits").format(n=number(trace.entropy)),
            _("as uncertain as {n} equally likely tokens").format(n=n),
            _(
                "The average surprisal −log₂ p of a token drawn from the distribution after the "
                "filters. 2 to the power of the entropy is the perplexity, the number of equally "
                "likely tokens with the same entropy."
            ),
        ),
    ]
    before, after = tails
    if before.count:
        words = _("after the filters; {p} before the filters ({n} tokens)")
        items.append(
            ui.Fact(
                _("hidden tail"),
                probability(after.mass),
                words.format(p=probability(before.mass), n=count(before.count)),
                _(
                    "The total probability of the tokens that have no bar of their own in the "
                    "figure; the last bar shows it."
                ),
            )
        )
    ui.facts(items)


def _stages_line(trace: SamplingTrace) -> str:
    """Return one sentence on what the filters do, in running order."""
    parts, entropy = [], trace.raw_entropy
    for stage in trace.stages:
        name = controls.stage_name(stage.name)
        if stage.removed_count:
            words = _("{stage}: tokens removed {n}, with {mass} of the probability")
        else:
            words = _("{stage}: entropy from {before} to {after} bits")
        parts.append(
            words.format(
                stage=name, n=count(stage.removed_count), mass=probability(stage.removed_mass),
                before=number(entropy), after=number(stage.entropy),
            )
        )  # fmt: skip
        entropy = stage.entropy
    if not parts:
        return _("No filter is on: the token is drawn from the softmax of the raw logits.")
    return _("In order: {parts}.").format(parts=_("; ").join(parts))


def _stages(trace: SamplingTrace) -> None:
    """Draw what each filter kept and removed."""

    def row(name: str, kept: int, entropy: float, removed: str = "", least: str = "") -> list[str]:
        return [name, count(kept), removed, number(entropy), number(2.0**entropy), least]

    possible = int((trace.raw_logits > float("-inf")).sum())
    rows = [row(_("no filter"), possible, trace.raw_entropy)]
    for stage in trace.stages:
        removed = _unbroken(probability(stage.removed_mass)) if stage.removed_count else ""
        least = ""
        if stage.cutoff_rank is not None and stage.cutoff_prob is not None:
            least = _unbroken(f"#{count(stage.cutoff_rank)} · {probability(stage.cutoff_prob)}")
        name = controls.stage_name(stage.name)
        rows.append(row(name, stage.kept_count, stage.entropy, removed, least))
    header = [
        _("after"), _("tokens kept"), _("probability removed"), _("entropy (bits)"),
        _("perplexity"), _("least likely token kept"),
    ]  # fmt: skip
    ui.table(header, rows, numbers=[1, 2, 3, 4, 5])
    ui.note(
        _(
            "Probabilities removed, and the rank and probability of the least likely token kept, "
            "are those in front of each filter."
        )
    )


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")

"""Mistakes that people make with sampling, each shown by running it."""

from __future__ import annotations

from dataclasses import replace

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import (
    ORDERS,
    WORKED_PROBS,
    WORKED_TOKENS,
    SamplingParams,
    SamplingTrace,
    hidden_tail,
    temperature_on_probabilities_trace,
    total_variation,
)
from pages.sampling import controls, settings
from pages.sampling.compare import distance_help, draw_pair
from pages.sampling.source import Source, current_source
from ui import _

TOP = 50  # tokens that some tools show
ROWS = 8  # tokens around the one that crosses p


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Apply temperature to logits, not to probabilities"),
            _(
                "The worked table, after top-k 3 and top-p 0.8, at T = 0.7: a softmax of the "
                "*probabilities* divided by T gives 0.660 and 0.340. With logits it is 0.848 and "
                "0.152, which is p^(1/T), renormalized. Two probabilities differ by at most as "
                "much as their logarithms, so for T > 0 the mistake gives a flatter distribution "
                "than the correct one. Even T = 1 does not return p."
            ),
            _temperature_mistake,
        ),
        ui.Pitfall(
            _("The order of the filters matters"),
            _(
                "The same settings, with the temperature first and with the temperature last. A "
                "temperature above 1 moves probability into the tail, so top-p keeps as many "
                "tokens or more if it comes after the temperature. Below 1 it is the reverse."
            ),
            _order_matters,
        ),
        ui.Pitfall(
            _("Top-p keeps the token that crosses p"),
            _(
                "The nucleus is the smallest set whose probability *reaches* p. Its probability is "
                "at least p, never less, and at least one token is kept even at p = 0."
            ),
            _crossing,
        ),
        ui.Pitfall(
            _("A softmax over the top 50 is not the softmax"),
            _(
                "Some tools show only the top 50 tokens, renormalized to sum to 1. Every bar is "
                "then too long by the same factor, 1 divided by the probability of the top 50. "
                "Here are both for the current prompt."
            ),
            _top_fifty,
        ),
    ]


def _temperature_mistake() -> None:
    """The worked table with the temperature on logits and on probabilities."""
    trace = temperature_on_probabilities_trace(
        WORKED_PROBS, controls.worked_temperature.draw(), 3, 0.8
    )
    correct, mistaken = trace.right, trace.mistake
    rows = [
        (_("the table"), trace.probs, ""),
        (_("after top-k 3, renormalized"), trace.top_k_probs, ""),
        (_("kept by top-p 0.8"), trace.raw_kept, ""),
        (_("on probabilities: softmax(p / T)"), mistaken, ""),
        (_("on logits: softmax(log p / T)"), correct, "marked"),
    ]
    ui.table(
        [_("step"), *WORKED_TOKENS],
        [
            ui.Row([name, *(_decimal(p) if p else "–" for p in values.tolist())], mark)
            for name, values, mark in rows
        ],
        numbers=[1, 2, 3, 4],
    )
    temperature = controls.worked_temperature.value
    ui.note(
        _(
            "At T = {T}, {first} is {correct} times as likely as {second} on logits, "
            "({p} / {q})^(1/T), but {mistaken} times on probabilities, e^(({p} − {q})/T)."
        ).format(
            T=f"{temperature:g}", first=WORKED_TOKENS[0], second=WORKED_TOKENS[1],
            p=WORKED_PROBS[0], q=WORKED_PROBS[1],
            correct=number(trace.ratios[0]), mistaken=number(trace.ratios[1]),
        ),
        keep=True,
    )  # fmt: skip
    ui.plot(
        charts.side_by_side(
            correct,
            mistaken,
            WORKED_TOKENS,
            (_("on logits (correct)"), _("on probabilities (mistake)")),
        ),
        key="slip",
        alt=_("{token}: {correct} on logits, {mistaken} on probabilities.").format(
            token=WORKED_TOKENS[0],
            correct=probability(float(correct[0])),
            mistaken=probability(float(mistaken[0])),
        ),
        height=280,
    )


def _decimal(p: float) -> str:
    """A probability above 0 with three decimals, which never reads as 0 or 1."""
    return "< 0.001" if p < 0.0005 else "> 0.999" if 0.9995 <= p < 1 else f"{p:.3f}"


def _order_matters() -> None:
    """The current settings in two orders; an example where the order makes no difference."""
    source = current_source()
    first, second = _both_orders(source, settings.params())
    if total_variation(first.probs, second.probs) == 0:
        first, second = _both_orders(source, SamplingParams(temperature=2.0, top_p=0.8))
        ui.note(
            _(
                "Both orders give the same distribution for the current settings, so this shows T "
                "= 2 and top-p 0.8."
            )
        )
    distance = probability(total_variation(first.probs, second.probs))
    ui.facts(
        [
            ui.Fact(_("kept, temperature first"), count(int(first.kept.sum()))),
            ui.Fact(_("kept, temperature last"), count(int(second.kept.sum()))),
            ui.Fact(_("total variation distance"), distance, help=distance_help()),
        ]
    )
    names = (_("temperature first"), _("temperature last"))
    ui.note(draw_pair(source, first, second, names, "orders"))


def _both_orders(source: Source, params: SamplingParams) -> tuple[SamplingTrace, SamplingTrace]:
    first, second = (
        source.trace(replace(params, order=ORDERS[name])) for name in ("transformers", "llama.cpp")
    )
    return first, second


def _crossing() -> None:
    """The cumulative probability around the token that crosses p."""
    source = current_source()
    p = controls.settings["top_p"].value
    trace = source.trace(SamplingParams(top_p=p))
    kept = int(trace.kept.sum())
    start = max(0, min(kept - ROWS // 2, trace.order.numel() - ROWS))
    rows = []
    for rank, token in enumerate(trace.order[start : start + ROWS].tolist(), start + 1):
        verdict = _("kept") if rank <= kept else _("removed")
        if rank == kept and p < 1:
            verdict = _("kept: crosses p")
        reached = hidden_tail(trace.raw_probs, trace.order[:rank]).shown_mass
        share = probability(float(trace.raw_probs[token]))
        cells = [count(rank), source.label(token), share, f"{reached:.4f}", verdict]
        rows.append(ui.Row(cells, "marked" if rank == kept else "off" * (rank > kept)))
    ui.note(_("Top-p {p} keeps {n} tokens.").format(p=number(p), n=count(kept)))
    header = [_("rank"), _("token"), _("probability"), _("cumulative"), ""]
    ui.table(header, rows, numbers=[0, 2, 3])


def _top_fifty() -> None:
    """The softmax over all tokens beside the one over the top 50."""
    source = current_source()
    whole = source.trace(SamplingParams())
    cut = source.trace(SamplingParams(top_k=TOP))
    tail = hidden_tail(whole.raw_probs, whole.order[:TOP])
    if not tail.count:
        ui.note(_("The table has at most 50 tokens. Choose the model to see a difference."))
    token = int(whole.order[0])
    names = (_("over all tokens"), _("over the top 50"))
    shares = (charts.share(float(trace.probs[token]), trace.kept) for trace in (whole, cut))
    words = _("{n} tokens; every bar of the top 50 is {x} times as long as it should be")
    words = words.format(n=count(tail.count), x=number(tail.inflation))
    ui.facts(
        [
            *(ui.Fact(source.label(token), *pair) for pair in zip(shares, names, strict=True)),
            ui.Fact(_("left out"), probability(tail.mass), words),
        ]
    )
    ui.note(draw_pair(source, whole, cut, names, "top_fifty"))

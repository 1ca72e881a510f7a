"""The mistakes that people really make with sampling, each shown by running it."""

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
    sampling_trace,
    temperature_on_probabilities_trace,
    total_variation,
)
from pages.sampling_parts import settings
from pages.sampling_parts.source import Source, source_of_session
from ui import _

TOP = 50  # what the widely used explainer shows


def pitfalls() -> list[ui.Pitfall]:
    """All of them, as the page lists them."""
    return [
        ui.Pitfall(
            _("Temperature belongs to logits, not to probabilities"),
            _(
                "Top-k 3, top-p 0.8 and T = 0.7 on the classic table: notes that divide the "
                "*probabilities* by T and take the softmax of that get 0.660 / 0.340. On logits "
                "it is 0.848 / 0.152, which is p^(1/T) made to sum to 1. Probabilities lie within "
                "1 of each other, so the wrong way flattens at every temperature: even at T = 1 it "
                "does not give p back."
            ),
            temperature_slip,
        ),
        ui.Pitfall(
            _("The order of the filters matters"),
            _(
                "The same settings, once with the temperature first and once with it last. A high "
                "temperature moves mass into the tail before top-p looks, so more tokens pass."
            ),
            order_matters,
        ),
        ui.Pitfall(
            _("Top-p keeps the token that crosses p"),
            _(
                "The nucleus is the smallest set whose probability *reaches* p, so its mass is at "
                "least p, never less, and at least one token stays even at p = 0."
            ),
            crossing,
        ),
        ui.Pitfall(
            _("A softmax over the top 50 is not the softmax"),
            _(
                "A widely used explainer shows the top 50 tokens and makes them sum to 1. Where "
                "the tail is heavy every bar comes out too long: 35.0 % where the truth is 29.4 %. "
                "Below: the prompt of this page, both ways."
            ),
            top_fifty,
        ),
    ]


def temperature_slip() -> None:
    """The worked table with the temperature on logits and on probabilities."""
    t = ui.live_slider(
        _("Temperature"), 0.05, 5, 0.7, 0.05, key="slip_T", help=_("In the notes 0.7.")
    )
    slip = temperature_on_probabilities_trace(WORKED_PROBS, t, 3, 0.8)
    rows = [
        (_("the table"), slip.probs),
        (_("after top-k 3, made to sum to 1"), slip.top_k_probs),
        (_("left after top-p 0.8"), slip.raw_kept),
        (_("on probabilities: softmax(p / T)"), slip.slip),
        (_("on logits: softmax(log p / T)"), slip.right),
    ]
    ui.table(
        [_("step"), *WORKED_TOKENS],
        [
            ui.Row(
                [name, *(f"{p:.3f}" if p else "–" for p in values.tolist())],
                "marked" if values is slip.right else "",
            )
            for name, values in rows
        ],
        numbers=[1, 2, 3, 4],
    )
    right, wrong = float(slip.right[0]), float(slip.slip[0])
    ui.plot(
        charts.temperature_slip(slip, WORKED_TOKENS),
        key="slip",
        alt=_("{token}: {right} on logits, {wrong} on probabilities.").format(
            token=WORKED_TOKENS[0], right=probability(right), wrong=probability(wrong)
        ),
        height=280,
    )


def order_matters() -> None:
    """The settings of the page in two orders; where they do nothing, those of the example."""
    source = source_of_session()
    if source is None:
        return
    first, second = _both_orders(source, settings.params())
    if total_variation(first.probs, second.probs) == 0:
        first, second = _both_orders(source, SamplingParams(temperature=2.0, top_p=0.8))
        ui.note(_("Your settings give the same in both orders; here T = 2 and top-p 0.8."))
    ids = charts.shown_ids(first, 10)
    labels = source.labels(ids)
    ui.facts(
        [
            ui.Fact(_("temperature first keeps"), count(int(first.kept.sum()))),
            ui.Fact(_("temperature last keeps"), count(int(second.kept.sum()))),
            ui.Fact(
                _("total variation distance"),
                probability(total_variation(first.probs, second.probs)),
            ),
        ]
    )
    names = (_("temperature first"), _("temperature last"))
    ui.plot(
        charts.side_by_side(first.probs[ids], second.probs[ids], labels, names),
        key="orders",
        alt=_("{token}: {a} with the temperature first, {b} with it last.").format(
            token=labels[0],
            a=probability(float(first.probs[ids[0]])),
            b=probability(float(second.probs[ids[0]])),
        ),
        height=380,
    )


def _both_orders(source: Source, params: SamplingParams) -> tuple[SamplingTrace, SamplingTrace]:
    first, second = (
        sampling_trace(source.logits, replace(params, order=ORDERS[name]), source.ids, source.order)
        for name in ("transformers", "llama.cpp")
    )
    return first, second


def crossing() -> None:
    """The running sum of the likeliest tokens, and the one that crosses p."""
    source = source_of_session()
    if source is None:
        return
    p = float(settings.value("p"))
    trace = sampling_trace(source.logits, SamplingParams(top_p=p), source.ids, source.order)
    kept = int(trace.kept.sum())
    start = max(0, min(kept - 4, trace.order.numel() - 8))
    rows = []
    for place in range(start, min(start + 8, trace.order.numel())):
        token = int(trace.order[place])
        reached = hidden_tail(trace.raw_probs, trace.order[: place + 1]).shown_mass
        verdict = _("kept") if place + 1 < kept else _("removed")
        if place + 1 == kept:
            verdict = _("kept: crosses p") if p < 1 else _("kept")
        cells = [
            count(place + 1),
            source.label(token),
            probability(float(trace.raw_probs[token])),
            f"{reached:.4f}",
            verdict,
        ]
        rows.append(ui.Row(cells, "marked" if place + 1 == kept else "off" * (place >= kept)))
    ui.note(_("Top-p {p}: {n} tokens stay.").format(p=number(p), n=count(kept)))
    ui.table(
        [_("rank"), _("token"), _("probability"), _("sum so far"), ""], rows, numbers=[0, 2, 3]
    )


def top_fifty() -> None:
    """The true softmax beside the one over the top 50."""
    source = source_of_session()
    if source is None:
        return
    whole = sampling_trace(source.logits, SamplingParams(), source.ids, source.order)
    cut = sampling_trace(source.logits, SamplingParams(top_k=TOP), source.ids, source.order)
    tail = hidden_tail(whole.raw_probs, whole.order[:TOP])
    if not tail.count:
        ui.note(_("The table has no tail to hide. Take the model as the source of logits."))
    ids = charts.shown_ids(whole, 10)
    labels = source.labels(ids)
    true, false = float(whole.probs[ids[0]]), float(cut.probs[ids[0]])
    ui.facts(
        [
            ui.Fact(labels[0], probability(true), _("the truth: softmax over all tokens")),
            ui.Fact(labels[0], probability(false), _("softmax over the top 50")),
            ui.Fact(
                _("left out"),
                probability(tail.mass),
                _("{n} tokens; every bar is drawn {x} times its length").format(
                    n=count(tail.count), x=number(tail.inflation)
                ),
            ),
        ]
    )
    ui.plot(
        charts.side_by_side(
            whole.probs[ids], cut.probs[ids], labels, (_("over all tokens"), _("over the top 50"))
        ),
        key="top_fifty",
        alt=_("{token}: {true} over all tokens, {false} over the top 50.").format(
            token=labels[0], true=probability(true), false=probability(false)
        ),
        height=380,
    )

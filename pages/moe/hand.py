"""Routing step by step: logits, softmax, top-k, gates, queues and weighted sum of each token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import TokenStep
from pages.moe import batch, controls, hand_words
from pages.moe.batch import Batch
from ui import _


def draw() -> None:
    """Draw the router's table and the queues after the current token, and its numbers."""
    current = batch.current()
    if current is None:
        ui.note(_("Type at least one word. Each word becomes a token."), keep=True)
        return
    words = [ui.plain(word) for word in current.settings.words]
    stage, expert = controls.stage.value, controls.pick.value - 1
    with ui.figure():
        # Step 0 is the state before any token.
        at = controls.token.draw(len(words) + 1) - 1
        step = current.steps[at] if at >= 0 else None
        word = words[at] if step else ""
        ui.plot(
            charts.router(current.trace, words, stage, at, expert),
            key="moe_router",
            alt=_("Router table, {stage}: {n} tokens and {e} experts. {token}").format(
                stage=controls.stage.names[stage],
                n=len(words),
                e=current.settings.experts,
                token="" if step is None else hand_words.destination(step, word),
            ),
            height=460,
            on_click=_picked,
        )
    with ui.second_figure():
        _queues(current, words, at)
    ui.note(hand_words.sentence(current, step, word, stage), keep=True)
    ui.formula(hand_words.cell(current, step, expert, stage))
    ui.formula(hand_words.token(current, step))
    _facts(current)
    if len(batch.split_words(controls.words.value)) > len(words):
        ui.note(_("The first {n} words are used.").format(n=len(words)))
    _row(current, step)
    _sum(current, step)
    _rounds(current)
    _balance(current)


def _picked(mark: dict[str, Any]) -> None:
    """Select the token and the expert of a clicked cell."""
    if isinstance(mark["point"], list):
        row, column = mark["point"]
        controls.token.set(row + 1)
        controls.pick.set(column + 1)


def _queues(current: Batch, words: Sequence[str], at: int) -> None:
    step = current.steps[at] if at >= 0 else None
    queue = step.queue if step else [0] * current.settings.experts
    load = ", ".join(f"{charts.name(e)} {n}" for e, n in enumerate(queue))
    ui.plot(
        charts.queues(current.trace, words, at),
        key="moe_queues",
        alt=_("Queues of the experts after token {at}: {load}; {dropped} dropped.").format(
            at=at + 1, load=load, dropped=current.trace.routing.dropped
        ),
        height=460,
    )


def _rounds(current: Batch) -> None:
    """Draw how even the load is after each round of loss-free balancing."""
    rounds = current.settings.bias_rounds
    demand = ", ".join(
        f"{charts.name(e)} {n}" for e, n in enumerate(current.trace.routing.demand.tolist())
    )
    words = (
        _("After round {n} of loss-free balancing, the load is {demand}. The busiest expert "
          "exceeds the mean by {excess} (excess load).")
        if rounds
        else _("Loss-free balancing is off. The load is {demand}. The busiest expert exceeds the "
               "mean by {excess} (excess load).")
    )  # fmt: skip
    said = words.format(n=rounds, demand=demand, excess=probability(current.load.max_violation))
    ui.note(said, keep=True)
    ui.plot(
        charts.imbalance(batch.rounds(current.settings), controls.MAX_ROUNDS, rounds),
        key="moe_imbalance",
        alt=said,
        height=190,
    )


def _facts(current: Batch) -> None:
    routing, settings = current.trace.routing, current.settings
    capacity = _("no limit") if routing.capacity is None else str(routing.capacity)
    dropped = f"{routing.dropped} / {routing.kept.numel()}"
    fully_dropped = _("fully dropped tokens: {n}").format(n=int(routing.fully_dropped.sum()))
    most = number(settings.experts / settings.top_k)
    bounds = _("1 if balanced, at most {e}").format(e=most)
    busiest = _("of {n}; the busiest is {share} above the mean").format(
        n=settings.experts, share=probability(current.load.max_violation)
    )
    ui.facts(
        [
            ui.Fact(
                _("capacity"), capacity, _("tokens per expert"),
                help=_("The most tokens that an expert accepts from this batch."),
            ),
            ui.Fact(
                _("dropped assignments"), dropped, fully_dropped,
                help=_("A token is assigned to k experts. An assignment is dropped if its expert "
                       "is full."),
            ),
            ui.Fact(
                _("balancing loss"), number(float(current.balance.loss)), bounds,
                help=_("N · Σ f · P over the N experts: f is an expert’s share of the assignments, "
                       "P its mean probability. Both sum to 1."),
            ),
            ui.Fact(
                _("z-loss"), number(current.z_loss), _("mean of (log Σ eᶻ)²"),
                help=_("A penalty on large logits z, which keeps the router numerically stable."),
            ),
            ui.Fact(
                _("effective experts"), number(current.load.effective_experts), busiest,
                help=_("2 to the power of the entropy (in bits) of the load: the number of equally "
                       "loaded experts with the same entropy."),
            ),
        ]
    )  # fmt: skip


def _sum(current: Batch, step: TokenStep | None) -> None:
    """Draw the weighted sum, component by component."""
    head = [_("component"), *(str(i + 1) for i in range(batch.DIM))]
    rows = _terms(current, step) if step else []
    ui.table(head, rows, numbers=range(1, batch.DIM + 1))


def _terms(current: Batch, step: TokenStep) -> list[ui.Row]:
    rows = []
    for i, (expert, gate, kept) in enumerate(zip(step.experts, step.gates, step.kept, strict=True)):
        term = f"{charts.fraction(gate)} · {charts.name(expert)}(x)"
        cells = map(charts.two_decimals, step.contributions[i].tolist())
        rows.append(ui.Row([term if kept else f"✕ {term}", *cells], "" if kept else "off"))
    if current.settings.shared:
        rows.append(ui.Row([_("shared(x)"), *map(charts.two_decimals, step.shared.tolist())]))
    output = map(charts.two_decimals, step.output.tolist())
    rows.append(ui.Row([_("sum = output"), *output], "marked"))
    return rows


def _row(current: Batch, step: TokenStep | None) -> None:
    """Draw the token's numbers for every expert."""
    biased = bool(current.bias.any())
    head = [_("expert"), _("logit"), _("probability"), *([_("with bias")] if biased else [])]
    head += [_("gate"), _("position"), _("result")]
    rows = _experts(current, step, biased) if step else []
    ui.table(head, rows, numbers=range(1, len(head) - 1))


def _experts(current: Batch, step: TokenStep, biased: bool) -> list[ui.Row]:
    routing, at = current.trace.routing, step.token
    rows = []
    for e in range(current.settings.experts):
        logit, p = float(routing.logits[at, e]), float(routing.probs[at, e])
        cells = [charts.name(e), charts.two_decimals(logit), probability(p, 2)]
        cells += [charts.two_decimals(float(routing.selection[at, e]))] if biased else []
        if e not in step.experts:
            rows.append(ui.Row([*cells, "", "", _("not chosen")], "off"))
            continue
        i = step.experts.index(e)
        result = _("accepted") if step.kept[i] else _("dropped: full")
        cells += [charts.fraction(step.gates[i]), str(int(routing.position[at, i]) + 1), result]
        rows.append(ui.Row(cells, "marked" if step.kept[i] else ""))
    return rows


def _balance(current: Batch) -> None:
    """Draw the terms of the balancing loss, and the bias."""
    balance, routing = current.balance, current.trace.routing
    rows = [
        (
            charts.name(e), str(int(routing.demand[e])), str(int(routing.load[e])),
            number(float(balance.fraction[e])), number(float(balance.mean_prob[e])),
            number(float(balance.products[e])), number(float(current.bias[e]), 2),
        )
        for e in range(current.settings.experts)
    ]  # fmt: skip
    head = (
        _("expert"), _("chosen by"), _("accepted"), _("f: share of assignments"),
        _("P: mean probability"), "f · P", _("bias"),
    )  # fmt: skip
    ui.table(head, rows, numbers=range(1, 7))
    ui.note(
        _("Balancing loss = experts × Σ f · P = {e} × {sum} = {loss}.").format(
            e=current.settings.experts,
            sum=number(float(balance.products.sum())),
            loss=number(float(balance.loss)),
        )
    )

"""Routing step by step: logits, softmax, top-k, gates, queues and weighted sum of each token."""

from __future__ import annotations

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import TokenStep
from pages.moe import batch, controls
from pages.moe.batch import Batch
from ui import _


def draw() -> None:
    """Draw the router's table and the queues after the current token, and its numbers."""
    current = batch.current()
    if current is None:
        ui.note(_("Type at least one word. Each word becomes a token."), keep=True)
        return
    words = [ui.plain(word) for word in current.settings.words]
    stage = controls.stage.value
    with ui.figure():
        # Step 0 is the state before any token.
        at = controls.token.draw(len(words) + 1) - 1
        step = current.steps[at] if at >= 0 else None
        ui.plot(
            charts.router(current.trace, words, stage, at),
            key="moe_router",
            alt=_("Router table, {stage}: {n} tokens and {e} experts. {token}").format(
                stage=controls.stage.names[stage],
                n=len(words),
                e=current.settings.experts,
                token="" if step is None else _destination(step, words[at]),
            ),
            height=460,
        )
    with ui.second_figure():
        queue = step.queue if step else [0] * current.settings.experts
        load = ", ".join(f"{charts.name(e)} {n}" for e, n in enumerate(queue))
        dropped = current.trace.routing.dropped
        ui.plot(
            charts.queues(current.trace, words, at),
            key="moe_queues",
            alt=_("Queues of the experts after token {at}: {load}; {dropped} dropped.").format(
                at=at + 1, load=load, dropped=dropped
            ),
            height=460,
        )
    _facts(current)
    if len(batch.split_words(controls.words.value)) > len(words):
        ui.note(_("The first {n} words are used.").format(n=len(words)))
    if step is not None:
        _token(current, step)
    _balance(current)


def _destination(step: TokenStep, word: str) -> str:
    """Say where a token is routed."""
    parts = [
        (_("{expert} with gate {gate}") if kept else _("{expert}, which is full")).format(
            expert=charts.name(expert), gate=number(gate, 2)
        )
        for expert, gate, kept in zip(step.experts, step.gates, step.kept, strict=True)
    ]
    return _("Token {n}, {word}, is routed to {experts}.").format(
        n=step.token + 1, word=word, experts=", ".join(parts)
    )


def _facts(current: Batch) -> None:
    routing, settings = current.trace.routing, current.settings
    capacity = _("no limit") if routing.capacity is None else str(routing.capacity)
    dropped = f"{routing.dropped} / {routing.kept.numel()}"
    fully_dropped = _("fully dropped tokens: {n}").format(n=int(routing.fully_dropped.sum()))
    bounds = _("{k} if balanced, at most {e}").format(k=settings.top_k, e=settings.experts)
    busiest = _("of {n}; the busiest is {share} above the mean").format(
        n=settings.experts, share=probability(current.load.max_violation)
    )
    ui.facts(
        [
            ui.Fact(_("capacity"), capacity, _("tokens per expert")),
            ui.Fact(_("dropped assignments"), dropped, fully_dropped),
            ui.Fact(_("balancing loss"), number(float(current.balance.loss)), bounds),
            ui.Fact(_("z-loss"), number(current.z_loss), _("mean of (log Σ eᶻ)²")),
            ui.Fact(_("effective experts"), number(current.load.effective_experts), busiest),
        ]
    )


def _token(current: Batch, step: TokenStep) -> None:
    """Draw the token's row of the router, its formula and its weighted sum."""
    ui.formula(_formula(current, step))
    _row(current, step)
    _sum(current, step)
    if bool(current.trace.routing.fully_dropped[step.token]):
        ui.note(
            _(
                "All experts of this token are full. Only the residual connection and the shared "
                "experts, if any, carry it on."
            )
        )


def _sum(current: Batch, step: TokenStep) -> None:
    """Draw the weighted sum, component by component."""
    rows = []
    for i, (expert, gate, kept) in enumerate(zip(step.experts, step.gates, step.kept, strict=True)):
        term = f"{gate:.2f} · {charts.name(expert)}(x)"
        cells = map(charts.two_decimals, step.contributions[i].tolist())
        rows.append(ui.Row([term if kept else f"✕ {term}", *cells], "" if kept else "off"))
    if current.settings.shared:
        rows.append(ui.Row([_("shared(x)"), *map(charts.two_decimals, step.shared.tolist())]))
    output = map(charts.two_decimals, step.output.tolist())
    rows.append(ui.Row([_("sum = output"), *output], "marked"))
    size = len(step.output)
    head = [_("component"), *(str(i + 1) for i in range(size))]
    ui.table(head, rows, numbers=range(1, size + 1))


def _formula(current: Batch, step: TokenStep) -> str:
    """Return the gates from the logits, then the weighted sum, with the token's numbers."""
    routing, at = current.trace.routing, step.token
    chosen = list(step.experts)
    gates = ",\\ ".join(f"{gate:.2f}" for gate in step.gates)
    if current.settings.normalize == "after":
        logits = ",\\ ".join(f"{z:.2f}" for z in routing.logits[at, chosen].tolist())
        source = rf"\operatorname{{softmax}}({logits})"
    else:
        probs = ",\\ ".join(f"p_{{{expert + 1}}}" for expert in chosen)
        source = f"({probs})"
    terms = [
        ("{}" if kept else r"\cancel{{{}}}").format(rf"{gate:.2f}\,E_{{{expert + 1}}}(x)")
        for expert, gate, kept in zip(step.experts, step.gates, step.kept, strict=True)
    ]
    terms += [f"S_{{{i + 1}}}(x)" for i in range(current.settings.shared)]
    return (
        rf"\begin{{aligned}}g_{{{at + 1}}}&={source}=({gates})\\"
        rf"y_{{{at + 1}}}&={'+'.join(terms)}\end{{aligned}}"
    )


def _row(current: Batch, step: TokenStep) -> None:
    """Draw the token's numbers for every expert."""
    routing, at = current.trace.routing, step.token
    biased = bool(current.bias.any())
    head = [_("expert"), _("logit"), _("probability"), *([_("with bias")] if biased else [])]
    head += [_("gate"), _("position"), _("result")]
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
        cells += [charts.two_decimals(step.gates[i]), str(int(routing.position[at, i]) + 1), result]
        rows.append(ui.Row(cells, "marked" if step.kept[i] else ""))
    ui.table(head, rows, numbers=range(1, len(head) - 1))


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
        _("expert"), _("chosen by"), _("accepted"), _("f: share of tokens"),
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

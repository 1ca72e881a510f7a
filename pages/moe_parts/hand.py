"""The router by hand: logits, softmax, top-k, gates, queues, weighted sum, token by token."""

from __future__ import annotations

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import TokenStep
from pages.moe_parts import batch
from pages.moe_parts.batch import Batch
from pages.moe_parts.hand_controls import controls
from pages.moe_parts.now import now
from ui import _


def draw() -> None:
    """Draw the view."""
    settings, words = controls()
    if not words:
        ui.note(_("Type a word or two: each becomes a token."))
        return
    held = batch.run(settings)
    now().batch = held
    ratio = [1.2, 1] if ui.presenting() else [1, 1.1]  # the larger choice stays on one line
    stage_place, step_place = st.columns(ratio, gap="medium", vertical_alignment="bottom")
    with stage_place:
        stage = ui.choice(
            _("The router's table shows"), _stages(), key="moe_stage", value="dispatch"
        )
    with step_place:
        at = (
            ui.stepper(_("Token"), len(words) + 1, key="moe_at", value=len(words), name=_("token"))
            - 1
        )
    labels = [ui.plain(word) for word in words]
    step = held.steps[at] if at >= 0 else None
    left, right = st.columns([1, 1.1], gap="medium")
    height = 104 + 22 * max(len(words), 8)
    with left:
        ui.plot(
            charts.router(held.trace, labels, stage, at),
            key="moe_router",
            alt=_("The router's table, {stage}: {n} tokens and {e} experts. {token}").format(
                stage=_stages()[stage],
                n=len(words),
                e=settings.experts,
                token="" if step is None else _said(step, labels[at]),
            ),
            height=height,
        )
    with right:
        ui.plot(
            charts.queues(held.trace, labels, at),
            key="moe_queues",
            alt=_("The experts' queues after token {at}: {load}; {dropped} dropped in all.").format(
                at=at + 1,
                load=_queue(step),
                dropped=held.trace.routing.dropped,
            ),
            height=height,
        )
    _facts(held)
    if step is None:
        ui.note(_("Step forward: the tokens take their places one after the other."))
    else:
        _token(held, step, labels[at])
    if not ui.presenting():
        _balance(held)


def _stages() -> dict[str, str]:
    return {
        "logits": _("1 logits"),
        "softmax": _("2 softmax"),
        "chosen": _("3 top-k"),
        "gates": _("4 gates"),
        "dispatch": _("5 dispatch"),
    }


def _queue(step: TokenStep | None) -> str:
    if step is None:
        return _("empty")
    return ", ".join(f"{charts.name(e)} {n}" for e, n in enumerate(step.queue))


def _said(step: TokenStep, word: str) -> str:
    """One token's fate in words."""
    parts = [
        (_("{expert} with gate {gate}") if kept else _("{expert}, which is full")).format(
            expert=charts.name(expert), gate=number(gate, 2)
        )
        for expert, gate, kept in zip(step.experts, step.gates, step.kept, strict=True)
    ]
    return _("Token {n}, {word}, goes to {experts}.").format(
        n=step.token + 1, word=word, experts=", ".join(parts)
    )


def _facts(held: Batch) -> None:
    routing = held.trace.routing
    lost = int(routing.lost.sum())
    total = routing.kept.numel()
    room = _("no limit") if routing.capacity is None else str(routing.capacity)
    ui.facts(
        [
            ui.Fact(_("places per expert"), room, _("the capacity")),
            ui.Fact(
                _("dropped"),
                f"{routing.dropped} / {total}",
                _("tokens left without any expert: {n}").format(n=lost),
            ),
            ui.Fact(
                _("balancing loss"),
                number(float(held.balance.loss)),
                _("{k} when even, {e} at most").format(
                    k=held.settings.top_k, e=held.settings.experts
                ),
            ),
            ui.Fact(_("z-loss"), number(held.z_loss), _("mean of (log Σ eᶻ)²")),
            ui.Fact(
                _("effective experts"),
                number(held.load.effective_experts),
                _("of {n}; the fullest is {share} over the mean").format(
                    n=held.settings.experts, share=probability(held.load.max_violation)
                ),
            ),
        ]
    )


def _token(held: Batch, step: TokenStep, word: str) -> None:
    """The token's way: its row in numbers, its formula, its sum."""
    routing, at = held.trace.routing, step.token
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        _row(held, step)
    with right:
        _sum(held, step)
    ui.formula(_formula(held, step))
    if bool(routing.lost[at]):
        ui.note(_("All its experts were full: only the residual remains, and what is shared."))


def _sum(held: Batch, step: TokenStep) -> None:
    """The weighted sum, component by component."""
    rows = []
    for i, (expert, gate, kept) in enumerate(zip(step.experts, step.gates, step.kept, strict=True)):
        term = f"{gate:.2f} · {charts.name(expert)}(x)"
        cells = [charts.two_decimals(v) for v in step.contributions[i].tolist()]
        rows.append(ui.Row([term if kept else f"✕ {term}", *cells], "" if kept else "off"))
    if held.settings.shared:
        rows.append(
            ui.Row([_("shared(x)"), *(charts.two_decimals(v) for v in step.shared.tolist())])
        )
    rows.append(
        ui.Row(
            [_("sum = output"), *(charts.two_decimals(v) for v in step.output.tolist())], "marked"
        )
    )
    size = len(step.output)
    head = [_("component"), *(str(i + 1) for i in range(size))]
    ui.table(head, rows, numbers=range(1, size + 1))


def _formula(held: Batch, step: TokenStep) -> str:
    """The gates from the logits, then the weighted sum, both with the token's numbers."""
    routing, at = held.trace.routing, step.token
    chosen = list(step.experts)
    gates = ",\\ ".join(f"{gate:.2f}" for gate in step.gates)
    if held.settings.normalize == "after":
        logits = ",\\ ".join(f"{z:.2f}" for z in routing.logits[at, chosen].tolist())
        source = rf"\operatorname{{softmax}}({logits})"
    else:
        probs = ",\\ ".join(f"p_{{{expert + 1}}}" for expert in chosen)
        source = f"({probs})"
    terms = [
        ("{}" if kept else r"\cancel{{{}}}").format(rf"{gate:.2f}\,E_{{{expert + 1}}}(x)")
        for expert, gate, kept in zip(step.experts, step.gates, step.kept, strict=True)
    ]
    terms += [f"S_{{{i + 1}}}(x)" for i in range(held.settings.shared)]
    return (
        rf"\begin{{aligned}}g_{{{at + 1}}}&={source}=({gates})\\"
        rf"y_{{{at + 1}}}&={'+'.join(terms)}\end{{aligned}}"
    )


def _row(held: Batch, step: TokenStep) -> None:
    routing, at = held.trace.routing, step.token
    place = {e: i for i, e in enumerate(step.experts)}
    biased = bool(held.bias.any())
    head = [_("expert"), _("logit"), _("probability")]
    head += [_("with bias")] if biased else []
    head += [_("gate"), _("place"), _("what happens")]
    rows = []
    for e in range(held.settings.experts):
        cells = [
            charts.name(e),
            charts.two_decimals(float(routing.logits[at, e])),
            probability(float(routing.probs[at, e]), 2),
        ]
        cells += [charts.two_decimals(float(routing.selection[at, e]))] if biased else []
        if e not in place:
            rows.append(ui.Row([*cells, "", "", _("not chosen")], "off"))
            continue
        i = place[e]
        fate = _("accepted") if step.kept[i] else _("dropped: full")
        cells += [charts.two_decimals(step.gates[i]), str(int(routing.position[at, i]) + 1), fate]
        rows.append(ui.Row(cells, "marked" if step.kept[i] else ""))
    ui.table(head, rows, numbers=list(range(1, len(head) - 1)))


def _balance(held: Batch) -> None:
    """The balancing loss term by term; the bias, if it is at work."""
    balance, routing = held.balance, held.trace.routing
    rows = [
        (
            charts.name(e),
            str(int(routing.demand[e])),
            str(int(routing.load[e])),
            number(float(balance.fraction[e])),
            number(float(balance.mean_prob[e])),
            number(float(balance.products[e])),
            number(float(held.bias[e]), 2),
        )
        for e in range(held.settings.experts)
    ]
    head = (
        _("expert"), _("chosen by"), _("accepted"), _("f: share of tokens"),
        _("P: mean probability"), "f · P", _("bias"),
    )  # fmt: skip
    ui.table(head, rows, numbers=range(1, 7))
    ui.note(
        _("Balancing loss = experts × sum of f · P = {e} × {sum} = {loss}.").format(
            e=held.settings.experts,
            sum=number(float(balance.products.sum())),
            loss=number(float(balance.loss)),
        )
    )

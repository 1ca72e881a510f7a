"""Routing in words and formulas: a sentence per stage, and the arithmetic of one cell."""

from __future__ import annotations

from charts import moe as charts
from charts.format import probability
from core.moe import TokenStep
from pages.moe.batch import Batch
from ui import _


def sentence(current: Batch, step: TokenStep | None, word: str, stage: str) -> str:
    """Say what happens to a token at a stage, with its numbers."""
    if step is None:
        return _("No token is routed yet. Press play or go one step forward.")
    logits = current.trace.routing.logits[step.token].tolist()
    probs = current.trace.routing.probs[step.token].tolist()
    largest = max(range(len(logits)), key=logits.__getitem__)
    words = {
        "logits": _(
            "Token {n}, “{word}”: the router computes one logit per expert. The largest is "
            "{largest} for {best}."
        ),
        "softmax": _(
            "Token {n}, “{word}”: the softmax turns the logits into probabilities that sum to 1. "
            "The largest is {top} for {best}. The outlined experts are chosen."
        ),
        "chosen": _("Token {n}, “{word}”: the {k} highest-ranked experts are kept: {experts}."),
        "gates": _("Token {n}, “{word}”: the gates of the chosen experts are {gates}; their sum is "
                   "{sum}."),
        "dispatch": _("Token {n}, “{word}”, is sent to its experts: {results}."),
    }[stage]  # fmt: skip
    chosen = list(zip(step.experts, step.gates, step.kept, strict=True))
    text = words.format(
        n=step.token + 1,
        word=word,
        best=charts.name(largest),
        largest=charts.two_decimals(logits[largest]),
        top=probability(probs[largest]),
        k=len(step.experts),
        experts=", ".join(f"{charts.name(e)} ({probability(probs[e])})" for e in step.experts),
        gates=", ".join(f"{charts.name(e)} {charts.fraction(g)}" for e, g, _kept in chosen),
        sum=charts.fraction(sum(step.gates)),
        results="; ".join(_result(current, step, i) for i in range(len(chosen))),
    )
    if stage == "dispatch" and not any(step.kept):
        text += " " + _(
            "All of them are full, so only the residual connection and the shared experts, if any, "
            "carry the token on."
        )
    return text


def destination(step: TokenStep, word: str) -> str:
    """Say where a token is routed, for a screen reader."""
    parts = [
        (_("{expert} with gate {gate}") if kept else _("{expert}, which is full")).format(
            expert=charts.name(expert), gate=charts.fraction(gate)
        )
        for expert, gate, kept in zip(step.experts, step.gates, step.kept, strict=True)
    ]
    return _("Token {n}, “{word}”, is routed to {experts}.").format(
        n=step.token + 1, word=word, experts=", ".join(parts)
    )


def _result(current: Batch, step: TokenStep, i: int) -> str:
    """Say whether the i-th chosen expert accepts the token."""
    routing = current.trace.routing
    place = int(routing.position[step.token, i]) + 1
    words = (
        _("{expert} accepts it at position {place}")
        if step.kept[i]
        else _("{expert} drops it, because position {place} exceeds the capacity {capacity}")
    )
    return words.format(expert=charts.name(step.experts[i]), place=place, capacity=routing.capacity)


def cell(current: Batch, step: TokenStep | None, expert: int, stage: str) -> str:
    """Return the arithmetic of one cell of the router's table as LaTeX."""
    if step is None:
        return r"\;"
    at, e = step.token, expert + 1
    routing = current.trace.routing
    logits, probs = routing.logits[at].tolist(), routing.probs[at].tolist()
    place = step.experts.index(expert) if expert in step.experts else None
    name = rf"{at + 1},{e}"
    if stage == "logits":
        x, noise = (
            current.trace.router_input[at].tolist(),
            float(current.trace.router_noise[at, expert]),
        )
        products = [_times(a, b) for a, b in zip(x, current.router[expert].tolist(), strict=True)]
        products += [rf"\underbrace{{({_two(noise)})}}_{{\text{{{_('noise')}}}}}"] if noise else []
        half = len(x) // 2
        first, second = "+".join(products[:half]), "+".join(products[half:])
        return (
            rf"\begin{{aligned}}z_{{{name}}}=x_{{{at + 1}}}\cdot w_{{{e}}}&={first}\\"
            rf"&\quad+{second}={_two(logits[expert])}\end{{aligned}}"
        )
    if stage == "softmax":
        return rf"p_{{{name}}}={_softmax(logits, expert)}={charts.fraction(probs[expert])}"
    if stage == "chosen":
        return _ranked(current, step, expert, name)
    if place is None:
        return rf"g_{{{name}}}=0,\quad \text{{E{e}}}\notin\text{{top-}}{len(step.experts)}"
    gate = charts.fraction(step.gates[place])
    if stage == "gates":
        if current.settings.normalize == "before":
            return rf"g_{{{name}}}=p_{{{name}}}={gate}"
        chosen = [logits[i] for i in step.experts]
        return rf"g_{{{name}}}={_softmax(chosen, place)}={gate}"
    position = int(routing.position[at, place]) + 1
    limit = r"\infty" if routing.capacity is None else str(routing.capacity)
    relation, weight = (r"\le", gate) if step.kept[place] else (">", "0")
    return (
        rf"\text{{{_('position')}}}_{{{name}}}={position}{relation}"
        rf"\text{{{_('capacity')}}}={limit}\;\Rightarrow\;\text{{{_('weight')}}}_{{{name}}}={weight}"
    )


def _ranked(current: Batch, step: TokenStep, expert: int, name: str) -> str:
    """Return the rank of an expert by the score that decides the choice."""
    routing, e = current.trace.routing, expert + 1
    scores = routing.selection[step.token]
    rank = scores.sort(descending=True, stable=True).indices.tolist().index(expert) + 1
    score = rf"p_{{{name}}}={routing.probs[step.token, expert]:.3f}"
    if bool(current.bias.any()):
        score = (
            rf"p_{{{name}}}+b_{{{e}}}={routing.probs[step.token, expert]:.3f}"
            rf"{float(current.bias[expert]):+.3f}={float(scores[expert]):.3f}"
        )
    relation = r"\le" if expert in step.experts else ">"
    return rf"{score},\quad\text{{{_('rank')}}}={rank}{relation}k={len(step.experts)}"


def _softmax(values: list[float], at: int) -> str:
    powers = "+".join(rf"e^{{{_two(v)}}}" for v in values)
    return rf"\frac{{e^{{{_two(values[at])}}}}}{{{powers}}}"


def _times(a: float, b: float) -> str:
    return r"\cdot ".join(_two(v) if v >= 0 else f"({_two(v)})" for v in (a, b))


def _two(v: float) -> str:
    return charts.two_decimals(v).replace("−", "-")


def token(current: Batch, step: TokenStep | None) -> str:
    """Return the gates from the logits, then the weighted sum, with the token's numbers."""
    if step is None:
        return r"\;"
    routing, at = current.trace.routing, step.token
    chosen = list(step.experts)
    gates = ",\\ ".join(charts.fraction(gate) for gate in step.gates)
    if current.settings.normalize == "after":
        logits = ",\\ ".join(f"{z:.2f}" for z in routing.logits[at, chosen].tolist())
        source = rf"\operatorname{{softmax}}({logits})"
    else:
        probs = ",\\ ".join(f"p_{{{expert + 1}}}" for expert in chosen)
        source = f"({probs})"
    terms = [
        ("{}" if kept else r"\cancel{{{}}}").format(
            rf"{charts.fraction(gate)}\,E_{{{expert + 1}}}(x)"
        )
        for expert, gate, kept in zip(step.experts, step.gates, step.kept, strict=True)
    ]
    terms += [f"S_{{{i + 1}}}(x)" for i in range(current.settings.shared)]
    return (
        rf"\begin{{aligned}}g_{{{at + 1}}}&={source}=({gates})\\"
        rf"y_{{{at + 1}}}&={'+'.join(terms)}\end{{aligned}}"
    )
